// A path of a search, datagram by datagram, without sockets and in no time: a queue, a policer, random loss, jitter, and
// a host that stalls.

import { Random } from '../../src/random.ts';
import {
  slotsOf,
  type IdlePath,
  type MeasuredTrial,
  type TrialRunner,
  type TrialSpec,
} from '../../src/load/trial.ts';
import type { DistributionSummary } from '../../src/stats/distribution.ts';
import { Line } from '../../src/stats/line.ts';

export interface SimulatedPath {
  readonly seed: number;
  /** Without any load. */
  readonly rttNs: number;
  /** Added to each round trip: evenly from 0 to this. */
  readonly jitterNs?: number;
  /**
   * A link that sends so many a second, and how many wait for it. A shaper's bucket lets some through at once after a
   * rest.
   */
  readonly link?: { readonly pps: number; readonly queue: number; readonly bucket?: number };
  /** Lets through so many a second, and so many at once. */
  readonly policer?: { readonly pps: number; readonly burst: number };
  readonly lossRatio?: number;
  /** The host's most; beyond that it skips slots. */
  readonly hostPps?: number;
  /** The share of slots that the host is too late for, one by one. */
  readonly skippedRatio?: number;
  /** The share of trials in which the host stalls for a tenth of the trial. */
  readonly stallRatio?: number;
}

/** What became of one datagram: when it was meant to leave, and when its reply came. */
interface Fate {
  readonly slotNs: number;
  readonly arrivedNs: number | undefined;
}

export class SimulatedLoadPath implements TrialRunner {
  readonly #path: SimulatedPath;
  readonly #random: Random;
  readonly isStopped = false;
  /** All that was sent, of whatever trial. */
  sent = 0;
  /** The rates that were tried, in order. */
  readonly tried: number[] = [];
  #nowNs = 0;
  /** When the link will have sent all that waits. */
  #freeAtNs = 0;
  #tokens: number;
  #tokensAtNs = 0;

  constructor(path: SimulatedPath) {
    this.#path = path;
    this.#random = new Random(path.seed);
    this.#tokens = path.policer?.burst ?? 0;
  }

  get elapsedNs(): number {
    return this.#nowNs;
  }

  runIdle(): Promise<IdlePath> {
    const fates = this.#send(50, 20e6, () => true);
    const rtts = this.#rttsOf(fates);
    const rttNs = summaryOf(rtts);
    const [low, high] = [0.25, 0.75].map((share) => rankOf(rtts, share) ?? 0);
    const timeoutNs = Math.max(1e9, 4 * (rttNs.p50 ?? 0));
    this.#nowNs += 1e9;
    return Promise.resolve({
      sent: 50,
      rttNs,
      iqrNs: high! - low!,
      lossRatio: (50 - rtts.length) / 50,
      timeoutNs,
      mostPps: Infinity,
      cutBy: null,
    });
  }

  rest(restNs: number): Promise<void> {
    this.#nowNs += restNs;
    return Promise.resolve();
  }

  runTrial(spec: TrialSpec, idle: IdlePath): Promise<MeasuredTrial> {
    const { pps, durationNs } = spec;
    this.tried.push(pps);
    const slots = slotsOf(spec);
    const atNs = this.#nowNs;
    const { hostPps = Infinity, stallRatio = 0, skippedRatio = 0 } = this.#path;
    const isStalled = this.#random.next() < stallRatio;
    const stallFrom = Math.floor(this.#random.next() * 0.9 * slots);
    const fates = this.#send(slots, 1e9 / pps, (slot) => {
      if (isStalled && slot >= stallFrom && slot < stallFrom + slots / 10) return false;
      if (skippedRatio > 0 && this.#random.next() < skippedRatio) return false;
      return (
        pps <= hostPps ||
        Math.floor(((slot + 1) * hostPps) / pps) > Math.floor((slot * hostPps) / pps)
      );
    });
    const measured = this.#measured(fates, { atNs, pps, durationNs, slots });
    const waited = measured.received < measured.sent ? idle.timeoutNs : (measured.drainNs ?? 0);
    this.#nowNs = atNs + durationNs + waited;
    return Promise.resolve(measured);
  }

  #measured(
    fates: readonly Fate[],
    {
      atNs,
      pps,
      durationNs,
      slots,
    }: { atNs: number; pps: number; durationNs: number; slots: number },
  ): MeasuredTrial {
    const sent = fates.length;
    const rtts = this.#rttsOf(fates);
    const arrivals = fates
      .flatMap(({ arrivedNs }) => arrivedNs ?? [])
      .sort((one, other) => one - other);
    const seen = new Line();
    for (const ns of arrivals) {
      if (ns >= atNs + durationNs / 2 && ns <= atNs + durationNs) seen.push(ns - atNs, seen.count);
    }
    const quarter = (from: number): number | null => {
      const inIt = fates.filter(({ slotNs }) => {
        const share = (slotNs - atNs) / durationNs;
        return share >= from && share < from + 0.25;
      });
      return rankOf(this.#rttsOf(inIt), 0.5);
    };
    const [first, last] = [quarter(0), quarter(0.75)];
    return {
      atNs,
      durationNs,
      intendedPps: pps,
      offeredPps: (pps * sent) / slots,
      sent,
      skipped: slots - sent,
      sendFailed: 0,
      received: rtts.length,
      goodputPps: (rtts.length * 1e9) / durationNs,
      arrivalPps: seen.slope > 0 ? seen.slope * 1e9 : null,
      lost: {
        path: sent - rtts.length,
        receiveBuffer: 0,
        forward: null,
        backward: null,
        server: null,
      },
      late: 0,
      rttNs: summaryOf(rtts),
      responseNs: summaryOf(rtts),
      growthNs: first === null || last === null ? null : last - first,
      drainNs: arrivals.length === 0 ? null : Math.max(0, arrivals.at(-1)! - atNs - durationNs),
      cutBy: null,
    };
  }

  #send(slots: number, intervalNs: number, isSent: (slot: number) => boolean): readonly Fate[] {
    const fates: Fate[] = [];
    for (let slot = 0; slot < slots; slot++) {
      if (!isSent(slot)) continue;
      const slotNs = this.#nowNs + slot * intervalNs;
      fates.push({ slotNs, arrivedNs: this.#arrival(slotNs) });
    }
    this.sent += fates.length;
    return fates;
  }

  #arrival(sentNs: number): number | undefined {
    const { lossRatio = 0, jitterNs = 0, rttNs } = this.#path;
    if (this.#random.next() < lossRatio) return undefined;
    if (!this.#passesPolicer(sentNs)) return undefined;
    const leftNs = this.#leavesLink(sentNs);
    return leftNs === undefined ? undefined : leftNs + rttNs + this.#random.next() * jitterNs;
  }

  #passesPolicer(atNs: number): boolean {
    const { policer } = this.#path;
    if (policer === undefined) return true;
    const gained = ((atNs - this.#tokensAtNs) * policer.pps) / 1e9;
    this.#tokens = Math.min(policer.burst, this.#tokens + gained);
    this.#tokensAtNs = atNs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  #leavesLink(atNs: number): number | undefined {
    const { link } = this.#path;
    if (link === undefined) return atNs;
    const { pps, queue, bucket = 0 } = link;
    const waiting = ((this.#freeAtNs - atNs) * pps) / 1e9 - bucket;
    if (waiting > queue) return undefined;
    this.#freeAtNs = Math.max(this.#freeAtNs, atNs) + 1e9 / pps;
    return Math.max(atNs, this.#freeAtNs - (bucket * 1e9) / pps);
  }

  #rttsOf(fates: readonly Fate[]): readonly number[] {
    return fates
      .flatMap(({ slotNs, arrivedNs }) => (arrivedNs === undefined ? [] : [arrivedNs - slotNs]))
      .sort((one, other) => one - other);
  }
}

function rankOf(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

function summaryOf(sorted: readonly number[]): DistributionSummary {
  return {
    min: sorted[0] ?? null,
    mean: null,
    stddev: null,
    p50: rankOf(sorted, 0.5),
    p90: rankOf(sorted, 0.9),
    p95: rankOf(sorted, 0.95),
    p99: rankOf(sorted, 0.99),
    p999: rankOf(sorted, 0.999),
    max: sorted.at(-1) ?? null,
  };
}
