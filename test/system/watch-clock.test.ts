// A wall clock that is set while a watch runs.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ENGINES } from '../helpers/engines.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { BIN, Program } from '../helpers/programs.ts';
import { firstSkip, needsProgram } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** A line of `watch --json`, as far as it is read here. */
interface Line {
  readonly event: string;
  readonly detail: string;
  readonly startMs: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly rttNs: { readonly min: number; readonly max: number } | null;
  readonly targets: readonly { readonly sent: number; readonly counts: { received: number } }[];
}

const HOUR_S = 3600;

/** Longer than any round trip here, shorter than any step of the clock. */
const MINUTE_NS = 60e9;

for (const { engine, skip } of ENGINES) {
  const cannotRun = firstSkip(skip, needsProgram('faketime'));
  test(
    `a clock that is set is told, and makes no time of it (${engine})`,
    { skip: cannotRun },
    async (t) => {
      const clock = join(temporaryFolder(t), 'clock');
      const setClock = (aheadSeconds: number): void => {
        writeFileSync(clock, `${aheadSeconds < 0 ? '' : '+'}${aheadSeconds}\n`);
      };
      setClock(0);
      await using echo = await PlainEcho.open();
      const watch = startUnder(t, clock, [
        '-i',
        '50ms',
        '--engine',
        engine,
        `127.0.0.1:${echo.port}`,
      ]);
      await watch.untilStdout(/"event":"state".*"code":"WORKS"/);
      setClock(HOUR_S);
      await watch.untilStdout(/"event":"clock_stepped"/);
      setClock(-HOUR_S);
      await watch.untilStdout(/"event":"clock_stepped".*\n(?:.*\n)*.*"event":"clock_stepped"/);
      watch.killGroup('SIGINT');
      const { stdout } = await watch.ended();
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
      const told = lines
        .filter(({ event }) => event === 'clock_stepped')
        .map(({ detail }) => detail);
      assert.deepEqual(told, [
        'the wall clock was set forward by 3,600 s',
        'the wall clock was set back by 7,200 s',
      ]);
      const columns = lines.filter(({ event }) => event === 'column');
      for (const { rttNs, counts } of columns) {
        assert.ok(Object.values(counts).every((count) => count >= 0));
        assert.ok(
          rttNs === null || (rttNs.min >= 0 && rttNs.max < MINUTE_NS),
          JSON.stringify(rttNs),
        );
      }
      const [total] = lines.at(-1)!.targets;
      const received = columns.reduce((sum, { counts }) => sum + counts['received']!, 0);
      assert.deepEqual(
        [total!.sent, total!.counts.received],
        [received, received],
        'a probe is in no column, or in two',
      );
    },
  );
}

/** A watch whose wall clock follows a file, and whose monotonic clock does not. */
function startUnder(t: TestContext, clock: string, args: readonly string[]): Program {
  const command = [
    process.execPath,
    BIN,
    'watch',
    ...args,
    '-W',
    '5s',
    '--json',
    '--listen',
    'none',
  ];
  const env = { ...process.env, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1' };
  // The program has a fixed time in FAKETIME, which would count more than the file.
  const inner = ['sh', '-c', 'unset FAKETIME; exec "$@"', 'sh', ...command];
  return new Program(t, 'faketime', ['-m', '--exclude-monotonic', '-f', '+0', ...inner], {
    env,
    // It waits for the watch, and forwards no signals.
    detached: true,
  });
}
