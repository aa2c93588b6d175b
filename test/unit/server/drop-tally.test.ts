import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DropTally } from '../../../src/server/drop-tally.ts';
import type { UdpCounters } from '../../../src/socket/udp-counters.ts';

/** A tally of a namespace that counts what it is told to. */
function madeTally(): { tally: DropTally; count: (full: number, wrong: number) => void } {
  // From before the server: not its own.
  let now: UdpCounters = {
    receiveBufferErrors: 70,
    checksumErrors: 90,
    sendBufferErrors: 0,
    noPorts: 0,
  };
  const tally = new DropTally(() => now);
  return {
    tally,
    count: (full, wrong) => {
      now = { ...now, receiveBufferErrors: 70 + full, checksumErrors: 90 + wrong };
    },
  };
}

test('no count falls when others drop later, and nothing is counted twice', () => {
  const { tally, count } = madeTally();
  count(3, 5);
  assert.deepEqual(tally.causesOf(8), { receiveBuffer: 3, checksum: 5, bufferOrChecksum: 0 });
  // Others drop 100 for lack of room, and the server two that may be either.
  count(103, 7);
  assert.deepEqual(tally.causesOf(10), { receiveBuffer: 3, checksum: 5, bufferOrChecksum: 2 });
});

test('nor does that of a full buffer, where others get wrong checksums later', () => {
  const { tally, count } = madeTally();
  count(3, 5);
  assert.deepEqual(tally.causesOf(8), { receiveBuffer: 3, checksum: 5, bufferOrChecksum: 0 });
  count(5, 105);
  assert.deepEqual(tally.causesOf(10), { receiveBuffer: 3, checksum: 5, bufferOrChecksum: 2 });
});

test('where the system tells nothing of its namespace, a drop may be either', () => {
  const tally = new DropTally(() => null);
  assert.deepEqual(tally.causesOf(4), { receiveBuffer: 0, checksum: 0, bufferOrChecksum: 4 });
  assert.equal(tally.causesOf(null), null);
});
