import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  DirectionResult,
  ReflectorResult,
  SessionResult,
} from '../../../../src/client/session/session-result.ts';
import { judge } from '../../../../src/client/verdict/verdict.ts';
import { madeResult, madeStream, NO_VALUES } from '../../../helpers/made-result.ts';
import { counts } from '../../../helpers/made-session.ts';

const MS = 1e6;

const TARGET = { host: 'h', address: '192.0.2.7', port: 862, tried: [] };
const UNANSWERED = { rttNs: NO_VALUES, pdvNs: NO_VALUES, smoothedJitterNs: null };

function icmpError(
  systemCode: string,
  icmpType: number | null,
  icmpCode: number | null,
  from: string | null,
  count: number,
): SessionResult['icmpErrors'][number] {
  return { systemCode, icmpType, icmpCode, from, count };
}

function drops(receiveBuffer: number | null): SessionResult['hostDrops'] {
  return { receiveBuffer, checksum: 0, bufferOrChecksum: 0, checksumOfAll: 0, sendQueue: 0 };
}

const LOST = counts({ sent: 1000, received: 988, lost: 12, lossRatio: 0.012 });
const LOST_RUNS = { count: 3, longest: 5, meanLength: 4, atEnd: 0, runsByLength: [0, 0, 1, 1, 1] };

const DIRECTION: DirectionResult = {
  lost: 0,
  reordered: 0,
  duplicate: 0,
  delayNs: NO_VALUES,
  ipdvNs: NO_VALUES,
  pdvNs: NO_VALUES,
};

const REFLECTOR: ReflectorResult = {
  numbering: 'own',
  unattributed: 0,
  unanswered: 0,
  unaltered: 0,
  unauthenticated: 0,
  unusableStamps: 0,
  residenceNs: NO_VALUES,
  clock: null,
};

const WORKS =
  'UDP works with losses. 1.2 % lost: 3 runs, the longest 5; median 12.1 ms, p99 40 ms.';

/** Twelve of a thousand lost, so many of them each way, and what else the other end told. */
function lostEachWay(
  there: number | null,
  back: number | null,
  reflector: Partial<ReflectorResult> = {},
): Partial<SessionResult> {
  return {
    datagrams: LOST,
    lossRuns: LOST_RUNS,
    forward: { ...DIRECTION, lost: there },
    backward: { ...DIRECTION, lost: back },
    reflector: { ...REFLECTOR, ...reflector },
  };
}

function clock(offsetLeastNs: number, offsetMostNs: number): Partial<SessionResult> {
  const told = { offsetLeastNs, offsetMostNs, isSynchronised: false, errorNs: 1 };
  return { forward: DIRECTION, backward: DIRECTION, reflector: { ...REFLECTOR, clock: told } };
}

const CASES: readonly [what: string, Partial<SessionResult>, sentences: readonly string[]][] = [
  ['all is answered', {}, ['UDP works. 0 lost of 10; median 12.1 ms, p99 40 ms.']],
  [
    'the path lost some',
    { datagrams: LOST, lossRuns: LOST_RUNS },
    [
      'UDP works with losses. 1.2 % lost: 3 runs, the longest 5; median 12.1 ms, p99 40 ms.',
      'All 12 were lost on the path or at the other end.',
    ],
  ],
  [
    'this host lost some of them',
    {
      datagrams: LOST,
      lossRuns: LOST_RUNS,
      hostDrops: drops(9),
    },
    [
      'UDP works with losses. 1.2 % lost: 3 runs, the longest 5; median 12.1 ms, p99 40 ms.',
      "Lost 12: 9 in this host's receive buffer, 3 on the path or at the other end.",
    ],
  ],
  [
    'nobody can know what this host lost',
    { datagrams: LOST, lossRuns: LOST_RUNS, hostDrops: drops(null) },
    ['UDP works with losses. 1.2 % lost: 3 runs, the longest 5; median 12.1 ms, p99 40 ms.'],
  ],
  [
    'some came late, and nothing was lost',
    {
      datagrams: counts({ sent: 30, received: 21, late: 9, lossRatio: 0.3 }),
      lossRuns: { count: 1, longest: 9, meanLength: 9, atEnd: 0, runsByLength: [] },
    },
    [
      'UDP partly works. 0 lost of 30; 30 % late, after 1 s: a run of 9; median 12.1 ms, p99 40 ms.',
    ],
  ],
  [
    'some were lost and some late',
    {
      datagrams: counts({ sent: 20, received: 15, lost: 2, late: 3, lossRatio: 0.25 }),
      lossRuns: { count: 2, longest: 3, meanLength: 2.5, atEnd: 0, runsByLength: [0, 1, 1] },
    },
    [
      'UDP partly works. 10 % lost and 15 % late, after 1 s: 2 runs, the longest 3; median 12.1 ms, p99 40 ms.',
      'Both were lost on the path or at the other end.',
    ],
  ],
  [
    'nothing came back',
    { ...UNANSWERED, datagrams: counts({ sent: 10, lost: 10, lossRatio: 1 }) },
    ['UDP does not work: no reply to 10 probes.'],
  ],
  [
    'all that came was of somebody else',
    { ...UNANSWERED, datagrams: counts({ sent: 10, lost: 10, stray: 1, lossRatio: 1 }) },
    [
      'UDP works, but nothing received answers a probe (1 datagram): the server speaks another protocol, or another program sends here.',
    ],
  ],
  [
    'the only probe was lost',
    { ...UNANSWERED, datagrams: counts({ sent: 1, lost: 1, lossRatio: 1 }) },
    ['UDP does not work: no reply to 1 probe.'],
  ],
  [
    'nothing listens',
    {
      ...UNANSWERED,
      datagrams: counts({ sent: 4, lost: 4, icmpErrors: 4, lossRatio: 1 }),
      icmpErrors: [icmpError('ECONNREFUSED', 3, 3, '192.0.2.7', 4)],
    },
    [
      'UDP does not work: 192.0.2.7 is up, but nothing listens on port 10000, or its firewall rejects the probes (4 ICMP "port unreachable").',
      'Start a server on 192.0.2.7, such as `echogram serve --host 0.0.0.0`, or let UDP port 10000 through its firewall.',
    ],
  ],
  [
    'a firewall refuses',
    {
      ...UNANSWERED,
      datagrams: counts({ sent: 4, lost: 4, icmpErrors: 3, lossRatio: 1 }),
      icmpErrors: [
        icmpError('EHOSTUNREACH', 3, 1, '203.0.113.1', 2),
        icmpError('ECONNREFUSED', 3, 3, '192.0.2.7', 1),
      ],
    },
    [
      'UDP does not work: 203.0.113.1 (not the target) answers: 2 ICMP "host unreachable"; 192.0.2.7 answers: 1 ICMP "port unreachable".',
    ],
  ],
  [
    'a router rejects in place of the host',
    {
      ...UNANSWERED,
      datagrams: counts({ sent: 4, lost: 4, icmpErrors: 4, lossRatio: 1 }),
      icmpErrors: [icmpError('ECONNREFUSED', 3, 3, '203.0.113.1', 4)],
    },
    ['UDP does not work: 203.0.113.1 (not the target) answers: 4 ICMP "port unreachable".'],
  ],
  [
    'probes go in circles',
    {
      ...UNANSWERED,
      datagrams: counts({ sent: 4, lost: 4, icmpErrors: 1, lossRatio: 1 }),
      icmpErrors: [icmpError('EHOSTUNREACH', 11, 0, '203.0.113.1', 1)],
    },
    [
      'UDP does not work: 203.0.113.1 (not the target) answers: 1 ICMP "time exceeded" (TTL too small, or a routing loop).',
    ],
  ],
  [
    'the system does not tell who sent an ICMP error',
    {
      ...UNANSWERED,
      datagrams: counts({ sent: 4, lost: 4, icmpErrors: 1, lossRatio: 1 }),
      icmpErrors: [icmpError('EHOSTUNREACH', null, null, null, 1)],
    },
    [
      'UDP does not work: the target, a router or this host (the system does not say which) answers: 1 ICMP "host unreachable or prohibited, or time exceeded".',
    ],
  ],
  [
    'every reply is late',
    { ...UNANSWERED, datagrams: counts({ sent: 5, late: 4, lost: 1, lossRatio: 1 }) },
    ['Every reply arrived after the timeout (4 of 5): use a longer timeout.'],
  ],
  [
    'no probe could be sent',
    {
      ...UNANSWERED,
      datagrams: counts({ sendFailed: 3, lossRatio: null }),
      endedBy: { code: 'ERROR', message: 'none of 3 probes could be sent (ENETUNREACH)' },
    },
    ['Nothing was measured: none of 3 probes could be sent (ENETUNREACH).'],
  ],
  [
    'it was stopped before the first probe',
    { ...UNANSWERED, datagrams: counts({ lossRatio: null }), endedBy: { code: 'SIGINT' } },
    ['Nothing was sent, so nothing is known.'],
  ],
  [
    'this process was late itself',
    {
      runtime: {
        loopDelayNs: { p99: 5 * MS, max: 12.2 * MS },
        gcMaxNs: null,
        clockSteps: { count: 0, largestNs: null },
      },
    },
    [
      'UDP works. 0 lost of 10; median 12.1 ms, p99 40 ms.',
      'This process itself ran up to 12.2 ms late, which is more than the median: it caused part of the tail, not the path.',
    ],
  ],
  [
    'the machine was suspended',
    {
      runtime: {
        loopDelayNs: { p99: 0, max: 0 },
        gcMaxNs: null,
        clockSteps: { count: 1, largestNs: 10_800e9 },
      },
    },
    [
      'UDP works. 0 lost of 10; median 12.1 ms, p99 40 ms.',
      'The wall clock jumped ahead by 10,800 s: this machine was suspended, or its clock was set. Round-trip times are not affected.',
    ],
  ],
  [
    'the wall clock was set back more than once',
    {
      runtime: {
        loopDelayNs: { p99: 0, max: 0 },
        gcMaxNs: null,
        clockSteps: { count: 3, largestNs: -60e9 },
      },
    },
    [
      'UDP works. 0 lost of 10; median 12.1 ms, p99 40 ms.',
      'The wall clock was set back by 60 s, and 2 other times by less. Round-trip times are not affected.',
    ],
  ],
  [
    'one source port is bad',
    {
      streams: [1, 2, 3, 4].map((port) => madeStream(port, 100, port === 3 ? 18 : 0)),
    },
    [
      'UDP works. 0 lost of 10; median 12.1 ms, p99 40 ms.',
      'Source port 3 (18 %) loses far more than the others: one of several paths may be bad, or something on the way treats these ports differently.',
    ],
  ],
  [
    'two source ports are bad',
    {
      streams: [1, 2, 3, 4, 5, 6].map((port) => madeStream(port, 100, port % 3 === 0 ? 30 : 1)),
    },
    [
      'UDP works. 0 lost of 10; median 12.1 ms, p99 40 ms.',
      'Source ports 3 (30 %), 6 (30 %) lose far more than the others: one of several paths may be bad, or something on the way treats these ports differently.',
    ],
  ],
  [
    'all was lost on the way back',
    lostEachWay(0, 12),
    [WORKS, 'All 12 were lost on the way back.'],
  ],
  [
    'all was lost on the way there',
    lostEachWay(12, 0),
    [WORKS, 'All 12 were lost on the way there.'],
  ],
  [
    'both ways lost, and neither',
    lostEachWay(5, 4, { unanswered: 2, unattributed: 1 }),
    [
      WORKS,
      'Lost 12: 5 on the way there, 4 on the way back, 2 at the other end, which did not answer, 1 in an unknown direction.',
    ],
  ],
  [
    'the way back lost them, and this host some of those',
    { ...lostEachWay(3, 9), hostDrops: drops(9) },
    [
      WORKS,
      "Lost 12: 9 in this host's receive buffer, 3 on the path or at the other end.",
      'Lost 12: 3 on the way there, 9 on the way back.',
    ],
  ],
  [
    'the reflector is stateless',
    lostEachWay(null, null, { numbering: 'copied', unattributed: null, unanswered: null }),
    [
      WORKS,
      'All 12 were lost on the path or at the other end.',
      'The reflector is stateless: it repeats our sequence numbers, so the direction of a loss cannot be determined.',
    ],
  ],
  [
    'the other end was restarted',
    lostEachWay(null, null, { numbering: 'inconsistent', unattributed: null }),
    [
      WORKS,
      'All 12 were lost on the path or at the other end.',
      "The other end's sequence numbers do not match ours: it restarted, other clients use it too, or replies to duplicates of our packets were lost. The direction of a loss cannot be determined.",
    ],
  ],
  [
    'some times contradict ours',
    { forward: DIRECTION, backward: DIRECTION, reflector: { ...REFLECTOR, unusableStamps: 1 } },
    [
      'UDP works. 0 lost of 10; median 12.1 ms, p99 40 ms.',
      'The timestamps of 1 reply contradict ours and were not used.',
    ],
  ],
  ...(
    [
      [
        'is ahead',
        clock(2.99e9, 3.01e9),
        'The clocks differ by at least 2.99 s (the other end is ahead): absolute one-way delays mean nothing, but their variation is valid.',
      ],
      [
        'is behind',
        clock(-3.01e9, -2.99e9),
        'The clocks differ by at least 2.99 s (the other end is behind): absolute one-way delays mean nothing, but their variation is valid.',
      ],
      [
        'may be right',
        clock(-5 * MS, 7 * MS),
        'The clocks may agree: the other end is between 5 ms behind and 7 ms ahead, so one-way delays may be off by as much.',
      ],
      [
        'drifts',
        clock(3 * MS, 1 * MS),
        'The clocks drift: their difference changed by at least 2 ms. One-way delays mean nothing.',
      ],
    ] as const
  ).map(([what, changes, sentence]): (typeof CASES)[number] => [
    `the other clock ${what}`,
    changes,
    ['UDP works. 0 lost of 10; median 12.1 ms, p99 40 ms.', sentence],
  ]),
  [
    'the other end is a plain echo',
    {
      ...UNANSWERED,
      forward: DIRECTION,
      backward: DIRECTION,
      datagrams: counts({ sent: 10, lost: 10, lossRatio: 1 }),
      reflector: { ...REFLECTOR, numbering: null, unaltered: 10 },
      target: { ...TARGET, protocol: 'stamp' },
    },
    [
      'Port 862 is a plain echo server: 10 of our packets came back unchanged, so it does not speak STAMP; measure with --protocol echo.',
    ],
  ],
  [
    'the other end has another key',
    {
      ...UNANSWERED,
      forward: DIRECTION,
      backward: DIRECTION,
      datagrams: counts({ sent: 10, lost: 10, corrupted: 10, lossRatio: 1 }),
      reflector: { ...REFLECTOR, numbering: null, unauthenticated: 10 },
    },
    [
      'UDP works, but 10 replies failed HMAC verification: the other end uses another key or none, or something on the path changes them.',
    ],
  ],
  [
    'all that came was altered',
    { ...UNANSWERED, datagrams: counts({ sent: 10, lost: 10, corrupted: 9, lossRatio: 1 }) },
    [
      'UDP works, but 9 replies came back altered and none intact: something on the path changed them, or the server speaks another protocol.',
    ],
  ],
];

for (const [what, changes, sentences] of CASES) {
  test(`the verdict where ${what}`, () => {
    assert.deepEqual(judge(madeResult(changes)).sentences, sentences);
  });
}

for (const [protocol, silent] of [
  ['stamp', 'the STAMP reflector uses another key or mode, or does not know the session,'],
  ['udp-echo-plus', 'the server speaks another protocol'],
] as const) {
  test(`silence does not prove that UDP does not work where ${protocol} was asked`, () => {
    const nothing = { ...UNANSWERED, datagrams: counts({ sent: 5, lost: 5, lossRatio: 1 }) };
    const { sentences } = judge({ ...madeResult(nothing), target: { ...TARGET, protocol } });
    assert.deepEqual(sentences, [
      `No reply to 5 probes: UDP does not work, or ${silent} and ignores the probes; to find out, measure with --protocol echo against an echo port.`,
    ]);
  });
}
