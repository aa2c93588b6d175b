import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverSummary } from '../../../src/report/server-summary.ts';
import { CounterBlock } from '../../../src/server/counters.ts';
import { IMPAIRMENTS } from '../../../src/impairment/impairments.ts';
import { countSendFailure, SOCKET_CELL } from '../../../src/socket/counters.ts';

test('a server that saw nothing says so without reasons', () => {
  assert.equal(
    serverSummary(new CounterBlock().read(null)),
    'received 0 datagrams (0 bytes): 0 answered, 0 refused, 0 not sent',
  );
});

test('refusals, failed sends and receive errors are named where there are any', () => {
  const block = new CounterBlock();
  block.socket[SOCKET_CELL.receivedDatagrams] = 9;
  block.socket[SOCKET_CELL.receivedBytes] = 378;
  block.socket[SOCKET_CELL.sentDatagrams] = 3;
  block.socket[SOCKET_CELL.receiveErrors] = 1;
  // The first two of the rules: port-zero, own-port.
  block.refusals.set([1, 3]);
  countSendFailure(block.socket, 'ENOBUFS');
  countSendFailure(block.socket, 'ENOBUFS');
  assert.equal(
    serverSummary(block.read(null)),
    'received 9 datagrams (378 bytes): 3 answered, 4 refused (port-zero 1, own-port 3), 2 not sent (ENOBUFS 2), 1 receive error',
  );
});

test('of replies that left twice on request it tells how many left, and not how many were answered', () => {
  const block = new CounterBlock();
  block.socket[SOCKET_CELL.receivedDatagrams] = 1;
  block.socket[SOCKET_CELL.receivedBytes] = 42;
  block.socket[SOCKET_CELL.sentDatagrams] = 2;
  block.impairments[IMPAIRMENTS.indexOf('duplicated')] = 1;
  assert.equal(
    serverSummary(block.read(null)),
    'received 1 datagram (42 bytes): 2 replies sent, 0 refused, 0 not sent, impaired on request (duplicated 1)',
  );
});

test('one is one, two are two', () => {
  const block = new CounterBlock();
  const summaryAfter = (datagrams: number): string => {
    block.socket[SOCKET_CELL.receivedDatagrams] = datagrams;
    block.socket[SOCKET_CELL.receivedBytes] = datagrams;
    block.socket[SOCKET_CELL.receiveErrors] = datagrams;
    return serverSummary(block.read(null));
  };
  assert.equal(
    summaryAfter(1),
    'received 1 datagram (1 byte): 0 answered, 0 refused, 0 not sent, 1 receive error',
  );
  assert.equal(
    summaryAfter(2),
    'received 2 datagrams (2 bytes): 0 answered, 0 refused, 0 not sent, 2 receive errors',
  );
});
