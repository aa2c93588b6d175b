import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionResult } from '../../../../src/client/session/session-result.ts';
import { lossFault } from '../../../../src/client/verdict/loss-fault.ts';
import { madeResult, NO_DROPS, NO_VALUES } from '../../../helpers/made-result.ts';
import { counts } from '../../../helpers/made-session.ts';

const LOST = counts({ sent: 1000, received: 988, lost: 12, lossRatio: 0.012 });

/** A direction of which the other end counts. */
const TOLD = {
  lost: 6,
  reordered: 0,
  duplicate: 0,
  delayNs: NO_VALUES,
  ipdvNs: NO_VALUES,
  pdvNs: NO_VALUES,
};

type Icmp = readonly [systemCode: string, code: number, from: string | null, count: number];

const PORT_UNREACHABLE: Icmp = ['ECONNREFUSED', 3, '192.0.2.7', 14];

/** ICMP errors that came, and how many probes they named. */
function icmpErrors(named: number, ...errors: readonly Icmp[]): Partial<SessionResult> {
  const { echogram } = madeResult();
  const inColumn = echogram.icmpErrors.map((_, column) => (column === 3 ? named : 0));
  const icmpErrors = errors.map(([systemCode, icmpCode, from, count]) => {
    return { systemCode, icmpType: 3, icmpCode, from, count };
  });
  return { icmpErrors, echogram: { ...echogram, icmpErrors: inColumn } };
}

const dropped = (
  receiveBuffer: number | null,
  others: Partial<SessionResult['hostDrops']> = {},
): Partial<SessionResult> => ({ hostDrops: { ...NO_DROPS, receiveBuffer, ...others } });
const altered = (corrupted: number): Partial<SessionResult> => ({
  datagrams: { ...LOST, corrupted },
});

for (const [what, result, text] of [
  ['nothing is known of them', {}, 'All 12 were lost on the path or at the other end.'],
  [
    'only one was',
    { datagrams: { ...LOST, lost: 1 } },
    'It was lost on the path or at the other end.',
  ],
  [
    'the server went away meanwhile',
    icmpErrors(12, PORT_UNREACHABLE),
    'All 12 were answered by ICMP "port unreachable" from 192.0.2.7.',
  ],
  [
    'an engine does not know who sent the error',
    icmpErrors(4, ['ECONNREFUSED', 3, null, 4]),
    'Lost 12: 4 answered by ICMP "port unreachable", 8 on the path or at the other end.',
  ],
  [
    'some replies came altered',
    altered(9),
    'Lost 12: 9 answered by altered replies, 3 on the path or at the other end.',
  ],
  [
    'more came altered than were lost, copies among them',
    altered(20),
    'All 12 were answered by altered replies.',
  ],
  [
    'this host can not know what it dropped',
    { ...altered(9), ...dropped(null) },
    'Lost 12: 9 answered by altered replies, 3 on the path, at the other end or in this host.',
  ],
  [
    'this host dropped some, and three routers sent ICMP errors',
    {
      ...dropped(3),
      ...altered(2),
      ...icmpErrors(
        5,
        ['ENETUNREACH', 0, '203.0.113.2', 1],
        ['EHOSTUNREACH', 1, '203.0.113.1', 6],
        ['EHOSTUNREACH', 13, '203.0.113.3', 2],
      ),
    },
    'Lost 12: 3 in this host\'s receive buffer, 5 answered by ICMP "host unreachable" from 203.0.113.1 and ICMP "administratively prohibited" from 203.0.113.3 and others, 2 answered by altered replies, 2 on the path or at the other end.',
  ],
  [
    'each part of this host dropped some',
    dropped(1, { sendQueue: 2, checksum: 3, bufferOrChecksum: 4 }),
    "Lost 12: 2 in this host's send queue, 1 in this host's receive buffer, 3 damaged on the path (wrong UDP checksum), 4 dropped by this host (buffer or checksum), 2 on the path or at the other end.",
  ],
  [
    'the causes are more than the losses, copies among them',
    { ...dropped(5, { sendQueue: 4, checksum: 9 }), ...altered(7) },
    "Lost 12: 4 in this host's send queue, 5 in this host's receive buffer, 3 damaged on the path (wrong UDP checksum).",
  ],
  [
    'nobody knows what this host had in its queue',
    { ...altered(9), ...dropped(0, { sendQueue: null }) },
    'Lost 12: 9 answered by altered replies, 3 on the path, at the other end or in this host.',
  ],
  ['nothing is known of this host either', dropped(null), undefined],
  ['each direction is told by itself', { forward: TOLD, backward: TOLD }, undefined],
  [
    'each direction is told, and this host dropped some',
    { forward: TOLD, backward: TOLD, ...dropped(9) },
    "Lost 12: 9 in this host's receive buffer, 3 on the path or at the other end.",
  ],
  ['nothing came back', { datagrams: { ...LOST, received: 0 } }, undefined],
  ['none were', { datagrams: { ...LOST, lost: 0 } }, undefined],
] as const) {
  test(`whose losses they were, where ${what}`, () => {
    assert.equal(lossFault(madeResult({ datagrams: LOST, ...result })), text);
  });
}
