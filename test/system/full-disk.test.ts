// A disk that is full: a small tmpfs, in a mount namespace of its own.

import assert from 'node:assert/strict';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { until } from '../helpers/deadline.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { madeResult } from '../helpers/made-result.ts';
import { BIN, Program } from '../helpers/programs.ts';
import { needsNamespaces } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { UdpPeer } from '../helpers/udp.ts';

const skip = needsNamespaces();

/** A folder on a disk of its own, which whoever was started there sees. */
interface Disk {
  readonly program: Program;
  /** Where others find what the program has under that name. */
  readonly pathOf: (name: string) => string;
}

/**
 * Runs a command of the shell in a folder of so many bytes; `$ECHOGRAM` is the program. The shell outlives the
 * signals that end it.
 */
function onDisk(t: TestContext, bytes: number, command: string): Disk {
  const folder = temporaryFolder(t);
  const script = `mount -t tmpfs -o size=${bytes} none "$0" && cd "$0" && trap : TERM && ${command}`;
  const environment = { ...process.env, ECHOGRAM: `${process.execPath} ${BIN}` };
  const program = new Program(t, 'unshare', ['-m', 'sh', '-c', script, folder], {
    detached: true,
    env: environment,
  });
  const root = `/proc/${program.child.pid}/root`;
  return { program, pathOf: (name) => join(root, folder, name) };
}

/** Fills the disk. */
function fill(path: string): void {
  for (let bytes = 4096; ; bytes += 4096) {
    try {
      truncateSync(path, 0);
      writeFileSync(path, Buffer.alloc(bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}

test(
  'serve answers on while the disk of its log is full, and goes on with the log',
  { skip },
  async (t) => {
    const command =
      '$ECHOGRAM serve --host 127.0.0.1 --port 0 --json > log; echo "exit $?"; cat log';
    const { program: server, pathOf } = onDisk(t, 16_384, command);
    const log = pathOf('log');
    await until(() => readLog(log).includes('\n'), 'the server to listen');
    const { port } = JSON.parse(readLog(log)) as { port: number };
    writeFileSync(pathOf('filler'), '');
    fill(pathOf('filler'));
    const peer = await UdpPeer.open(t);
    const ask = async (): Promise<void> => {
      await peer.send('x'.repeat(1000), port);
      await peer.next('an echo');
    };
    // Two lines each, of more than 1,000 bytes: no more than four find room in the last page of the log. More than
    // ten a second would not be told one by one.
    let asked = 0;
    const isFull = (): boolean => server.stderr.includes('ENOSPC');
    for (; !isFull(); asked++) {
      await ask();
      const toldLines = 1 + 2 * (asked + 1);
      await until(() => isFull() || readLog(log).split('\n').length > toldLines, 'a line of it');
    }
    for (const end = asked + 2; asked < end; asked++) await ask();
    assert.ok(asked < 10);
    rmSync(pathOf('filler'));
    await server.untilStderr(/standard output works again; (\d+) lines? (is|are) missing\n/);
    await ask();
    asked++;
    server.killGroup('SIGTERM');
    const { stdout, stderr } = await server.ended();
    const [, text] = /^exit 0\n([^]*)$/.exec(stdout)!;
    const lines = text!.trimEnd().split('\n');
    const events = lines.map(eventOf).filter((event) => event !== undefined);
    assert.ok(lines.length - events.length <= 1, 'one line was cut short');
    const dropped = events.filter(({ event }) => event === 'dropped');
    assert.equal(dropped.length, 1);
    const { lines: missing, systemCode } = dropped[0]!;
    assert.equal(systemCode, 'ENOSPC');
    // "listening", "received" and "sent" of each datagram, and "closed".
    assert.equal(events.length - 1 + missing!, 1 + 2 * asked + 1);
    assert.equal(events.at(-1)?.event, 'closed');
    assert.equal(events.at(-1)?.missingLines, missing);
    assert.ok(stderr.includes(`works again; ${missing} lines are missing\n`), stderr);
    assert.ok(
      stderr.endsWith(`echogram: ${missing} lines of standard output are missing\n`),
      stderr,
    );
    assert.equal(stderr.match(/ENOSPC/g)?.length, 1, stderr);
  },
);

function readLog(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

interface LogEvent {
  readonly event: string;
  readonly lines?: number;
  readonly systemCode?: string;
  readonly missingLines?: number;
}

/** What one line says; `undefined` if it was cut short. */
function eventOf(line: string): LogEvent | undefined {
  try {
    return JSON.parse(line) as LogEvent;
  } catch {
    return undefined;
  }
}

const NOT_WRITTEN = 'cannot write standard output (ENOSPC)';

// A result of 1,000 probes, its records and its page need more than the 8 KiB there are.
for (const [what, message] of [
  ['--json > result', NOT_WRITTEN],
  ['--jsonl - > records', NOT_WRITTEN],
  ['--csv - > records', NOT_WRITTEN],
  ['--report - > page', NOT_WRITTEN],
  ['--quiet --jsonl records', '--jsonl records: cannot write (ENOSPC)'],
  ['--quiet --csv records', '--csv records: cannot write (ENOSPC)'],
  ['--quiet --report page', '--report page: cannot write (ENOSPC)'],
] as const) {
  test(`ping ${what} exits with 2 where the disk fills up`, { skip }, async (t) => {
    await using echo = await PlainEcho.open();
    const ping = `$ECHOGRAM ping 127.0.0.1:${echo.port} -c 1000 --rate 1000 -W 20s`;
    const { program } = onDisk(t, 8192, `${ping} ${what}; echo "exit $?"`);
    const { stdout, stderr } = await program.ended();
    assert.match(stdout, /^exit 2$/m);
    assert.equal(stderr.split(`echogram: ${message}\n`).length, 2, stderr);
  });
}

test(
  'a page that a full disk has no room for leaves the one that was there',
  { skip },
  async (t) => {
    const result = join(temporaryFolder(t), 'result.json');
    writeFileSync(result, JSON.stringify(madeResult()));
    const command = `echo old > page; $ECHOGRAM report ${result} -o page; echo "exit $?"; cat page; ls -A`;
    const { program } = onDisk(t, 8192, command);
    const { stdout, stderr } = await program.ended();
    assert.equal(stdout, 'exit 2\nold\npage\n');
    assert.equal(stderr, 'echogram: --output page: cannot write (ENOSPC)\n');
  },
);
