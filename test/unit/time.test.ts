import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { monotonicNs } from '../../src/time.ts';
import { deadline } from '../helpers/deadline.ts';

test('the clock never runs backwards, and its unit is the nanosecond of hrtime', () => {
  const before = process.hrtime.bigint();
  const first = monotonicNs();
  const second = monotonicNs();
  const after = process.hrtime.bigint();
  assert.ok(second >= first);
  // Both clocks are read in one order, so the inner span can't be the longer one; 1 us of rounding.
  assert.ok(second - first <= Number(after - before) + 1000);
});

test('the clock goes on', () => {
  const start = monotonicNs();
  const startedAt = process.hrtime.bigint();
  // 2 ms by the other clock.
  while (process.hrtime.bigint() - startedAt < 2_000_000n);
  assert.ok(monotonicNs() - start >= 2_000_000 - 1000);
});

/** Reads the clock in a thread of its own. */
const READER = `data:text/javascript,
import { parentPort, workerData } from 'node:worker_threads';
const { monotonicNs } = await import(workerData);
parentPort.postMessage(monotonicNs());`;

test('all threads of a process read one clock', async () => {
  const workerData = new URL('../../src/time.js', import.meta.url).href;
  const before = monotonicNs();
  const reader = new Worker(new URL(READER), { workerData });
  const [between] = (await deadline(once(reader, 'message'), () => 'the time there')) as [number];
  assert.ok(before <= between && between <= monotonicNs(), `${before} ${between}`);
});
