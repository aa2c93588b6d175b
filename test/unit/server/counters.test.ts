import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REFUSALS } from '../../../src/server/admission.ts';
import { CounterBlock, totalOf } from '../../../src/server/counters.ts';
import { IMPAIRMENTS } from '../../../src/impairment/impairments.ts';
import { countSendFailure, SOCKET_CELL, SOCKET_CELLS } from '../../../src/socket/counters.ts';

const NO_DROPS = { receiveBuffer: 0, checksum: 0, bufferOrChecksum: 0 };

test('a new block counts zero everywhere', () => {
  assert.deepEqual(new CounterBlock().read(null), {
    receivedDatagrams: 0,
    receivedBytes: 0,
    sentDatagrams: 0,
    sentBytes: 0,
    receiveErrors: 0,
    sendFailed: {
      EACCES: 0,
      EAGAIN: 0,
      ECONNREFUSED: 0,
      EHOSTUNREACH: 0,
      EINVAL: 0,
      EMSGSIZE: 0,
      ENETUNREACH: 0,
      ENOBUFS: 0,
      EPERM: 0,
      ECANCELED: 0,
      unresolved: 0,
      other: 0,
    },
    refused: {
      'port-zero': 0,
      'own-port': 0,
      'privileged-port': 0,
      'loop-prone-port': 0,
      'multicast-source': 0,
      'broadcast-source': 0,
      'reserved-source': 0,
      'group-destination': 0,
      'denied-source': 0,
      'source-limit': 0,
      'global-limit': 0,
      'echo-loop': 0,
      'stamp-short': 0,
      'stamp-corrupted': 0,
      'stamp-reply': 0,
      'stamp-hmac': 0,
      'stamp-sessions': 0,
    },
    impaired: {
      lost: 0,
      blackout: 0,
      delayed: 0,
      duplicated: 0,
      reordered: 0,
      corrupted: 0,
      overflowed: 0,
    },
    kernelDrops: null,
    fragmentedDatagrams: null,
  });
});

test('every cell is read under one name, and none is read twice', () => {
  const block = new CounterBlock();
  // Powers of two: any cell left out or read twice would change the sum.
  const cells = SOCKET_CELLS + REFUSALS.length + IMPAIRMENTS.length;
  let next = 1;
  for (const part of [block.socket, block.refusals, block.impairments]) {
    for (const at of part.keys()) {
      part[at] = next;
      next *= 2;
    }
  }
  const counters = block.read(NO_DROPS, true);
  const { sendFailed, refused, impaired, kernelDrops, fragmentedDatagrams, ...plain } = counters;
  const records = [
    plain,
    { fragmentedDatagrams: fragmentedDatagrams! },
    sendFailed,
    refused,
    impaired,
  ];
  assert.equal(
    records.reduce((sum, counts) => sum + totalOf(counts), 0),
    // All but the gauge, which is no counter.
    2 ** cells - 1 - 2 ** SOCKET_CELL.failing,
  );
  assert.equal(kernelDrops, NO_DROPS);
});

test('a reading stays as it was when counting goes on', () => {
  const block = new CounterBlock();
  const before = block.read(null);
  countSendFailure(block.socket, 'EPERM');
  assert.equal(before.sendFailed.EPERM, 0);
  assert.equal(block.read(null).sendFailed.EPERM, 1);
});

test('a system error without a counter of its own counts as other', () => {
  const block = new CounterBlock();
  countSendFailure(block.socket, 'ENOTCONN');
  countSendFailure(block.socket, 'UNKNOWN');
  const { sendFailed } = block.read(null);
  assert.equal(sendFailed.other, 2);
  assert.equal(totalOf(sendFailed), 2);
});

test('a datagram that is being answered is not yet one that was not shown', () => {
  const block = new CounterBlock();
  const receive = (datagrams: number): void => {
    block.socket[SOCKET_CELL.receivedDatagrams]! += datagrams;
  };
  receive(1);
  assert.equal(block.unreported, 0);
  block.addSampled(1);
  block.addBatch(1);
  assert.equal(block.unreported, 0);
  receive(3);
  block.addSampled(1);
  assert.equal(block.unreported, 0);
  block.addBatch(2);
  assert.equal(block.unreported, 2);
});

test('the total of nothing is zero', () => {
  assert.equal(totalOf({}), 0);
});
