// echogram serve under a flood, and with readers of its output that are slow, stopped or gone.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { until } from '../helpers/deadline.ts';
import { messagesOf, summaryOf } from '../helpers/messages.ts';
import { startPeer } from '../helpers/peers.ts';
import { BIN, Program, startServer } from '../helpers/programs.ts';
import { firstSkip, needsLinux, needsProgram } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

test('shows few datagrams of a flood and counts every other one', async (t) => {
  const { server, port } = await startServer(t);
  const peer = await UdpPeer.open(t);
  // In bursts that any receive buffer holds, so that none is lost.
  for (let burst = 0; burst < 50; burst++) {
    for (let index = 0; index < 100; index++) await peer.send('flood', port);
    for (let index = 0; index < 100; index++) await peer.next('an echo of the flood');
  }
  server.child.kill('SIGINT');
  const { stdout, stderr } = await server.ended();
  const shown = stdout.match(/^received 5 bytes from /gm)?.length ?? 0;
  const counted = sum(
    [...stdout.matchAll(/^\(([\d,]+) more datagrams? in the last second, not shown\)$/gm)].map(
      ([, count]) => Number(count!.replaceAll(',', '')),
    ),
  );
  assert.equal(shown + counted, 5000);
  assert.ok(shown >= 1 && shown < 500, `showed ${shown} of 5000`);
  assert.equal(messagesOf(stderr), summaryOf(5000, 25_000));
});

const MISSING = /^echogram: ([\d,]+) lines of standard output are missing\n/m;

/** A server whose output has filled up, as its reader stopped after the first line. */
async function startUnread(
  t: TestContext,
  kind: 'pipe' | 'terminal',
): Promise<{ server: Program; peer: UdpPeer; port: number }> {
  const command = [process.execPath, BIN, 'serve', '--port', '0'];
  const server = startPeer(t, 'stopped_reader.py', kind, ...command);
  const [, digits] = await server.untilStdout(/starting up on localhost port (\d+)\n/);
  const port = Number(digits);
  const peer = await UdpPeer.open(t);
  // Ten are shown at once. 1024 bytes of 0x01 print as `\x01` each: 4 KiB of narration for each
  // datagram, 40 KiB in all, where the pipe holds 4 KiB and a terminal some 12 KiB.
  const controls = Buffer.alloc(1024, 1);
  for (let index = 0; index < 10; index++) {
    await peer.send(controls, port);
    assert.deepEqual((await peer.next('an echo of narrated bytes')).payload, controls);
  }
  return { server, peer, port };
}

for (const kind of ['pipe', 'terminal'] as const) {
  const skip = firstSkip(needsLinux(), needsProgram('python3'));

  test(`answers, and ends on SIGTERM, while nobody reads its ${kind}`, { skip }, async (t) => {
    const { server, peer, port } = await startUnread(t, kind);
    await peer.send('still there?', port);
    assert.equal((await peer.next('the echo after all that')).payload.toString(), 'still there?');
    server.child.kill('SIGTERM');
    const { stdout, stderr, exitCode } = await server.ended();
    const unread = Number(/^(\d+) bytes left unread$/m.exec(stdout)?.[1]);
    assert.ok(unread < 40 * 1024, `${unread} bytes were taken, so nothing was ever full`);
    // Of each datagram there are five lines.
    const missing = Number(MISSING.exec(stderr)?.[1]?.replaceAll(',', ''));
    assert.ok(missing > 0 && missing <= 55, stderr);
    const messages = messagesOf(stderr.replace(MISSING, ''));
    assert.deepEqual([messages, exitCode], [summaryOf(11, 10_252), 0]);
  });

  test(`exits at once for a second signal while nobody reads its ${kind}`, { skip }, async (t) => {
    const { server } = await startUnread(t, kind);
    server.child.kill('SIGINT');
    server.child.kill('SIGTERM');
    const { exitCode } = await server.ended();
    // 128 + 2 or 128 + 15, as a shell reports it: whichever of the two came second.
    assert.ok(exitCode === 130 || exitCode === 143, `exited with ${exitCode ?? 'a signal'}`);
  });
}

test(
  'answers on, and says so once, when the reader of its output goes away',
  { skip: firstSkip(needsProgram('bash'), needsProgram('head')) },
  async (t) => {
    // `serve | head -1`; that the reader is gone is said after its end of the pipe is closed. Both shells
    // outlive the signal that ends the server.
    const script =
      'set -o pipefail; trap : TERM; "$0" "$1" serve --port 0 | { trap : TERM; head -1; exec <&-; echo reader gone; }';
    const args = ['-c', script, process.execPath, BIN];
    const pipeline = new Program(t, 'bash', args, { detached: true });
    const [, port] = await pipeline.untilStdout(/port (\d+)\nreader gone\n/);
    const peer = await UdpPeer.open(t);
    for (const payload of ['hello', 'again']) {
      await peer.send(payload, Number(port));
      assert.equal((await peer.next('the echo')).payload.toString(), payload);
      await pipeline.untilStderr(/the server keeps answering without it\n/);
    }
    pipeline.killGroup('SIGTERM');
    const { stdout, stderr, exitCode } = await pipeline.ended();
    assert.equal(stdout, `starting up on localhost port ${port}\nreader gone\n`);
    const warning =
      "echogram: warning: standard output can't be written any more (EPIPE); the server keeps answering without it\n";
    // Two datagrams, of five lines each.
    const missing = 'echogram: 10 lines of standard output are missing\n';
    assert.deepEqual([messagesOf(stderr), exitCode], [warning + summaryOf(2, 10) + missing, 0]);
  },
);

test('answers on when the reader of standard error has gone too', async (t) => {
  const { server, port } = await startServer(t);
  const { stdout, stderr } = server.child;
  stdout?.destroy();
  stderr?.destroy();
  await until(() => stdout?.closed === true && stderr?.closed === true, 'both readers to be gone');
  const peer = await UdpPeer.open(t);
  for (const payload of ['hello', 'again']) {
    await peer.send(payload, port);
    assert.equal((await peer.next('the echo')).payload.toString(), payload);
  }
  server.child.kill('SIGTERM');
  assert.equal((await server.ended()).exitCode, 0);
});
