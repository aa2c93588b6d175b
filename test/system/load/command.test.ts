// echogram load as a program: what it prints, writes and exits with. Real servers on loopback, and budgets of seconds:
// whether it finds what a path carries is tested in test/system/load.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { LoadResult } from '../../../src/load/load-result.ts';
import { PlainEcho } from '../../helpers/impairment-proxy.ts';
import { loadViolations } from '../../helpers/json-schema.ts';
import { madeLoad } from '../../helpers/made-load.ts';
import { runEchogram, startEchogram, startServer } from '../../helpers/programs.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

/** The idle path, the warm-up, and perhaps the first trials: what is known by then depends on this machine. */
const SHORT = ['--budget', '3s'];

test('a measurement', { concurrency: 3 }, async (t) => {
  // A process of its own, because this one is busy starting others.
  const { port } = await startServer(t);
  const target = `127.0.0.1:${port}`;
  await Promise.all([
    t.test('prints a line for each trial, and ends by SIGINT with what is known', async (t) => {
      const program = startEchogram(t, ['load', target]);
      await program.untilStdout(/^ramp +100\/s/m);
      program.child.kill('SIGINT');
      const { stdout, stderr } = await program.ended();
      assert.equal(stderr, '');
      const lines = stdout.split('\n');
      assert.equal(lines[0], `LOAD 127.0.0.1 (127.0.0.1) port ${port}, echo`);
      assert.match(lines[1]!, /^ramp {10}100\/s for [\d.]+ m?s: ./);
      assert.match(
        stdout,
        /^--- 127\.0\.0\.1 port \d+: [\d.]+ s, [\d,]+ datagrams, [\d.]+ KiB of IP/m,
      );
      assert.match(stdout, /^idle {2}rtt min .+ of \d+ probes lost$/m);
      assert.match(stdout, /^Stopped before the answer was known: /m);
    }),

    t.test('is one JSON document with --json, which conforms to its schema', async (t) => {
      const args = ['load', target, ...SHORT, '--json', '--max-rate', '736kbit'];
      const { stdout, stderr, exitCode } = await runEchogram(t, args);
      const result = JSON.parse(stdout) as LoadResult;
      assert.deepEqual(loadViolations(result), []);
      // 736,000 / (8 × 92).
      assert.equal(result.throughput.ceilingPps, 1000);
      assert.equal(result.verdict.code, 'BUDGET');
      assert.deepEqual([stderr, exitCode], ['', result.throughput.lowerPps === null ? 1 : 0]);
    }),

    t.test('writes a page, which is the same as that of its result', async (t) => {
      const folder = temporaryFolder(t);
      const [page, file] = [join(folder, 'page.html'), join(folder, 'load.json')];
      const args = ['load', target, ...SHORT, '--json', '--report', page];
      const { stdout, stderr } = await runEchogram(t, args);
      assert.equal(stderr, '');
      writeFileSync(file, stdout);
      const report = await runEchogram(t, ['report', file, '-o', '-']);
      assert.equal(report.stdout.trimEnd(), readFileSync(page, 'utf8').trimEnd());
    }),

    t.test('exits with 1 if --min-rate was not reached, and says so', async (t) => {
      const args = ['load', target, ...SHORT, '-q', '--min-rate', '900000'];
      const { stdout, stderr, exitCode } = await runEchogram(t, args);
      assert.match(stderr, /^echogram: the rate is .+ --min-rate 900,000\/s(?: fails)?\n$/);
      assert.doesNotMatch(stdout, /^ramp /m);
      assert.equal(exitCode, 1);
    }),

    t.test('a second signal ends it at once', async (t) => {
      const program = startEchogram(t, ['load', target]);
      await program.untilStdout(/^LOAD /);
      program.child.kill('SIGINT');
      program.child.kill('SIGTERM');
      const { stdout, exitCode } = await program.ended();
      // 128 and the number of the signal that came last; without it there would be a result.
      assert.ok(exitCode === 130 || exitCode === 143, `${exitCode}`);
      assert.doesNotMatch(stdout, /Stopped/);
    }),

    t.test('tells on SIGQUIT what is known so far', async (t) => {
      const program = startEchogram(t, ['load', target]);
      await program.untilStdout(/^ramp +100\/s/m);
      program.child.kill('SIGQUIT');
      await program.untilStderr(/^echogram: after [\d.]+ s \([a-z-]+\): .+\n/m);
      program.child.kill('SIGINT');
      await program.ended();
    }),

    t.test('exits with 1 if nothing listens, and says why', async (t) => {
      const echo = await PlainEcho.open();
      const { port } = echo;
      await echo[Symbol.asyncDispose]();
      const { stdout, exitCode } = await runEchogram(t, ['load', `127.0.0.1:${port}`]);
      assert.match(
        stdout,
        new RegExp(
          `^UDP does not work: 127\\.0\\.0\\.1 is up, but nothing listens on port ${port}`,
          'm',
        ),
      );
      assert.equal(exitCode, 1);
    }),

    t.test('exits with 1 if the server speaks another protocol, and says which', async (t) => {
      const args = ['load', target, '--protocol', 'stamp'];
      const { stdout, exitCode } = await runEchogram(t, args);
      assert.match(stdout, /plain echo/);
      assert.equal(exitCode, 1);
    }),
  ]);
});

const RATE_RULE =
  'a whole number of datagrams per second from 1 to 1000000, or bits per second with a unit: kbit, Mbit or Gbit';

describe('a wrong command line', { concurrency: true }, () => {
  for (const [args, line] of [
    [['--max-rate', 'fast'], `--max-rate must be ${RATE_RULE}, got \`fast\`; write 5000 or 10Mbit`],
    [['--min-rate', '10M'], `--min-rate must be ${RATE_RULE}, got \`10M\`; write 5000 or 10Mbit`],
    [['--min-rate', '0'], `--min-rate must be ${RATE_RULE}, got \`0\`; write 5000 or 10Mbit`],
    [
      ['--max-rate', '10000000'],
      `--max-rate must be ${RATE_RULE}, got \`10000000\`; write 5000 or 10Mbit`,
    ],
    [
      ['--max-rate', '5000'],
      '5000 probes per second to 192.0.2.1 need --flood: more than 1000 per second to another host can fill a slow path and look like an attack',
    ],
    [
      ['--max-rate', '11Mbit', '-s', '1472'],
      '--max-rate must be at most 10 Mbit/s, which are 833 datagrams of 1500 octets a second, to another host unless a flood is allowed, got `11Mbit`',
    ],
    [['--flood'], '--flood must be given with --max-rate only, got `true`'],
    [
      ['--max-loss', '60%'],
      '--max-loss must be a percentage from 0% to 50%, got `60%`; write 1% or 0.5%',
    ],
    [
      ['--precision', '0%'],
      '--precision must be a percentage from 0.1% to 50%, got `0%`; write 1% or 0.5%',
    ],
    [
      ['--precision', '1%', '--max-loss', '2%'],
      '--precision must be at least the permitted loss, which is 2 %, got `1%`',
    ],
    [
      ['--min-rate', '900', '--max-rate', '500'],
      '--min-rate must be at most the highest rate to try, which is 500 datagrams per second, got `900`',
    ],
    [
      ['--min-rate', '20Mbit'],
      '--min-rate must be at most the highest rate to try, which is 1,000 datagrams per second, got `20Mbit`',
    ],
    [
      ['--budget', '0'],
      '--budget must be a duration from 1s to 3600 seconds, in seconds or with a unit, got `0`; write 1s, 2m or 1h',
    ],
    [
      ['--budget-bytes', '5'],
      '--budget-bytes must be a size from 1KiB to 1024GiB, in KiB, MiB or GiB, got `5`; write 512MiB or 2GiB',
    ],
    [
      ['--json', '--report', '-'],
      'standard output must be used by only one of --json and --report -, got `--json --report -`; give a file instead of -',
    ],
  ] as const) {
    test(`load ${args.join(' ')} gets one line`, async (t) => {
      const { stdout, stderr, exitCode } = await runEchogram(t, ['load', '192.0.2.1', ...args]);
      assert.deepEqual([exitCode, stdout], [2, '']);
      assert.equal(stderr, `echogram: ${line}\n`);
    });
  }
});

test('report prints the text of a stored result, and makes its page', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'load.json');
  writeFileSync(file, JSON.stringify(madeLoad(), undefined, 2));
  const text = await runEchogram(t, ['report', file, '--text']);
  assert.deepEqual([text.exitCode, text.stderr], [0, '']);
  assert.match(text.stdout, /^--- host\.example port 10000: 38\.2 s, 16,400 datagrams, 1\.44 MiB /);
  assert.ok(text.stdout.includes(madeLoad().verdict.sentences[0]!));

  const page = await runEchogram(t, ['report', file]);
  assert.deepEqual(
    [page.exitCode, page.stderr],
    [0, `echogram: wrote ${join(folder, 'load.html')}\n`],
  );
  assert.match(
    readFileSync(join(folder, 'load.html'), 'utf8'),
    /"schema":"echogram\.load-page\/1"/,
  );
});

for (const [what, changes, reason] of [
  [
    'a field of another kind',
    { idle: 7 },
    'idle must be an object, got 7; echogram 1.2.3 wrote it, and this is 0.1.0: use that version',
  ],
  [
    'a newer schema',
    { schema: 'echogram.load/2' },
    'its schema is echogram.load/2, newer than the echogram.load/1 of echogram 0.1.0; use a newer echogram',
  ],
] as const) {
  test(`report refuses a load result with ${what} in one line`, async (t) => {
    const text = JSON.stringify({ ...madeLoad(), ...changes });
    const { stderr, exitCode } = await runEchogram(t, ['report', '-', '--text'], text);
    assert.deepEqual([exitCode, stderr], [2, `echogram: cannot show standard input: ${reason}\n`]);
  });
}
