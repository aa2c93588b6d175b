// Verdicts on results of load that are written by hand: one for each code, kind of limit and reason.

import type { LoadVerdictCode } from '../../src/load/load-result.ts';
import type { MeasuredLoad } from '../../src/load/verdict/judge-load.ts';
import {
  MADE_THROUGHPUT,
  MADE_TRIALS,
  madeLoad,
  madeTrial,
  NO_LIMIT,
  NOTHING,
  times,
} from './made-load.ts';

const CARRIED =
  'Under more load, 1,179 replies/s arrived: 868 kbit/s of IP packets, 1.23 Mbit/s on an Ethernet wire.';
const KNEE =
  'Up to 1,051/s, 90 % of what passed, responses are hardly slower than without load (p95 900 µs).';
const PLAIN: Partial<MeasuredLoad> = { capacity: null, knee: null };

const PORT_UNREACHABLE = {
  systemCode: 'ECONNREFUSED',
  from: '192.0.2.7',
  icmpType: 3,
  icmpCode: 3,
  count: 4,
};

const POLICED: Partial<MeasuredLoad> = {
  ...PLAIN,
  throughput: { ...MADE_THROUGHPUT, lowerPps: 2093.2, upperPps: 2112.1 },
  limit: { ...NO_LIMIT, kind: 'policer', policerPps: 2000.4, policerBurst: 197 },
  trials: [
    madeTrial('search', 2093.2),
    madeTrial('search', 2112.1, { lost: { path: 25 }, verdict: 'high-loss' }),
  ],
};

export const LOAD_VERDICTS: readonly (readonly [
  title: string,
  changes: Partial<MeasuredLoad>,
  code: LoadVerdictCode,
  sentences: readonly string[],
])[] = [
  [
    'a queue that fills, and then overflows',
    {},
    'QUEUE',
    [
      '1,168 datagrams/s of 64 octets without loss; above, a queue of 84.8 ms fills, then 19.1 % is lost on the path at 1,600/s.',
      KNEE,
      CARRIED,
    ],
  ],
  [
    'a queue that was never seen full',
    { ...PLAIN, limit: { ...NO_LIMIT, kind: 'queue', queueNs: 18e6, queueIsFull: false } },
    'QUEUE',
    ['1,168 datagrams/s of 64 octets without loss; above, a queue builds up, of at least 18 ms.'],
  ],
  [
    'a queue of unknown depth, where 2 % of loss was permitted',
    {
      ...PLAIN,
      config: { ...madeLoad().config, maxLossRatio: 0.02, payloadBytes: 1472 },
      limit: { ...NO_LIMIT, kind: 'queue' },
    },
    'QUEUE',
    ['1,168 datagrams/s of 1,472 octets with at most 2 % loss; above, a queue builds up.'],
  ],
  [
    'a queue whose overflow was not seen in a trial',
    { ...PLAIN, trials: [] },
    'QUEUE',
    [
      '1,168 datagrams/s of 64 octets without loss; above, a queue of 84.8 ms fills, and then datagrams are lost.',
    ],
  ],
  [
    'a queue on the way back, as stamp tells',
    {
      ...PLAIN,
      trials: [
        madeTrial('ramp', 1600, {
          lost: { path: 306, forward: 0, server: 0, backward: 306 },
          verdict: 'high-loss',
        }),
      ],
    },
    'QUEUE',
    [
      '1,168 datagrams/s of 64 octets without loss; above, a queue of 84.8 ms fills, then 19.1 % is lost on the way back at 1,600/s.',
    ],
  ],
  [
    'loss in both directions',
    {
      ...PLAIN,
      trials: [
        madeTrial('ramp', 1600, {
          lost: { path: 306, forward: 6, server: 0, backward: 300 },
          verdict: 'cut',
          cutBy: 'loss',
        }),
      ],
    },
    'QUEUE',
    [
      '1,168 datagrams/s of 64 octets without loss; above, a queue of 84.8 ms fills, then 19.1 % is lost on the path (6 on the way there, 300 on the way back) at 1,600/s.',
    ],
  ],
  [
    'a policer',
    POLICED,
    'POLICER',
    [
      '2,093 datagrams/s of 64 octets without loss; above, datagrams are dropped without a queue: limited to 2,000/s with bursts of 197.',
      'A short trial passes above that limit, because the burst is permitted once.',
    ],
  ],
  [
    "the limit of an echogram server's own",
    {
      ...POLICED,
      throughput: { ...MADE_THROUGHPUT, lowerPps: 1090.5, upperPps: 1110 },
      limit: { ...NO_LIMIT, kind: 'policer', policerPps: 1000.5, policerBurst: 197 },
    },
    'POLICER',
    [
      '1,090 datagrams/s of 64 octets without loss; above, datagrams are dropped without a queue: limited to 1,001/s with bursts of 197.',
      'These are the limits that an echogram server has for each source by default: on your own server, `serve --limit 0` removes them.',
    ],
  ],
  [
    'a policer of unknown rate',
    { ...POLICED, limit: { ...NO_LIMIT, kind: 'policer' } },
    'POLICER',
    [
      '2,093 datagrams/s of 64 octets without loss; above, datagrams are dropped without a queue: a rate limit.',
    ],
  ],
  [
    'a server that drops',
    { ...PLAIN, limit: { ...NO_LIMIT, kind: 'server' } },
    'LIMIT',
    [
      '1,168 datagrams/s of 64 octets without loss; above, the server drops datagrams: 19.1 % is lost by the server at 1,600/s.',
    ],
  ],
  [
    'a host that drops, although it can offer the rate',
    { ...PLAIN, limit: { ...NO_LIMIT, kind: 'host' } },
    'LIMIT',
    [
      '1,168 datagrams/s of 64 octets without loss; above, this host itself drops datagrams, so the path may carry more.',
    ],
  ],
  [
    'a limit of no known kind',
    { ...PLAIN, limit: { ...NO_LIMIT, kind: 'unknown' } },
    'LIMIT',
    [
      "1,168 datagrams/s of 64 octets without loss; what limits it at 1,190/s can't be told: 19.1 % is lost on the path at 1,600/s.",
    ],
  ],
  [
    'a ceiling',
    {
      ...PLAIN,
      limit: NO_LIMIT,
      throughput: {
        ...MADE_THROUGHPUT,
        lowerPps: 1000,
        upperPps: null,
        widthRatio: null,
        ceilingPps: 1000,
        reason: 'ceiling',
      },
    },
    'CEILING',
    [
      '1,000 datagrams/s of 64 octets without loss, which is the highest rate that was permitted: the path may carry more.',
    ],
  ],
  [
    'a host that can offer no more',
    {
      ...PLAIN,
      limit: { ...NO_LIMIT, kind: 'host' },
      throughput: {
        ...MADE_THROUGHPUT,
        lowerPps: 6400,
        upperPps: null,
        widthRatio: null,
        reason: 'host',
      },
      trials: [
        madeTrial('ramp', 6400),
        madeTrial('ramp', 12_800, { offeredPps: 9876.5, skipped: 2923, verdict: 'invalid' }),
      ],
    },
    'HOST_LIMITED',
    [
      'This host could not offer more than 9,877 datagrams/s of 64 octets: the path may carry more.',
      'It is certain that it carries 6,400 datagrams/s of 64 octets without loss.',
      '1 trial says nothing about the path, because this host could not offer the rate or dropped datagrams itself.',
    ],
  ],
  [
    'a start that fails, as the path loses without load too',
    {
      ...PLAIN,
      limit: { ...NO_LIMIT, kind: 'unknown' },
      idle: { sent: 50, rttNs: times(0.2), iqrNs: 0, lossRatio: 0.02 },
      throughput: {
        ...MADE_THROUGHPUT,
        lowerPps: null,
        upperPps: 100,
        conditionalPps: null,
        widthRatio: null,
        reason: 'start-fails',
      },
      trials: [madeTrial('ramp', 100, { lost: { path: 1 }, verdict: 'high-loss' })],
    },
    'START_FAILS',
    [
      'Even 100 datagrams/s of 64 octets did not pass without loss: 1 % was lost on the path, and 2 % without load.',
    ],
  ],
  [
    'a start whose queue grows',
    {
      ...PLAIN,
      throughput: {
        ...MADE_THROUGHPUT,
        lowerPps: null,
        upperPps: 100,
        conditionalPps: null,
        widthRatio: null,
        reason: 'start-fails',
      },
      trials: [madeTrial('ramp', 100, { growthNs: 300e6, verdict: 'growth' })],
    },
    'START_FAILS',
    [
      'Even 100 datagrams/s of 64 octets did not pass without loss: responses grew slower by 300 ms.',
    ],
  ],
  [
    'a budget that is used up with half a bracket',
    {
      ...PLAIN,
      endedBy: { code: 'BUDGET' },
      throughput: {
        ...MADE_THROUGHPUT,
        lowerPps: 800,
        upperPps: 1600,
        widthRatio: 0.5,
        reason: 'budget',
      },
    },
    'BUDGET',
    [
      'The budget of 60 s and 1 GiB was used up before the answer was known: 800 datagrams/s of 64 octets without loss, but not 1,600.',
    ],
  ],
  [
    'a budget that is used up at once',
    { ...NOTHING, endedBy: { code: 'BUDGET' }, idle: madeLoad().idle },
    'BUDGET',
    [
      'The budget of 60 s and 1 GiB was used up before the answer was known: no trial was complete.',
    ],
  ],
  [
    'a budget that is used up in the ramp',
    {
      ...NOTHING,
      endedBy: { code: 'BUDGET' },
      idle: madeLoad().idle,
      trials: [
        madeTrial('ramp', 100),
        madeTrial('ramp', 200),
        madeTrial('ramp', 400, { verdict: 'cut' }),
      ],
    },
    'BUDGET',
    [
      'The budget of 60 s and 1 GiB was used up before the answer was known: a trial of 1 s at 200/s passed, which is too short to be sure.',
    ],
  ],
  [
    'trials that had to be cut',
    {
      ...PLAIN,
      endedBy: { code: 'CUT' },
      throughput: {
        ...MADE_THROUGHPUT,
        lowerPps: null,
        upperPps: 200,
        widthRatio: null,
        reason: 'budget',
      },
      trials: [],
    },
    'BUDGET',
    [
      'Three trials had to be cut before the answer was known: 200 datagrams/s of 64 octets are too many.',
    ],
  ],
  [
    'a Ctrl-C on the way',
    {
      ...PLAIN,
      endedBy: { code: 'SIGINT' },
      throughput: {
        ...MADE_THROUGHPUT,
        lowerPps: 800,
        upperPps: null,
        widthRatio: null,
        reason: 'budget',
      },
    },
    'STOPPED',
    [
      'Stopped before the answer was known: 800 datagrams/s of 64 octets without loss, and perhaps more.',
    ],
  ],
  [
    'a Ctrl-C after the bracket was found',
    { endedBy: { code: 'SIGINT' }, capacity: null, knee: null },
    'QUEUE',
    [
      '1,168 datagrams/s of 64 octets without loss; above, a queue of 84.8 ms fills, then 19.1 % is lost on the path at 1,600/s.',
    ],
  ],
  [
    'silence',
    { ...NOTHING, endedBy: { code: 'NO_REPLY' } },
    'NO_REPLY',
    ['UDP does not work: no reply from host.example port 10000 to 50 probes.'],
  ],
  [
    'another protocol, as the measurement says',
    { ...NOTHING, endedBy: { code: 'NO_REPLY', message: 'Port 10000 is a plain echo server.' } },
    'NO_REPLY',
    ['Port 10000 is a plain echo server.'],
  ],
  [
    'a closed port',
    { ...NOTHING, endedBy: { code: 'NO_REPLY' }, icmpErrors: [PORT_UNREACHABLE] },
    'ICMP_ERROR',
    [
      'UDP does not work: 192.0.2.7 is up, but nothing listens on port 10000, or its firewall rejects the datagrams.',
      'Start a server on 192.0.2.7, such as `echogram serve --host 0.0.0.0`, or let UDP port 10000 through its firewall.',
    ],
  ],
  [
    'a router that prohibits it after a while',
    {
      ...PLAIN,
      endedBy: { code: 'ICMP' },
      icmpErrors: [
        { systemCode: 'EHOSTUNREACH', from: '10.9.1.1', icmpType: 3, icmpCode: 13, count: 2 },
      ],
      throughput: {
        ...MADE_THROUGHPUT,
        lowerPps: 800,
        upperPps: null,
        widthRatio: null,
        reason: 'budget',
      },
    },
    'ICMP_ERROR',
    [
      'Stopped: 10.9.1.1 (not the target) answers: 2 ICMP "administratively prohibited".',
      'Before that: 800 datagrams/s of 64 octets without loss, and perhaps more.',
    ],
  ],
  [
    'a failure',
    { ...NOTHING, endedBy: { code: 'ERROR', message: 'the socket was closed (EBADF)' } },
    'ERROR',
    ['The measurement failed: the socket was closed (EBADF).'],
  ],
  [
    'what this host did besides',
    {
      ...PLAIN,
      idle: { ...madeLoad().idle, lossRatio: 0.02 },
      trials: [
        ...MADE_TRIALS,
        madeTrial('search', 1180, { lost: { receiveBuffer: 3 }, verdict: 'invalid' }),
      ],
    },
    'QUEUE',
    [
      '1,168 datagrams/s of 64 octets without loss; above, a queue of 84.8 ms fills, then 19.1 % is lost on the path at 1,600/s.',
      'Without load, 2 % of the probes were lost already.',
      '1 trial says nothing about the path, because this host could not offer the rate or dropped datagrams itself.',
      'This host dropped 3 replies because its receive buffer was full.',
    ],
  ],
];
