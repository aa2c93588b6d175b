import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IMPAIRMENTS } from '../../../src/impairment/impairments.ts';
import { RELAY_REFUSALS, type RelayDirectionCounters } from '../../../src/relay/relay-counters.ts';
import { relaySummary } from '../../../src/report/relay-summary.ts';
import { SEND_FAILURES } from '../../../src/socket/counters.ts';

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}

const NOTHING: RelayDirectionCounters = {
  receivedDatagrams: 0,
  receivedBytes: 0,
  forwardedDatagrams: 0,
  forwardedBytes: 0,
  refused: zeros(RELAY_REFUSALS),
  impaired: zeros(IMPAIRMENTS),
  sendFailed: zeros(SEND_FAILURES),
  heldDatagrams: 0,
};

test('a relay that did nothing says so', () => {
  const sources = { open: 0, opened: 0, expired: 0, displaced: 0 };
  const none = 'received 0 datagrams (0 bytes): 0 forwarded, 0 refused, 0 not sent';
  assert.deepEqual(
    relaySummary({
      forward: NOTHING,
      backward: NOTHING,
      sources,
      icmpErrors: {},
      receiveErrors: 0,
    }),
    [`forward: ${none}`, `backward: ${none}`, 'clients: 0 in all, 0 expired, 0 displaced'],
  );
});

test('each direction tells its own counts, by reason', () => {
  const forward = {
    ...NOTHING,
    receivedDatagrams: 1234,
    receivedBytes: 78_976,
    forwardedDatagrams: 1100,
    refused: { ...NOTHING.refused, 'no-room': 4 },
    impaired: { ...NOTHING.impaired, lost: 120, blackout: 10 },
  };
  const backward = {
    ...NOTHING,
    receivedDatagrams: 1,
    receivedBytes: 1,
    sendFailed: { ...NOTHING.sendFailed, EPERM: 1 },
    heldDatagrams: 2,
  };
  const sources = { open: 1, opened: 7, expired: 5, displaced: 1 };
  const icmpErrors = { ECONNREFUSED: 3 };
  assert.deepEqual(relaySummary({ forward, backward, sources, icmpErrors, receiveErrors: 1 }), [
    'forward: received 1,234 datagrams (78,976 bytes): 1,100 forwarded, 4 refused (no-room 4), 0 not sent, impaired on request (lost 120, blackout 10)',
    'backward: received 1 datagram (1 byte): 0 forwarded, 0 refused, 1 not sent (EPERM 1), 2 held back now',
    'clients: 7 in all, 5 expired, 1 displaced, 3 ICMP errors (ECONNREFUSED 3), 1 receive error',
  ]);
});
