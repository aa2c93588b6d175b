import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostDropsOf } from '../../../../src/client/host/host-drops.ts';

/** Bounds by hand: of 10, as many are one kind as the namespace had of it, and no more. */
for (const [what, dropped, checksumErrors, receiveBufferErrors, expected] of [
  ['all had a wrong checksum', 10, 10, 0, { receiveBuffer: 0, checksum: 10, bufferOrChecksum: 0 }],
  ['none had', 10, 0, 10, { receiveBuffer: 10, checksum: 0, bufferOrChecksum: 0 }],
  ['some of each', 10, 3, 7, { receiveBuffer: 7, checksum: 3, bufferOrChecksum: 0 }],
  [
    'others had some too',
    ...([10, 4, 8] as const),
    { receiveBuffer: 6, checksum: 2, bufferOrChecksum: 2 },
  ],
  [
    'others had many',
    ...([10, 90, 90] as const),
    { receiveBuffer: 0, checksum: 0, bufferOrChecksum: 10 },
  ],
  ['short ones came', 0, 20, 0, { receiveBuffer: 0, checksum: 0, bufferOrChecksum: 0 }],
] as const) {
  test(`a socket's drops are told apart by the namespace's counters where ${what}`, () => {
    const counted = { checksumErrors, receiveBufferErrors, sendBufferErrors: 5, noPorts: 0 };
    assert.deepEqual(hostDropsOf(dropped, counted, false), {
      ...expected,
      checksumOfAll: checksumErrors,
      sendQueue: 5,
    });
  });
}

test('where nothing is known of the namespace, a drop may be either', () => {
  assert.deepEqual(hostDropsOf(10, null, true), {
    receiveBuffer: 0,
    checksum: 0,
    bufferOrChecksum: 10,
    checksumOfAll: null,
    sendQueue: 0,
  });
});

test('where nothing is known at all, nothing is said', () => {
  assert.deepEqual(hostDropsOf(null, null, false), {
    receiveBuffer: null,
    checksum: null,
    bufferOrChecksum: null,
    checksumOfAll: null,
    sendQueue: null,
  });
});
