// SPDX-License-Identifier: MIT
// What limits the rate: a queue makes datagrams wait before it drops any, a policer drops at once.

import { Line } from '../stats/line.ts';
import { isBad } from './judge-trial.ts';
import type { Capacity, LoadLimit, LoadTrial, Throughput } from './load-result.ts';
import type { IdlePath, MeasuredTrial } from './trial.ts';

/** A queue that is full delays by as long as it takes to send what it holds; a policer does not. */
const QUEUE_SHARE = 0.5;

/** A bucket or a queue of less can't be told from none. */
const LEAST_HELD = 2;

/** How far a policer's trials may be from one rate and one burst. */
const POLICER_ERROR = 0.03;

/** Octets of an Ethernet frame around an IP packet: preamble 8, addresses and type 14, FCS 4, gap 12. */
const ETHERNET_BYTES = 38;

const UNKNOWN: LoadLimit = {
  kind: 'unknown',
  queueNs: null,
  queueIsFull: null,
  policerPps: null,
  policerBurst: null,
};

/** How far above the idle path the response times of an overloaded trial are. */
function delayNs({ responseNs }: MeasuredTrial, { rttNs }: IdlePath): number {
  return Math.max(0, (responseNs.p90 ?? 0) - (rttNs.p50 ?? 0));
}

/** Datagrams that arrived beyond the rate at which they arrived in the end: a bucket's burst, or a queue. */
function heldDatagrams({ received, durationNs, arrivalPps }: MeasuredTrial): number {
  return arrivalPps === null ? 0 : received - (arrivalPps * durationNs) / 1e9;
}

/** True if replies came as late as a queue of what was held would make them. */
function isQueued(trial: MeasuredTrial, idle: IdlePath): boolean {
  const held = heldDatagrams(trial);
  if (trial.arrivalPps === null || held < LEAST_HELD) return false;
  return delayNs(trial, idle) >= (QUEUE_SHARE * held * 1e9) / trial.arrivalPps;
}

/** @param reason  why the bracket is not narrower */
export function limitOf(
  trials: readonly LoadTrial[],
  idle: IdlePath,
  reason: Throughput['reason'],
): LoadLimit {
  const failed = trials.filter(isBad);
  if (reason === 'host') return { ...UNKNOWN, kind: 'host' };
  if (failed.length === 0) return { ...UNKNOWN, kind: reason === 'ceiling' ? 'none' : 'unknown' };
  if (isServers(failed)) return { ...UNKNOWN, kind: 'server' };
  const lossy = failed.filter(({ verdict }) => verdict !== 'growth');
  const queued = failed.filter((trial) => trial.verdict === 'growth' || isQueued(trial, idle));
  if (queued.length * 2 > failed.length || (lossy.length === 0 && queued.length > 0)) {
    return queueOf(queued, idle);
  }
  return reason === 'start-fails' ? UNKNOWN : policerOf(lossy);
}

/** The server says that it received most of what was lost. */
function isServers(failed: readonly LoadTrial[]): boolean {
  const missed = failed.reduce((sum, { sent, received }) => sum + sent - received, 0);
  const unanswered = failed.reduce((sum, { lost }) => sum + (lost.server ?? 0), 0);
  return unanswered > 0 && unanswered * 2 >= missed;
}

function queueOf(queued: readonly LoadTrial[], idle: IdlePath): LoadLimit {
  const full = queued.filter(({ verdict }) => verdict !== 'growth');
  const seen = full.length > 0 ? full : queued;
  const queueNs = Math.max(...seen.map((trial) => delayNs(trial, idle)));
  return { ...UNKNOWN, kind: 'queue', queueNs, queueIsFull: full.length > 0 };
}

/** The line of what arrived over the length of the trials: its slope is the rate, and its start the burst. */
function policerOf(lossy: readonly LoadTrial[]): LoadLimit {
  const arrived = new Line();
  for (const { durationNs, received } of lossy) arrived.push(durationNs / 1e9, received);
  const policerPps = arrived.slope;
  if (policerPps <= 0) return UNKNOWN;
  const fits = lossy.every(({ durationNs, received }) => {
    const expected = arrived.at(durationNs / 1e9);
    return Math.abs(received - expected) <= POLICER_ERROR * expected;
  });
  const policerBurst = Math.max(0, arrived.at(0));
  return fits ? { ...UNKNOWN, kind: 'policer', policerPps, policerBurst } : UNKNOWN;
}

/** Limits that leave a steady rate of replies. */
const STEADY: readonly LoadLimit['kind'][] = ['queue', 'policer', 'server'];

/** From the trial that exceeded the path the most; `null` if nothing did, or if replies have no steady rate. */
export function capacityOf(
  trials: readonly LoadTrial[],
  { kind }: Pick<LoadLimit, 'kind'>,
  { payloadBytes, ipBytes }: { readonly payloadBytes: number; readonly ipBytes: number },
): Capacity | null {
  if (!STEADY.includes(kind)) return null;
  const arrivals = trials
    .filter(isBad)
    .flatMap(({ arrivalPps, offeredPps }) =>
      arrivalPps === null ? [] : { arrivalPps, offeredPps },
    )
    .toSorted(
      (one, other) => other.offeredPps / other.arrivalPps - one.offeredPps / one.arrivalPps,
    );
  const pps = arrivals[0]?.arrivalPps;
  if (pps === undefined) return null;
  return {
    pps,
    payloadBps: pps * payloadBytes * 8,
    ipBps: pps * ipBytes * 8,
    ethernetBps: pps * (ipBytes + ETHERNET_BYTES) * 8,
  };
}
