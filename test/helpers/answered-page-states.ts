// The states of a page in which replies came, at least some. Each is a hundred probes, one in each column of 10 ms, unless
// it says otherwise.

import type { SessionResult } from '../../src/client/session/session-result.ts';
import type { DrawnKind } from '../../src/report/page-legend.ts';
import { madeResult, madeStream, NO_DROPS } from './made-result.ts';
import { oneProbe, stateOf } from './page-results.ts';
import {
  counted,
  DIRECTION,
  middle,
  PORT_UNREACHABLE,
  REFLECTOR,
  STAMP,
  UDP_ECHO_PLUS,
  type PageState,
} from './page-state.ts';

/** From just before the middle to the end: 55 columns. */
const sinceMiddle = (column: number): number => (column >= 45 ? 1 : 0);

function lostEachWay(there: number, back: number): Partial<SessionResult> {
  return {
    target: STAMP,
    reflector: REFLECTOR,
    forward: { ...DIRECTION, lost: there },
    backward: { ...DIRECTION, lost: back },
  };
}

/** All of the last ones missed. */
function endingIn(atEnd: number): Partial<SessionResult> {
  const runsByLength = [...Array<number>(atEnd - 1).fill(0), 1];
  return { lossRuns: { count: 1, longest: atEnd, meanLength: atEnd, atEnd, runsByLength } };
}

/** A fifth of the probes is missed, all of them in the middle and for one reason. */
function missedInMiddle(
  name: string,
  kind: DrawnKind,
  text: string,
  result: SessionResult,
): PageState {
  return {
    name,
    result,
    outcome: 'lossy',
    headline: 'UDP partly works.',
    legend: [[kind, 20, text]],
    middle: kind,
  };
}

export const ANSWERED_PAGE_STATES: readonly PageState[] = [
  {
    name: 'all answered',
    result: stateOf({}),
    outcome: 'good',
    headline: 'UDP works.',
    legend: [],
  },
  {
    name: 'one probe, answered',
    result: oneProbe({}),
    outcome: 'good',
    headline: 'UDP works.',
    legend: [],
  },
  missedInMiddle(
    'lost on the path',
    'path',
    'lost on the path or at the other end',
    stateOf({ lost: middle }),
  ),
  missedInMiddle(
    'refused for a while',
    'icmpErrors',
    'answered by ICMP "port unreachable" from 192.0.2.7',
    stateOf(
      { lost: middle, icmpErrors: middle },
      {
        datagrams: counted({ icmpErrors: 20 }),
        icmpErrors: [{ ...PORT_UNREACHABLE, from: '192.0.2.7', count: 20 }],
      },
    ),
  ),
  missedInMiddle(
    "lost in this host's receive buffer",
    'thisHost',
    "lost in this host's receive buffer",
    stateOf(
      { lost: middle, hostDropped: (column) => (column === 60 ? 20 : 0) },
      { hostDrops: { ...NO_DROPS, receiveBuffer: 20 }, config: patient() },
    ),
  ),
  {
    name: "lost in this host's send queue, at times that nobody knows",
    result: stateOf({ lost: middle }, { hostDrops: { ...NO_DROPS, sendQueue: 15 } }),
    outcome: 'lossy',
    headline: 'This host did not send 15 of 100 probes.',
    legend: [
      ['thisHost', 15, "lost in this host's send queue"],
      ['path', 5, 'lost on the path or at the other end'],
    ],
    middle: 'thisHost',
  },
  missedInMiddle(
    'damaged on the path',
    'unusable',
    'damaged on the path (wrong UDP checksum)',
    stateOf({ lost: middle, hostDropped: middle }, { hostDrops: { ...NO_DROPS, checksum: 20 } }),
  ),
  missedInMiddle(
    'lost on the way there',
    'forward',
    'lost on the way there',
    stateOf({ lost: middle }, lostEachWay(20, 0)),
  ),
  missedInMiddle(
    'lost on the way back',
    'backward',
    'lost on the way back',
    stateOf({ lost: middle }, lostEachWay(0, 20)),
  ),
  {
    name: 'lost both ways',
    result: stateOf({ lost: middle }, lostEachWay(14, 6)),
    outcome: 'lossy',
    headline: 'UDP partly works.',
    legend: [
      ['forward', 14, 'lost on the way there'],
      ['backward', 6, 'lost on the way back'],
    ],
  },
  missedInMiddle(
    'late for a while',
    'late',
    'late: after the timeout of 10 ms',
    stateOf({ late: middle }),
  ),
  {
    name: 'limited to a rate',
    result: stateOf(
      { lost: (column) => (column >= 40 && column % 2 === 0 ? 1 : 0) },
      { rateLimit: { perSecond: 50, burst: 40 } },
    ),
    outcome: 'lossy',
    headline: 'UDP works up to a rate limit.',
    legend: [['otherEnd', 30, 'dropped by the rate limit']],
    middle: 'otherEnd',
  },
  {
    name: 'not sent for a while',
    result: stateOf(
      { sent: (column) => 1 - middle(column), sendFailed: middle },
      { sendFailures: { EPERM: 20 } },
    ),
    outcome: 'lossy',
    headline: 'This host did not send 20 of 100 probes.',
    legend: [
      [
        'notSent',
        20,
        "not sent by this host (20 EPERM: this host's firewall, or its full connection tracking table)",
      ],
    ],
    middle: 'notSent',
  },
  {
    name: 'a third of the slots skipped',
    result: stateOf({
      sent: (column) => (column % 3 === 0 ? 0 : 1),
      skipped: (column) => (column % 3 === 0 ? 1 : 0),
    }),
    outcome: 'lossy',
    headline: 'UDP works.',
    legend: [['skipped', 34, 'skipped, because this host was late']],
    middle: 'skipped',
  },
  {
    name: 'down now: no reply since a while',
    result: stateOf({ lost: sinceMiddle }, endingIn(55)),
    outcome: 'down',
    headline: 'UDP does not work right now.',
    legend: [['path', 55, 'lost on the path or at the other end']],
    middle: 'path',
  },
  {
    name: 'down now: this host can not send any more',
    result: stateOf(
      { sent: (column) => 1 - sinceMiddle(column), sendFailed: sinceMiddle },
      { sendFailures: { ENETUNREACH: 55 } },
    ),
    outcome: 'down',
    headline: 'UDP does not work right now.',
    legend: [
      [
        'notSent',
        55,
        'not sent by this host (55 ENETUNREACH: this host has no route to the target)',
      ],
    ],
    middle: 'notSent',
  },
  {
    name: 'one of four source ports is dead',
    result: stateOf(
      { lost: (column) => (column % 4 === 3 ? 1 : 0) },
      {
        streams: [0, 0, 0, 25].map((lost, at) => madeStream(40_001 + at, 25, lost)),
        lossRuns: { count: 25, longest: 1, meanLength: 1, atEnd: 1, runsByLength: [25] },
      },
    ),
    outcome: 'lossy',
    headline: 'UDP works from only 3 of 4 source ports.',
    legend: [['path', 25, 'lost on the path or at the other end']],
  },
  {
    name: 'a UDPEchoPlus server that did not answer some',
    result: stateOf(
      { lost: middle },
      {
        target: UDP_ECHO_PLUS,
        reflector: { ...REFLECTOR, unanswered: 15 },
        forward: { ...DIRECTION, lost: 0 },
        backward: { ...DIRECTION, lost: 5 },
      },
    ),
    outcome: 'lossy',
    headline: 'UDP partly works.',
    legend: [
      ['backward', 5, 'lost on the way back'],
      ['otherEnd', 15, 'not answered by the other end'],
    ],
    middle: 'otherEnd',
  },
];

/** So that what is dropped in column 60 may be of the columns before. */
function patient(): SessionResult['config'] {
  const { config } = madeResult();
  return { ...config, intervalNs: 10e6, timeoutNs: 1e9, count: 100 };
}
