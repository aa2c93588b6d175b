// A measurement of one probe on the Linux engine: it runs in the calling thread, and is no worse for it.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { ping, type PingOptions, type SessionResult } from '../../src/index.ts';
import { deadline, until } from '../helpers/deadline.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { HERE, JsonServer } from '../helpers/json-server.ts';
import { needsLinuxEngine } from '../helpers/linux.ts';
import { UdpPeer } from '../helpers/udp.ts';

const skip = needsLinuxEngine();

/** A measurement of a server that never replies. */
async function unanswered(t: TestContext, options: Partial<PingOptions>): Promise<SessionResult> {
  const { port } = await UdpPeer.open(t);
  const run = ping({ host: '127.0.0.1', port, engine: 'linux', count: 1, ...options });
  return await deadline(run, () => 'the measurement to end');
}

for (const [count, threads] of [
  [1, 0],
  [2, 1],
] as const) {
  test(`a measurement of ${count} starts ${threads} threads`, { skip }, async () => {
    let started = 0;
    const onWorker = (): void => {
      started++;
    };
    process.on('worker', onWorker);
    await using echo = await PlainEcho.open();
    const options = { host: '127.0.0.1', port: echo.port, engine: 'linux', intervalMs: 1 } as const;
    const { datagrams, timestamps } = await ping({ ...options, count });
    process.off('worker', onWorker);
    assert.deepEqual([started, datagrams.sent, datagrams.received], [threads, count, count]);
    assert.deepEqual([timestamps.send, timestamps.receive], ['kernel', 'kernel']);
  });
}

test('only one at a time waits in a thread of Node, which has four', { skip }, async (t) => {
  let started = 0;
  const onWorker = (): void => {
    started++;
  };
  process.on('worker', onWorker);
  const runs = Array.from({ length: 3 }, () => unanswered(t, { timeoutMs: 300 }));
  for (const { datagrams } of await Promise.all(runs)) {
    assert.deepEqual([datagrams.sent, datagrams.lost], [1, 1]);
  }
  assert.equal(started, 2);
  // It is free again.
  await unanswered(t, { timeoutMs: 10 });
  process.off('worker', onWorker);
  assert.equal(started, 2);
});

test('the event loop goes on while one probe waits for its reply', { skip }, async (t) => {
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 10);
  const { datagrams, durationNs } = await unanswered(t, { timeoutMs: 500 });
  clearInterval(ticking);
  assert.deepEqual([datagrams.sent, datagrams.lost], [1, 1]);
  assert.ok(durationNs >= 500e6, `it gave up after ${durationNs} ns`);
  assert.ok(ticks > 5, `${ticks} ticks in 500 ms`);
});

test('a reply that waited for a busy thread is not lost', { skip }, async (t) => {
  const server = await JsonServer.start(t, HERE);
  const options = {
    host: '127.0.0.1',
    port: server.listening.port,
    count: 1,
    timeoutMs: 100,
  } as const;
  const run = ping({ ...options, engine: 'linux' });
  // The probe leaves right after this event.
  run.on('start', () => setImmediate(beBusy, 300));
  const { datagrams, rttNs } = await deadline(run, () => 'the measurement to end');
  assert.deepEqual([datagrams.received, datagrams.lost, datagrams.late], [1, 0, 0]);
  assert.ok(rttNs.max! < 100e6, `${rttNs.max} ns`);
});

test('the wait for one reply tells how it stands, and can be ended', { skip }, async (t) => {
  const { port } = await UdpPeer.open(t);
  const stop = new AbortController();
  const options = { host: '127.0.0.1', port, count: 1, timeoutMs: 20_000 } as const;
  const run = ping({ ...options, engine: 'linux', endSignal: stop.signal });
  await until(async () => (await run.interim())?.waiting === 1, 'the probe to be sent');
  stop.abort();
  const { datagrams, endedBy } = await deadline(run, () => 'the measurement to end');
  assert.deepEqual([datagrams.sent, endedBy.leftOut], [0, 1]);
});

function beBusy(durationMs: number): void {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs);
}
