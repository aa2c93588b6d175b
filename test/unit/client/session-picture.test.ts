import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MadeSession } from '../../helpers/made-session.ts';

const MS = 1e6;

test('the picture shows each fate where its probe was sent, and a slot left out where it was', () => {
  const made = new MadeSession({ intervalNs: 10 * MS, timeoutNs: 100 * MS });
  const bytes = made.send(0);
  made.receive(bytes!, 8 * MS);
  const unreachable = made.send(10 * MS);
  // Slots 20 and 30 are more than an interval late; 40 is 5 ms late, an ICMP error names 50.
  made.send(45 * MS);
  made.send(50 * MS);
  made.session.failSend(made.session.lastSequence, 'ENOBUFS', 51 * MS);
  made.session.hostDropped(1, 55 * MS);
  // Less than 2 ms are not told.
  made.session.stalled(1.9 * MS, 47 * MS);
  made.session.stalled(5 * MS, 45 * MS);
  made.receive(bytes!, 56 * MS);
  made.receive(
    bytes!.map((octet, at) => (at === 40 ? octet ^ 1 : octet)),
    57 * MS,
  );
  const error = { systemCode: 'ECONNREFUSED', from: null, icmpType: null, icmpCode: null };
  made.receiveIcmp(error, 58 * MS, unreachable);
  const { echogram } = made.end();
  assert.equal(echogram.columnNs, 10 * MS);
  assert.deepEqual(echogram.sent, [1, 1, 0, 0, 1, 0]);
  assert.deepEqual(echogram.received, [1, 0, 0, 0, 0, 0]);
  assert.deepEqual(echogram.lost, [0, 1, 0, 0, 1, 0]);
  assert.deepEqual(echogram.icmpErrors, [0, 1, 0, 0, 0, 0]);
  assert.deepEqual(echogram.duplicate, [0, 0, 0, 0, 0, 1]);
  assert.deepEqual(echogram.corrupted, [0, 0, 0, 0, 0, 1]);
  assert.deepEqual(echogram.skipped, [0, 0, 1, 1, 0, 0]);
  assert.deepEqual(echogram.sendFailed, [0, 0, 0, 0, 0, 1]);
  assert.deepEqual(echogram.hostDropped, [0, 0, 0, 0, 0, 1]);
  assert.deepEqual(echogram.largestSendErrorNs, [0, 0, 0, 0, 5 * MS, 0]);
  assert.deepEqual(echogram.largestStallNs, [0, 0, 0, 0, 5 * MS, 0]);
  // 8 ms are 29 / 32 above 2^22 ns, the twelfth octave of 1024 ns.
  assert.deepEqual(echogram.rttRows, [[12 * 32 + 29, 1], [], [], [], [], []]);
});

test('records tell when each probe was sent, which slots were left out, and when the program stalled', () => {
  const made = new MadeSession({ intervalNs: 10 * MS, timeoutNs: 100 * MS });
  made.receive(made.send(0.5 * MS)!, 8 * MS);
  made.session.stalled(25 * MS, 35 * MS);
  // Of 10, 20 and 30 the last is no more than an interval late.
  made.send(35 * MS);
  made.sweep(136 * MS);
  const { stream, isReordered } = { stream: 0, isReordered: false };
  const [first, second] = [
    { sentNs: 0.5 * MS, sendErrorNs: 0.5 * MS },
    { sentNs: 35 * MS, sendErrorNs: 5 * MS },
  ];
  assert.deepEqual(made.records, [
    { type: 'reply', sequence: 0, stream, atNs: 8 * MS, rttNs: 7.5 * MS, isReordered, ...first },
    { type: 'stall', atNs: 35 * MS, delayNs: 25 * MS },
    { type: 'skipped', atNs: 10 * MS, slots: 2 },
    { type: 'timeout', sequence: 1, stream, atNs: 136 * MS, ...second },
  ]);
});
