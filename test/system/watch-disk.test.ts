// A watch whose disk is full for a while, and that is killed at last: it probes on, and its file lacks at most a column.

import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { until } from '../helpers/deadline.ts';
import { scrape } from '../helpers/exposition.ts';
import { fillDisk } from '../helpers/fill-disk.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { BIN, Program } from '../helpers/programs.ts';
import { needsNamespaces } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const INTERVAL_MS = 50;

/** A busy machine makes a probe late now and then. */
const MOST_LEFT_OUT = 0.05;

/** A watch on a disk of 6 MiB of its own, which outlives it. */
class WatchOnSmallDisk {
  readonly shell: Program;
  readonly origin: string;
  readonly #folder: string;

  static async start(t: TestContext, echo: string): Promise<WatchOnSmallDisk> {
    const folder = temporaryFolder(t);
    const script = 'mount -t tmpfs -o size=6m none "$0" && "$@"; exec sleep 600';
    const shell = new Program(t, 'unshare', [
      ...['-m', 'sh', '-c', script, folder, process.execPath, BIN, 'watch', echo, '--json'],
      ...['-i', `${INTERVAL_MS}ms`, '-W', '5s', '--listen', '127.0.0.1:0'],
      ...['--history', join(folder, 'watch.db')],
    ]);
    const [, origin = ''] = await shell.untilStderr(/metrics at (http\S+)\/metrics\n/);
    return new WatchOnSmallDisk(shell, origin, folder);
  }

  private constructor(shell: Program, origin: string, folder: string) {
    this.shell = shell;
    this.origin = origin;
    this.#folder = folder;
  }

  get #pid(): number {
    return this.shell.child.pid!;
  }

  /** A file on its disk, as this program reaches it. */
  at(file: string): string {
    return `/proc/${this.#pid}/root${join(this.#folder, file)}`;
  }

  /** Kills the watch, and not the shell that holds the disk. */
  async kill(): Promise<void> {
    const children = readFileSync(`/proc/${this.#pid}/task/${this.#pid}/children`, 'utf8');
    process.kill(Number(children), 'SIGKILL');
    const name = (): string => readFileSync(`/proc/${this.#pid}/comm`, 'utf8').trim();
    await until(() => name() === 'sleep', 'the watch to be gone');
  }

  async value(name: string): Promise<number> {
    const samples = await scrape(`${this.origin}/metrics?${performance.now()}`);
    const found = [...samples.values()].find((sample) => sample.name === `echogram_watch_${name}`);
    return found?.value ?? assert.fail(`no ${name}`);
  }

  /** Starts of the columns that it has told. */
  get told(): readonly number[] {
    const columns = this.shell.stdout.matchAll(/"event":"column".*?"startMs":(\d+)/g);
    return [...columns].map(([, startMs]) => Number(startMs));
  }

  /** Starts of the columns in its file. */
  async stored(t: TestContext): Promise<readonly number[]> {
    const inside = ['-t', String(this.#pid), '-m', process.execPath, BIN];
    const what = [
      'history',
      'export',
      join(this.#folder, 'watch.db'),
      '--format',
      'jsonl',
      '--tier',
      '10s',
    ];
    const { stdout, stderr, exitCode } = await new Program(t, 'nsenter', [
      ...inside,
      ...what,
    ]).ended();
    assert.equal(exitCode, 0, stderr);
    const lines = stdout.trimEnd().split('\n');
    return lines.map((line) => Date.parse((JSON.parse(line) as { start: string }).start));
  }
}

test(
  'a watch probes on while its disk is full, and lacks at most a column after kill -9',
  { skip: needsNamespaces() },
  async (t) => {
    const echo = await PlainEcho.open();
    t.after(() => echo[Symbol.asyncDispose]());
    const watch = await WatchOnSmallDisk.start(t, `127.0.0.1:${echo.port}`);
    await watch.shell.untilStdout(/"event":"column"/);

    fillDisk(watch.at('filler'));
    const [before, beganAtMs] = [await watch.value('probes_received_total'), performance.now()];
    await watch.shell.untilStdout(/"event":"history_failed"/);
    assert.ok((await watch.value('history_write_failures_total')) > 0);
    const after = await watch.value('probes_received_total');
    const expected = (performance.now() - beganAtMs) / INTERVAL_MS;
    const least = (1 - MOST_LEFT_OUT) * expected - 10;
    assert.ok(after - before > least, `${after - before} of ${expected} probes`);

    rmSync(watch.at('filler'));
    await watch.shell.untilStdout(/"event":"history_recovered"/);
    const recovered = watch.told.length;
    await until(() => watch.told.length > recovered, 'another column');
    await watch.kill();
    const { told } = watch;
    const stored = await watch.stored(t);
    const missing = told.filter((startMs) => !stored.includes(startMs));
    assert.ok(missing.length <= 1, `${missing.length} of ${told.length} are missing`);
  },
);
