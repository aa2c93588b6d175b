// A result written by hand: ten probes to 192.0.2.7, all answered, with whatever a test changes.

import type { ProbeRecord } from '../../src/client/session/probe-record.ts';
import type {
  Measured,
  SessionResult,
  StreamCounts,
} from '../../src/client/session/session-result.ts';
import { judge } from '../../src/client/verdict/verdict.ts';
import type { DistributionSummary } from '../../src/stats/distribution.ts';
import type { EchogramSummary } from '../../src/stats/echogram.ts';
import { counts } from './made-session.ts';

const MS = 1e6;

/** The record of a first probe whose reply took 1 ms. */
export const MADE_REPLY: ProbeRecord = {
  type: 'reply',
  sequence: 0,
  stream: 0,
  isReordered: false,
  sentNs: 1 * MS,
  sendErrorNs: 0,
  atNs: 2 * MS,
  rttNs: 1 * MS,
};

export const NO_VALUES: DistributionSummary = {
  min: null,
  mean: null,
  stddev: null,
  max: null,
  p50: null,
  p90: null,
  p95: null,
  p99: null,
  p999: null,
};

export const NO_DROPS: SessionResult['hostDrops'] = {
  receiveBuffer: 0,
  checksum: 0,
  bufferOrChecksum: 0,
  checksumOfAll: 0,
  sendQueue: 0,
};

const RTT: DistributionSummary = {
  min: 11 * MS,
  mean: 12.5 * MS,
  stddev: 1.5 * MS,
  max: 40 * MS,
  p50: 12.1 * MS,
  p90: 20 * MS,
  p95: 30 * MS,
  p99: 40 * MS,
  p999: 40 * MS,
};

/** Each probe has a column, and came back in the row that holds 12.1 ms, 14 / 32 above 2^23 ns. */
const ECHOGRAM: EchogramSummary = {
  version: 1,
  columnNs: 1e9,
  lowestNs: 1024,
  rowsPerOctave: 32,
  sent: Array(10).fill(1),
  received: Array(10).fill(1),
  lost: Array(10).fill(0),
  late: Array(10).fill(0),
  hostDropped: Array(10).fill(0),
  sendFailed: Array(10).fill(0),
  icmpErrors: Array(10).fill(0),
  corrupted: Array(10).fill(0),
  duplicate: Array(10).fill(0),
  skipped: Array(10).fill(0),
  largestSendErrorNs: Array(10).fill(20_000),
  largestStallNs: Array(10).fill(0),
  rttRows: Array(10).fill([430, 1]),
};

const RESULT: Measured = {
  schema: 'echogram.session/1',
  tool: { version: '1.2.3', engine: 'portable', node: '20.19.0', platform: 'linux x64' },
  config: {
    schedule: 'periodic',
    intervalNs: 1e9,
    count: 10,
    durationNs: null,
    timeoutNs: 1e9,
    payloadBytes: 64,
    flows: 1,
    ttl: null,
    dscp: null,
    dontFragment: null,
    isAuthenticated: false,
  },
  supplied: { host: 'host.example', count: 10 },
  target: { host: 'host.example', address: '192.0.2.7', port: 10_000, protocol: 'echo', tried: [] },
  startedAt: '2026-01-02T03:04:05.678Z',
  durationNs: 9012 * MS,
  endedBy: { code: 'COUNT' },
  datagrams: counts({ sent: 10, received: 10 }),
  icmpErrors: [],
  alterations: { udpEchoPlus: 0, joined: 0, swappedTimes: 0 },
  forward: null,
  backward: null,
  reflector: null,
  lossRuns: { count: 0, longest: 0, meanLength: null, atEnd: 0, runsByLength: [] },
  echogram: ECHOGRAM,
  rttNs: RTT,
  ipdvNs: NO_VALUES,
  pdvNs: { ...NO_VALUES, p50: 1.1 * MS, p99: 29 * MS, max: 29 * MS },
  smoothedJitterNs: 2.5 * MS,
  schedule: { intended: 10, skipped: 0, sendErrorNs: NO_VALUES, responseNs: NO_VALUES },
  timestamps: { send: 'user', receive: 'user', userToKernelNs: null },
  hostDrops: NO_DROPS,
  sendFailures: {},
  elsewhere: null,
  noPorts: null,
  addressChanges: [],
  rateLimit: null,
  runtime: {
    loopDelayNs: { p99: 1 * MS, max: 2 * MS },
    gcMaxNs: null,
    clockSteps: { count: 0, largestNs: null },
  },
  streams: [madeStream(40_001, 10, 0)],
};

/** The example with these parts instead, and the verdict that follows. */
export function madeResult(changes: Partial<SessionResult> = {}): SessionResult {
  const measured = { ...RESULT, ...changes };
  return { verdict: judge(measured), thresholds: [], ...measured };
}

export function madeStream(sourcePort: number, sent: number, lost: number): StreamCounts {
  const received = sent - lost;
  const lossRatio = sent === 0 ? null : lost / sent;
  const rttMeanNs = received === 0 ? null : 12.5 * MS;
  return { sourcePort, sent, received, lost, late: 0, lossRatio, rttMeanNs };
}
