// Worker threads: each has its share of the clients, one that dies harms no other, and all end at once.

import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { serve, type EchoServer } from '../../src/index.ts';
import { deadline, until } from '../helpers/deadline.ts';
import { Flood } from '../helpers/flood.ts';
import { HERE, JsonServer, total } from '../helpers/json-server.ts';
import {
  descriptors,
  descriptorsOf,
  libc,
  needsLinuxEngine,
  threads,
  waitsOf,
} from '../helpers/linux.ts';
import { Program } from '../helpers/programs.ts';
import { firstSkip, needsProgram } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';

const skip = firstSkip(needsLinuxEngine(), needsProgram('python3'));

const LOCAL = { host: '127.0.0.1', port: 0, engine: 'linux' } as const;

async function openPeers(t: TestContext, count: number): Promise<readonly UdpPeer[]> {
  return await Promise.all(Array.from({ length: count }, () => UdpPeer.open(t)));
}

async function echo(peer: UdpPeer, server: EchoServer, payload: string): Promise<void> {
  await peer.send(payload, server.port);
  assert.equal((await peer.next('an echo')).payload.toString(), payload);
}

/** The system call in which a thread of this process is: its number and arguments, see proc(5). */
function systemCallOf(thread: string): readonly string[] {
  try {
    return readFileSync(`/proc/self/task/${thread}/syscall`, 'utf8').trim().split(' ');
  } catch {
    // It has just ended.
    return [];
  }
}

/** ppoll's number, on x86-64 and arm64. */
const PPOLL = process.arch === 'x64' ? '271' : '73';

function isWaiting(thread: string): boolean {
  return systemCallOf(thread)[0] === PPOLL;
}

/** Starts a server and resolves with it and its threads, once they all wait. */
async function serveWith(workers: number): Promise<{ server: EchoServer; started: string[] }> {
  const server = await serve({ ...LOCAL, workers });
  // Node's own threads wait in other calls; it starts and ends some of them as it likes.
  const waiting = (): string[] => threads().filter(isWaiting);
  await until(() => waiting().length === workers, `${workers} threads to wait in ppoll`);
  return { server, started: waiting() };
}

/** A thread that was joined is still listed until the kernel has buried it, a moment later. */
async function untilGone(ended: readonly string[]): Promise<void> {
  await until(
    () => threads().every((thread) => !ended.includes(thread)),
    `threads ${ended.join(', ')} to be gone`,
  );
}

for (const workers of [2, 4]) {
  test(`${workers} workers share 64 clients and answer each of them`, { skip }, async (t) => {
    const { server, started } = await serveWith(workers);
    t.after(() => server.close());
    const waitsBefore = started.map(waitsOf);
    const peers = await openPeers(t, 64);
    // One at a time: each wakes the one worker whose client it is.
    for (const peer of peers) for (const payload of ['a', 'bc']) await echo(peer, server, payload);
    const woken = started.filter((thread, index) => waitsOf(thread) > waitsBefore[index]!);
    // The kernel deals clients out by a hash: one of four gets none once in 10⁷ runs, 4 · (3/4)^64.
    assert.equal(woken.length, workers);
    assert.deepEqual(server.workers, { asked: workers, alive: workers, deaths: 0 });
    await until(() => server.counters.sentDatagrams === 128, '128 answers to be counted');
    const { receivedDatagrams, receivedBytes, sentBytes, kernelDrops } = server.counters;
    // 64 · (1 + 2) bytes.
    assert.deepEqual(
      [receivedDatagrams, receivedBytes, sentBytes, kernelDrops?.receiveBuffer],
      [128, 192, 192, 0],
    );
  });
}

test('an idle worker turns now and then, and ends when the server closes', { skip }, async () => {
  const { server, started } = await serveWith(3);
  // Nothing arrives: twice, because the first turn may have been under way.
  for (let time = 0; time < 2; time++) await deadline(server.turned(), () => 'a turn of each');
  await deadline(server.close(), () => 'the close of an idle server');
  await untilGone(started);
});

test('closes under flood, and joins its threads', { skip }, async (t) => {
  const { server, started } = await serveWith(2);
  const options = { address: '127.0.0.1', port: server.port, flows: 16, amount: '20.0' };
  const flood = new Flood(t, HERE, options);
  await until(() => server.counters.sentDatagrams > 1000, 'the flood');
  await deadline(server.close(), () => 'the close under flood');
  await untilGone(started);
  flood.program.child.kill('SIGKILL');
  await flood.program.ended();
  const { receivedDatagrams, sentDatagrams, sendFailed } = server.counters;
  assert.equal(sentDatagrams + total(sendFailed), receivedDatagrams);
});

test('leaves no threads and no descriptors, however often it starts', { skip }, async () => {
  const before = { threads: threads().length, descriptors: descriptors().length };
  for (let round = 0; round < 5; round++) {
    const { server, started } = await serveWith(2);
    await server.close();
    await untilGone(started);
  }
  assert.equal(descriptors().length, before.descriptors);
  // One more may be Node's own.
  assert.ok(threads().length <= before.threads + 1, `${before.threads} → ${threads().length}`);
});

test('a second server on the port of several workers fails with EADDRINUSE', { skip }, async () => {
  await using first = await serve({ ...LOCAL, workers: 2 });
  for (const workers of [1, 2]) {
    await assert.rejects(serve({ ...LOCAL, port: first.port, workers }), {
      code: 'ECHOGRAM_ERR_BIND',
      data: { host: '127.0.0.1', port: first.port, systemCode: 'EADDRINUSE' },
    });
  }
});

/**
 * Starts a server whose sockets have high descriptors, with lower ones free again: what is opened
 * later does not take the number of one that is closed.
 */
async function serveAtHighDescriptors(t: TestContext): Promise<{
  server: EchoServer;
  fds: readonly number[];
  notices: string[];
}> {
  const fillers = Array.from({ length: 200 }, () => openSync('/dev/null', 'r'));
  const server = await serve({ ...LOCAL, workers: 2 });
  t.after(() => server.close());
  for (const fd of fillers) closeSync(fd);
  const notices: string[] = [];
  server.on('warning', (message) => notices.push(message));
  return { server, fds: descriptorsOf(server.port), notices };
}

/** A worker meets its closed descriptor in either call: a new one reads before it first waits. */
const STARTED_AGAIN = /^worker 1 died \(Error: (?:ppoll|recvmmsg) EBADF\) and is being restarted$/;

/** Sends until every worker has something, each client its number; they may not all be answered. */
async function sendToAll(peers: readonly UdpPeer[], server: EchoServer): Promise<void> {
  for (const [index, peer] of peers.entries()) await peer.send(String(index), server.port);
}

test('a worker that dies is named, replaced, and finds what waited for it', { skip }, async (t) => {
  const { server, fds, notices } = await serveAtHighDescriptors(t);
  assert.equal(fds.length, 2);
  const [, lost] = fds;
  // Imported here: koffi is optional.
  const { duplicate, restore } = await import('../helpers/duplicate-fd.ts');
  const kept = duplicate(lost!);
  // The listener runs before the worker is replaced.
  server.on('warning', () => {
    restore(lost!, kept);
  });
  const peers = await openPeers(t, 64);
  libc.close(lost!);
  await sendToAll(peers, server);
  for (const [index, peer] of peers.entries()) {
    assert.equal((await peer.next('its echo')).payload.toString(), String(index));
  }
  libc.close(kept);
  assert.equal(notices.length, 1);
  assert.match(notices[0]!, STARTED_AGAIN);
  await until(() => server.workers.alive === 2, 'two workers alive');
  // A batch is counted after it was sent.
  await until(() => server.counters.sentDatagrams === 64, '64 answers to be counted');
  assert.equal(server.counters.receivedDatagrams, 64);
});

test(
  'a worker that dies again and again stays dead, and the other answers',
  { skip },
  async (t) => {
    const { server, fds, notices } = await serveAtHighDescriptors(t);
    const peers = await openPeers(t, 64);
    libc.close(fds[1]!);
    await sendToAll(peers, server);
    await until(() => notices.length === 6, 'the sixth death');
    for (const notice of notices.slice(0, 5)) assert.match(notice, STARTED_AGAIN);
    assert.match(
      notices[5]!,
      /^worker 1 died .* for the 6th time in a minute and is not restarted/,
    );
    assert.deepEqual(server.workers, { asked: 2, alive: 1, deaths: 6 });
    // Its socket is given up with it.
    const findings = ['workers that answer: 1 of 2', "sockets that can't receive: 1"];
    assert.deepEqual(server.health, { isHealthy: false, findings });
    // Its socket is gone with its descriptor, so the kernel deals all clients to the other one.
    const later = await openPeers(t, 16);
    for (const peer of later) await echo(peer, server, 'still there?');
    await deadline(server.close(), () => 'the close of what is left');
  },
);

test('process.exit() returns while servers run', { skip }, async (t) => {
  const index = new URL('../../src/index.js', import.meta.url).href;
  const script = `
    const { serve } = await import(${JSON.stringify(index)});
    for (const workers of [1, 3]) await serve({ host: '127.0.0.1', port: 0, engine: 'linux', workers });
    process.exit(7);`;
  const program = new Program(t, process.execPath, ['--input-type=module', '-e', script]);
  const { exitCode, stderr } = await program.ended();
  assert.deepEqual([exitCode, stderr], [7, '']);
});

for (const workers of ['1', '2']) {
  test(
    `SIGTERM under load ends ${workers} workers with exact counts and exit code 0`,
    { skip },
    async (t) => {
      const server = await JsonServer.start(t, HERE, '--host', '127.0.0.1', '--workers', workers);
      // Far longer than the server: it is stopped once it has found the server gone.
      const options = { address: '127.0.0.1', port: server.port, flows: 16, amount: '600.0' };
      const flood = new Flood(t, HERE, options);
      await server.program.untilStdout(/"unreported"/);
      server.signal('SIGTERM');
      const { receivedDatagrams, sentDatagrams, sendFailed } = await server.finalCounters();
      await flood.refused();
      flood.stop();
      await flood.sent();
      const { echoes, wrong, dropped } = await flood.counts();
      assert.equal(sentDatagrams + total(sendFailed), receivedDatagrams);
      // On a loopback nothing is lost on the way back, except for lack of room.
      assert.deepEqual([echoes + dropped, wrong], [sentDatagrams, 0]);
    },
  );
}
