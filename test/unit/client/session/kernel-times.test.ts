// When the kernel sent a probe and received its reply, and what is said where this program stalled meanwhile.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counts, MadeSession } from '../../../helpers/made-session.ts';

const MS = 1e6;

test("the kernel's times are those of a probe, where both lie within this program's own", () => {
  const made = new MadeSession();
  const [first, second, third, fourth] = made.sendAll(4);
  const sentNs = [0, 1, 2, 3].map((second) => second * 1000 * MS);
  made.nowNs = 3001 * MS;
  // Sent 10 µs after it was made, and received 30 µs before this program got it.
  made.session.stampSent(3, sentNs[3]! + 10_000, made.nowNs);
  made.receive(fourth!, 3001 * MS, 3001 * MS - 30_000);
  assert.equal(made.latestRttNs, 1 * MS - 40_000);
  // Only one of both is known: that one counts.
  made.receive(third!, 3002 * MS, 3002 * MS - 30_000);
  assert.equal(made.latestRttNs, 1002 * MS - 30_000);
  // Stamps before the probe was made, or still to come: the wall clock was set.
  made.session.stampSent(1, sentNs[1]! - 1, made.nowNs);
  made.session.stampSent(0, made.nowNs + 1, made.nowNs);
  made.receive(second!, 3003 * MS, 3003 * MS + 1);
  assert.equal(made.latestRttNs, 2003 * MS);
  made.receive(first!, 3004 * MS, -1);
  assert.equal(made.latestRttNs, 3004 * MS);
  const { userToKernelNs } = made.summary();
  assert.deepEqual([userToKernelNs?.min, userToKernelNs?.max], [40_000, 40_000]);
});

test('a probe has its whole time from when it left, however long before that it was made', () => {
  const made = new MadeSession();
  const [probe] = made.sendAll(1);
  // The program was stopped in between for longer than the timeout.
  made.session.stampSent(0, 3990 * MS, 4000 * MS);
  assert.equal(made.session.nextTimeoutNs, 4990 * MS);
  made.sweep(4000 * MS);
  made.receive(probe!, 4100 * MS);
  assert.deepEqual([made.fates, made.latestRttNs], [['reply 0'], 110 * MS]);
  assert.deepEqual(made.end().datagrams, counts({ sent: 1, received: 1 }));
});

test('a reply that the kernel had in time is in time, however late this program read it', () => {
  const made = new MadeSession();
  const [probe] = made.sendAll(1);
  // Nobody swept: the thread was stopped.
  made.receive(probe!, 5000 * MS, 20 * MS);
  assert.deepEqual(made.end().datagrams, counts({ sent: 1, received: 1 }));
});
