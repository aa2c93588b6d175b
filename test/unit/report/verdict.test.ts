import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionResult } from '../../../src/client/session-result.ts';
import { outlierStreams, verdict } from '../../../src/report/verdict.ts';
import { madeResult, madeStream, NO_VALUES } from '../../helpers/made-result.ts';
import { counts } from '../../helpers/made-session.ts';

const MS = 1e6;

const UNANSWERED = { rttNs: NO_VALUES, pdvNs: NO_VALUES, smoothedJitterNs: null };

function refusals(
  systemCode: string,
  icmpType: number | null,
  icmpCode: number | null,
  from: string | null,
  count: number,
): SessionResult['refusals'][number] {
  return { systemCode, icmpType, icmpCode, from, count };
}

const LOST = counts({ sent: 1000, received: 988, lost: 12, lossRatio: 0.012 });
const LOST_RUNS = { count: 3, longest: 5, meanLength: 4, runsByLength: [0, 0, 1, 1, 1] };

const CASES: readonly [what: string, Partial<SessionResult>, sentences: readonly string[]][] = [
  ['all is answered', {}, ['UDP works. Nothing lost of 10; median 12.1 ms, p99 40 ms.']],
  [
    'the path lost some',
    { datagrams: LOST, lossRuns: LOST_RUNS },
    [
      'UDP works. 1.2 % lost, in 3 runs of up to 5; median 12.1 ms, p99 40 ms.',
      'All 12 were lost on the path or at the other end.',
    ],
  ],
  [
    'this host lost some of them',
    {
      datagrams: LOST,
      lossRuns: LOST_RUNS,
      hostDrops: { receiveBuffer: 9, sendBuffer: 0 },
    },
    [
      'UDP works. 1.2 % lost, in 3 runs of up to 5; median 12.1 ms, p99 40 ms.',
      "Lost 12: 9 in this host's receive buffer, 3 on the path or at the other end.",
    ],
  ],
  [
    'this host dropped more than was lost, duplicates among it',
    {
      datagrams: LOST,
      lossRuns: LOST_RUNS,
      hostDrops: { receiveBuffer: 20, sendBuffer: 0 },
    },
    [
      'UDP works. 1.2 % lost, in 3 runs of up to 5; median 12.1 ms, p99 40 ms.',
      "Lost 12: 12 in this host's receive buffer, 0 on the path or at the other end.",
    ],
  ],
  [
    'nobody can know what this host lost',
    {
      datagrams: LOST,
      lossRuns: LOST_RUNS,
      hostDrops: { receiveBuffer: null, sendBuffer: 0 },
    },
    ['UDP works. 1.2 % lost, in 3 runs of up to 5; median 12.1 ms, p99 40 ms.'],
  ],
  [
    'nothing came back',
    { ...UNANSWERED, datagrams: counts({ sent: 10, lost: 10, lossRatio: 1 }) },
    ['UDP does not work: no reply to 10 probes.'],
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
      datagrams: counts({ sent: 4, lost: 4, refused: 4, lossRatio: 1 }),
      refusals: [refusals('ECONNREFUSED', 3, 3, '192.0.2.7', 4)],
    },
    [
      'UDP does not work: 192.0.2.7 is there, but nothing listens on port 10000 (4 ICMP "port unreachable").',
    ],
  ],
  [
    'a firewall refuses',
    {
      ...UNANSWERED,
      datagrams: counts({ sent: 4, lost: 4, refused: 3, lossRatio: 1 }),
      refusals: [
        refusals('EHOSTUNREACH', 3, 1, '203.0.113.1', 2),
        refusals('ECONNREFUSED', 3, 3, '192.0.2.7', 1),
      ],
    },
    [
      'UDP does not work: the path or the host refuses it (2 ICMP "host unreachable" from 203.0.113.1, 1 ICMP "port unreachable" from 192.0.2.7).',
    ],
  ],
  [
    'a router rejects in place of the host',
    {
      ...UNANSWERED,
      datagrams: counts({ sent: 4, lost: 4, refused: 4, lossRatio: 1 }),
      refusals: [refusals('ECONNREFUSED', 3, 3, '203.0.113.1', 4)],
    },
    [
      'UDP does not work: 192.0.2.7 is there, but nothing listens on port 10000 (4 ICMP "port unreachable" from 203.0.113.1).',
    ],
  ],
  [
    'probes go in circles',
    {
      ...UNANSWERED,
      datagrams: counts({ sent: 4, lost: 4, refused: 1, lossRatio: 1 }),
      refusals: [refusals('EHOSTUNREACH', 11, 0, '203.0.113.1', 1)],
    },
    [
      'UDP does not work: the path or the host refuses it (1 ICMP "time exceeded" (TTL too small, or a routing loop) from 203.0.113.1).',
    ],
  ],
  [
    'the system does not tell who refused',
    {
      ...UNANSWERED,
      datagrams: counts({ sent: 4, lost: 4, refused: 1, lossRatio: 1 }),
      refusals: [refusals('EHOSTUNREACH', null, null, null, 1)],
    },
    ['UDP does not work: the path or the host refuses it (1 ICMP "host unreachable").'],
  ],
  [
    'every reply is late',
    { ...UNANSWERED, datagrams: counts({ sent: 5, late: 4, lost: 1, lossRatio: 1 }) },
    ['Every reply came after the timeout (4 of 5): wait longer.'],
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
        ...{ loopDelayNs: { p99: 5 * MS, max: 12.2 * MS }, gcMaxNs: null },
        clockSteps: { count: 0, largestNs: null },
      },
    },
    [
      'UDP works. Nothing lost of 10; median 12.1 ms, p99 40 ms.',
      "This process itself was up to 12.2 ms late, more than the median: the tail is not the path's alone.",
    ],
  ],
  [
    'the machine was suspended',
    {
      runtime: {
        ...{ loopDelayNs: { p99: 0, max: 0 }, gcMaxNs: null },
        clockSteps: { count: 1, largestNs: 10_800e9 },
      },
    },
    [
      'UDP works. Nothing lost of 10; median 12.1 ms, p99 40 ms.',
      'The wall clock got 10800 s ahead: this machine was suspended, or its clock was set. No round-trip time has it in it.',
    ],
  ],
  [
    'the wall clock was set back more than once',
    {
      runtime: {
        ...{ loopDelayNs: { p99: 0, max: 0 }, gcMaxNs: null },
        clockSteps: { count: 3, largestNs: -60e9 },
      },
    },
    [
      'UDP works. Nothing lost of 10; median 12.1 ms, p99 40 ms.',
      'The wall clock was set back by 60 s, and 2 other times by less. No round-trip time has it in it.',
    ],
  ],
  [
    'one source port is bad',
    {
      streams: [1, 2, 3, 4].map((port) => madeStream(port, 100, port === 3 ? 18 : 0)),
    },
    [
      'UDP works. Nothing lost of 10; median 12.1 ms, p99 40 ms.',
      'Source port 3 (18 %) loses far more than the others: one of several paths is bad.',
    ],
  ],
  [
    'two source ports are bad',
    {
      streams: [1, 2, 3, 4, 5, 6].map((port) => madeStream(port, 100, port % 3 === 0 ? 30 : 1)),
    },
    [
      'UDP works. Nothing lost of 10; median 12.1 ms, p99 40 ms.',
      'Source ports 3 (30 %), 6 (30 %) lose far more than the others: one of several paths is bad.',
    ],
  ],
];

for (const [what, changes, sentences] of CASES) {
  test(`the verdict where ${what}`, () => {
    assert.deepEqual(verdict(madeResult(changes)), sentences);
  });
}

for (const [what, streams, ports] of [
  ['only one port', [madeStream(1, 100, 100)], []],
  ['too few probes of each to tell', [1, 2].map((port) => madeStream(port, 19, port)), []],
  // 10 of 100 is five points above 10 of 200 and no more.
  ['a difference of five points', [madeStream(1, 100, 10), madeStream(2, 200, 10)], []],
  ['a difference above five points', [madeStream(1, 100, 11), madeStream(2, 200, 10)], [1]],
  ['everything lost on each', [1, 2, 3].map((port) => madeStream(port, 50, 50)), []],
  ['nothing sent on one', [madeStream(1, 0, 0), madeStream(2, 50, 1)], []],
] as const) {
  test(`${ports.length === 0 ? 'no port is an outlier' : 'the outlier is found'} with ${what}`, () => {
    assert.deepEqual(
      outlierStreams(streams).map(({ sourcePort }) => sourcePort),
      ports,
    );
  });
}
