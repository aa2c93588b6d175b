// Standard output that can't be written: the failure is told, and a reader who leaves is none.

import assert from 'node:assert/strict';
import { openSync, closeSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { madeResult } from '../helpers/made-result.ts';
import { startEchogram, type Ending } from '../helpers/programs.ts';
import { needsLinux } from '../helpers/skips.ts';
import { closedPort, UdpPeer } from '../helpers/udp.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** full(4): each write fails with ENOSPC. */
async function runToFull(t: TestContext, args: readonly string[]): Promise<Ending> {
  const full = openSync('/dev/full', 'w');
  const program = startEchogram(t, args, { stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  return await program.ended();
}

const FAILURE = 'echogram: cannot write standard output (ENOSPC)\n';

/** A port that answers, and a file with a result, for the commands that need one. */
async function withEcho(t: TestContext, use: (port: number, file: string) => Promise<void>) {
  const folder = temporaryFolder(t);
  const file = join(folder, 'result.json');
  writeFileSync(file, JSON.stringify(madeResult()));
  await using echo = await PlainEcho.open();
  await use(echo.port, file);
}

const PING = ['-c', '2', '-i', '10ms', '-W', '20s'];

for (const [what, argsFor] of [
  ['ping', (port) => ['ping', `127.0.0.1:${port}`, ...PING]],
  ['ping --json', (port) => ['ping', `127.0.0.1:${port}`, ...PING, '--json']],
  ['ping --jsonl -', (port) => ['ping', `127.0.0.1:${port}`, ...PING, '--jsonl', '-']],
  ['ping --csv -', (port) => ['ping', `127.0.0.1:${port}`, ...PING, '--csv', '-']],
  ['ping --report -', (port) => ['ping', `127.0.0.1:${port}`, ...PING, '--report', '-']],
  ['report -o -', (_port, file) => ['report', file, '-o', '-']],
  ['send', (port) => ['send', `127.0.0.1:${port}`, '--timeout', '20s']],
  ['demo', () => ['demo']],
  ['help', () => ['--help']],
] as const satisfies [string, (port: number, file: string) => string[]][]) {
  test(
    `${what} exits with 2 where standard output can't be written`,
    { skip: needsLinux() },
    async (t) => {
      await withEcho(t, async (port, file) => {
        const { stderr, exitCode } = await runToFull(t, argsFor(port, file));
        assert.ok(stderr.endsWith(FAILURE), stderr);
        assert.equal(exitCode, 2);
      });
    },
  );
}

test('ping ends quietly when the reader of its output goes away', async (t) => {
  await using echo = await PlainEcho.open();
  const client = startEchogram(t, ['ping', `127.0.0.1:${echo.port}`, '-i', '10ms', '-W', '20s']);
  await client.untilStdout(/^reply/m);
  client.child.stdout?.destroy();
  const { stderr, exitCode } = await client.ended();
  assert.deepEqual([stderr, exitCode], ['', 0]);
});

test('a missed threshold counts where the reader has gone', async (t) => {
  const port = await closedPort(t);
  const args = ['-i', '10ms', '-W', '200ms', '--max-loss', '1%'];
  const client = startEchogram(t, ['ping', `127.0.0.1:${port}`, ...args]);
  await client.untilStdout(/^ICMP/m);
  client.child.stdout?.destroy();
  const { stderr, exitCode } = await client.ended();
  assert.equal(exitCode, 1);
  assert.equal(stderr, 'echogram: loss is 100 %, above --max-loss 1 %\n');
});

test('no reply counts where the reader has gone', async (t) => {
  const peer = await UdpPeer.open(t);
  const args = ['-i', '10ms', '-W', '50ms'];
  const client = startEchogram(t, ['ping', `127.0.0.1:${peer.port}`, ...args]);
  await client.untilStdout(/^no reply/m);
  client.child.stdout?.destroy();
  const { stderr, exitCode } = await client.ended();
  assert.deepEqual([stderr, exitCode], ['', 1]);
});

test('messages that cannot be written end nothing', { skip: needsLinux() }, async (t) => {
  const full = openSync('/dev/full', 'w');
  const args = ['serve', '--host', '127.0.0.1', '--port', '0', '--metrics', '0'];
  const server = startEchogram(t, args, { stdio: ['ignore', 'pipe', full] });
  closeSync(full);
  const [, port] = await server.untilStdout(/port (\d+)\n/);
  const peer = await UdpPeer.open(t);
  await peer.send('still there?', Number(port));
  await peer.next('the echo');
  server.child.kill('SIGTERM');
  assert.equal((await server.ended()).exitCode, 0);
});

for (const [what, target, failure] of [
  ['a full disk', '/dev/full', '(ENOSPC); the server keeps answering and retries every second'],
  ['a pipe without a reader', '', 'any more (EPIPE); the server keeps answering without it'],
] as const) {
  test(
    `serve answers on with ${what} behind its output, and says so once`,
    { skip: needsLinux() },
    async (t) => {
      const output = target === '' ? 'pipe' : openSync(target, 'w');
      const args = ['serve', '--host', '127.0.0.1', '--port', '0', '--metrics', '0'];
      const server = startEchogram(t, args, {
        stdio: ['ignore', output, 'pipe'],
      });
      if (output === 'pipe') server.child.stdout?.destroy();
      else closeSync(output);
      const warning = `echogram: warning: standard output can't be written ${failure}\n`;
      const [, metrics = ''] = await server.untilStderr(/metrics at (http:\S+)\/metrics/);
      assert.equal((await fetch(`${metrics}/healthz`)).status, 200);
      server.child.kill('SIGTERM');
      const { stderr, exitCode } = await server.ended();
      assert.equal(stderr.split(warning).length, 2, stderr);
      // "starting up", an empty one, and "waiting to receive message".
      assert.ok(stderr.endsWith('\nechogram: 3 lines of standard output are missing\n'), stderr);
      assert.equal(exitCode, 0);
    },
  );
}
