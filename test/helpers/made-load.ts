// A load result written by hand: 64 octets through a token bucket of 1 Mbit/s with room for 100 frames, with whatever a
// test changes.
//
// A frame has 64 + 8 + 20 + 14 = 106 octets, 848 bits: 1,179.245/s. The queue holds 100 frames, which take 84.8 ms, and
// the bucket 15. So 1,600/s for 1 s lose 420.8 − 115 = 306. At 1,189.9/s the queue grows by 9.03 ms a second.

import type {
  LoadLimit,
  LoadResult,
  LoadTrial,
  Throughput,
  TrialLost,
  TrialPhase,
} from '../../src/load/load-result.ts';
import { judgeLoad, type MeasuredLoad } from '../../src/load/verdict/judge-load.ts';
import type { DistributionSummary } from '../../src/stats/distribution.ts';
import { NO_VALUES } from './made-result.ts';

const MS = 1e6;

/** Nearly all at `p50`, with a tail. */
export function times(p50Ms: number, tailMs = 2 * p50Ms): DistributionSummary {
  const [p50, tail] = [p50Ms * MS, tailMs * MS];
  return {
    min: p50 / 2,
    mean: p50,
    stddev: 0,
    max: tail,
    p50,
    p90: p50,
    p95: tail,
    p99: tail,
    p999: tail,
  };
}

const NONE_LOST: TrialLost = {
  path: 0,
  receiveBuffer: 0,
  forward: null,
  server: null,
  backward: null,
};

type TrialChanges = Partial<Omit<LoadTrial, 'lost'>> & { readonly lost?: Partial<TrialLost> };

/** A trial that passed, all its datagrams answered within 0.2 ms. */
export function madeTrial(phase: TrialPhase, pps: number, changes: TrialChanges = {}): LoadTrial {
  const durationNs = changes.durationNs ?? (phase === 'ramp' ? 1e9 : 2e9);
  const sent = changes.sent ?? Math.round((pps * durationNs) / 1e9);
  const lost = { ...NONE_LOST, ...changes.lost };
  const received = sent - lost.path - (lost.receiveBuffer ?? 0) - (changes.late ?? 0);
  const goodputPps = (received * 1e9) / durationNs;
  return {
    phase,
    atNs: 0,
    durationNs,
    intendedPps: pps,
    offeredPps: pps,
    sent,
    skipped: 0,
    sendFailed: 0,
    received,
    goodputPps,
    arrivalPps: goodputPps,
    late: 0,
    rttNs: times(0.2),
    responseNs: times(0.2),
    growthNs: 0,
    drainNs: 0.2 * MS,
    verdict: 'low-loss',
    cutBy: null,
    ...changes,
    lost,
  };
}

/** Profile steps: rate, and its median and 95th percentile of responses in milliseconds. */
const PROFILE = [
  [116.9, 0.2, 0.3],
  [292.2, 0.2, 0.3],
  [584.3, 0.2, 0.4],
  [876.5, 0.3, 0.6],
  [1051.8, 0.4, 0.9],
  [1168.6, 2.1, 6.5],
] as const;

export const MADE_TRIALS: readonly LoadTrial[] = [
  ...[100, 200, 400, 800].map((pps) => madeTrial('ramp', pps)),
  madeTrial('ramp', 1600, {
    lost: { path: 306 },
    arrivalPps: 1179.2,
    rttNs: times(80, 84.9),
    responseNs: times(80, 84.9),
    growthNs: 60 * MS,
    drainNs: 85 * MS,
    verdict: 'high-loss',
  }),
  madeTrial('search', 1168.6),
  madeTrial('search', 1189.9, {
    arrivalPps: 1179.2,
    rttNs: times(9, 18),
    responseNs: times(9, 18),
    growthNs: 13.5 * MS,
    drainNs: 18 * MS,
    verdict: 'growth',
  }),
  ...PROFILE.map(([pps, p50Ms, p95Ms]) =>
    madeTrial('profile', pps, { rttNs: times(p50Ms, p95Ms), responseNs: times(p50Ms, p95Ms) }),
  ),
];

export const MADE_THROUGHPUT: Throughput = {
  lowerPps: 1168.6,
  upperPps: 1189.9,
  conditionalPps: 1168.6,
  widthRatio: 0.0179,
  ceilingPps: 5000,
  reason: 'bracket',
};

export const NO_LIMIT: LoadLimit = {
  kind: 'none',
  queueNs: null,
  queueIsFull: null,
  policerPps: null,
  policerBurst: null,
};

const RESULT: MeasuredLoad = {
  schema: 'echogram.load/1',
  tool: { version: '1.2.3', engine: 'linux', node: '20.19.0', platform: 'linux x64' },
  config: {
    payloadBytes: 64,
    maxLossRatio: 0,
    precisionRatio: 0.02,
    budgetNs: 60e9,
    budgetBytes: 2 ** 30,
    sourcePorts: 1,
    isAuthenticated: false,
    dscp: null,
  },
  supplied: { host: 'host.example', maxRate: 5000, allowFlood: true },
  target: {
    host: 'host.example',
    address: '192.0.2.7',
    port: 10_000,
    protocol: 'echo',
    sourcePorts: [40_001],
    tried: [],
  },
  startedAt: '2026-01-02T03:04:05.678Z',
  durationNs: 38.2e9,
  endedBy: { code: 'DONE' },
  thresholds: [],
  throughput: MADE_THROUGHPUT,
  // 92 octets of IP and 130 of Ethernet each.
  capacity: { pps: 1179.2, payloadBps: 603_750, ipBps: 867_891, ethernetBps: 1_226_368 },
  limit: { ...NO_LIMIT, kind: 'queue', queueNs: 84.8 * MS, queueIsFull: true },
  knee: { pps: 1051.8, p95Ns: 0.9 * MS, rule: 'p95 of responses within 1 ms of the idle median' },
  idle: { sent: 50, rttNs: times(0.2), iqrNs: 0.05 * MS, lossRatio: 0 },
  spent: { datagrams: 16_400, ipBytes: 1_508_800 },
  icmpErrors: [],
  trials: MADE_TRIALS,
};

/** The example with these parts instead, and the verdict that follows. */
export function madeLoad(changes: Partial<MeasuredLoad> = {}): LoadResult {
  const measured = { ...RESULT, ...changes };
  return { ...measured, verdict: judgeLoad(measured) };
}

/** Nothing was measured. */
export const NOTHING: Partial<MeasuredLoad> = {
  throughput: {
    ...MADE_THROUGHPUT,
    lowerPps: null,
    upperPps: null,
    conditionalPps: null,
    widthRatio: null,
    reason: 'budget',
  },
  capacity: null,
  limit: NO_LIMIT,
  knee: null,
  idle: { sent: 50, rttNs: NO_VALUES, iqrNs: null, lossRatio: 1 },
  trials: [],
};
