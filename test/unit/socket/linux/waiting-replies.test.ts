import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  chargedBytes,
  NO_NUMBER,
  WaitingReplies,
} from '../../../../src/socket/linux/waiting-replies.ts';
import { holds } from '../../../helpers/property.ts';

/** What the usual net.core.wmem_max, 212,992 bytes, gives a socket. */
const BUFFER_BYTES = 425_984;

/** A send buffer that nothing but what waits is in. */
const FULL = { bufferBytes: BUFFER_BYTES, usedBytes: BUFFER_BYTES };

function reply(id: number, payloadBytes = 64, sinceMs = 0) {
  return { entry: id, id, payloadBytes, sinceMs };
}

// Measured on Linux 6.18 over Ethernet with an MTU of 1,500, as SO_MEMINFO tells: payload, charged bytes.
for (const [payloadBytes, charged] of [
  [0, 832],
  [150, 832],
  [200, 1280],
  [600, 1280],
  [1400, 2304],
  [1473, 3136],
  [9000, 15_104],
  [20_000, 32_256],
  [65_507, 104_960],
] as const) {
  test(`no less is thought to be charged for ${payloadBytes} bytes than the kernel does`, () => {
    assert.ok(chargedBytes(payloadBytes) >= charged);
  });
}

test('more than a hundred small replies may wait, and always less than half of the buffer is full', () => {
  const waiting = new WaitingReplies();
  let id = 0;
  for (; waiting.mayAdd(64, false, FULL); id++) waiting.add(reply(id));
  assert.ok(id > 100 && id <= 256, `${id} may`);
  assert.ok(id * chargedBytes(64) < BUFFER_BYTES / 2);
  // One to a client that was there before still may.
  assert.equal(waiting.mayAdd(64, true, FULL), true);
});

test('no more wait than the kernel has places for neighbours, however large the buffer is', () => {
  const waiting = new WaitingReplies();
  const use = { bufferBytes: 2 ** 30, usedBytes: 2 ** 30 };
  let id = 0;
  for (; waiting.mayAdd(64, false, use); id++) waiting.add(reply(id));
  assert.equal(id, 256);
});

test('any length may wait where nothing does', () => {
  assert.equal(new WaitingReplies().mayAdd(65_507, false, FULL), true);
});

test('twenty that are each as long as may be leave room for a short one', () => {
  const waiting = new WaitingReplies();
  let id = 0;
  for (let bytes = 65_507; bytes > 0 && id < 20; bytes--) {
    while (id < 20 && waiting.mayAdd(bytes, false, FULL)) waiting.add(reply(id++, bytes));
  }
  assert.equal(id, 20);
  assert.equal(waiting.mayAdd(64, false, FULL), true);
});

test('what the kernel has dropped sooner counts no longer', () => {
  const waiting = new WaitingReplies();
  for (let id = 0; waiting.mayAdd(64, false, FULL); id++) waiting.add(reply(id));
  assert.equal(waiting.mayAdd(64, false, { bufferBytes: BUFFER_BYTES, usedBytes: 832 }), true);
});

test('a reply is taken out by its number, once; one without a number never is', () => {
  const waiting = new WaitingReplies();
  waiting.add(reply(7));
  waiting.add(reply(NO_NUMBER));
  assert.equal(waiting.take(7)?.id, 7);
  assert.equal(waiting.take(7), undefined);
  assert.equal(waiting.count, 1);
});

test('a reply is given up after four seconds, the oldest first', () => {
  const waiting = new WaitingReplies();
  waiting.add(reply(1, 64, 1000));
  waiting.add(reply(2, 64, 1500));
  assert.equal(waiting.takeGivenUp(4999), undefined);
  assert.equal(waiting.takeGivenUp(5000)?.id, 1);
  assert.equal(waiting.takeGivenUp(5000), undefined);
  assert.equal(waiting.takeGivenUp(Infinity)?.id, 2);
});

test('whatever comes, half of the buffer is free for the others', () => {
  const step = fc.record({
    payloadBytes: fc.integer({ min: 0, max: 65_507 }),
    isLeaving: fc.boolean(),
  });
  holds(
    fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
      const waiting = new WaitingReplies();
      const held: { id: number; payloadBytes: number }[] = [];
      for (const [id, { payloadBytes, isLeaving }] of steps.entries()) {
        const gone = isLeaving ? held.shift() : undefined;
        if (gone !== undefined) assert.equal(waiting.take(gone.id)?.id, gone.id);
        if (!waiting.mayAdd(payloadBytes, false, FULL)) continue;
        waiting.add(reply(id, payloadBytes));
        held.push({ id, payloadBytes });
        const bytes = held.reduce((sum, one) => sum + chargedBytes(one.payloadBytes), 0);
        assert.ok(bytes <= BUFFER_BYTES / 2, `${bytes} wait`);
        assert.equal(waiting.count, held.length);
      }
    }),
    200,
  );
});
