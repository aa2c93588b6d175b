// SPDX-License-Identifier: MIT
// What a trial of a load needs beyond the counts of a session: whether a queue grew, at which rate replies arrived, and
// whether to stop sending at once (RFC 8084, RFC 8085 section 3.1.10).

import { Histogram } from '../../stats/histogram.ts';
import { Line } from '../../stats/line.ts';
import type { IcmpError } from './icmp-error-table.ts';
import type { Observation } from './observation.ts';

/** The parts of a plan that only a trial has. */
export interface TrialPlan {
  /** The median of the round-trip times of the path without load. */
  readonly idleRttNs: number;
  /** Without any reply for this long it stops. */
  readonly silenceNs: number;
}

/** Why it stopped sending. */
export type TrialStop = 'loss' | 'delay' | 'silence' | 'icmp';

export interface TrialSummary {
  /** Median response time of the last quarter of slots minus that of the first; `null` without replies in one. */
  readonly growthNs: number | null;
  /** Replies per second in the second half of the time of sending; `null` with fewer than two. */
  readonly arrivalPps: number | null;
  /** Distance of the quartiles of round-trip times; `null` without a reply. */
  readonly iqrNs: number | null;
  /** When the last reply arrived, since the start; `null` without one. */
  readonly lastArrivalNs: number | null;
  /** `null` if it sent to the end. */
  readonly stoppedBy: TrialStop | null;
}

/** A reply that takes this much longer than on the idle path shows an enormous queue. */
const MOST_DELAY_NS = 1e9;

/** Fewer losses may be chance. */
const LEAST_SETTLED = 20;

const MOST_LOSS_RATIO = 0.5;

/** Says that the path is too narrow for the probes, not that the target can't be reached. */
const TOO_LONG = 'EMSGSIZE';

/** Times are nanoseconds since the session's start. */
export class TrialStatistics {
  readonly #plan: TrialPlan;
  readonly #durationNs: number;
  readonly #rtt = new Histogram();
  readonly #first = new Histogram();
  readonly #last = new Histogram();
  /** How many had arrived at the time of each: the jitter of the first and the last alone does not decide. */
  readonly #arrivals = new Line();
  #lastArrivalNs = NaN;
  /** When something last arrived, or when sending began. */
  #heardAtNs = 0;
  #settled = 0;
  #lost = 0;
  #stoppedBy: TrialStop | undefined;

  /** @param durationNs  how long it sends */
  constructor(plan: TrialPlan, durationNs: number) {
    this.#plan = plan;
    this.#durationNs = durationNs;
  }

  /** Adds a reply, in time or late. */
  add({ kind, atNs, responseNs, rttNs }: Observation): void {
    if (kind !== 'reply' && kind !== 'late') return;
    this.#heardAtNs = atNs;
    this.#lastArrivalNs = atNs;
    if (rttNs > this.#plan.idleRttNs + MOST_DELAY_NS) this.#stoppedBy ??= 'delay';
    if (kind === 'late') return;
    this.#rtt.record(rttNs);
    const share = (atNs - responseNs) / this.#durationNs;
    if (share < 0.25) this.#first.record(Math.max(0, responseNs));
    else if (share >= 0.75) this.#last.record(Math.max(0, responseNs));
    this.#countArrival(atNs);
  }

  /** In send order: the outcome of a probe. */
  settle(isLost: boolean): void {
    this.#settled++;
    if (!isLost) return;
    this.#lost++;
    if (this.#settled < LEAST_SETTLED || this.#lost <= MOST_LOSS_RATIO * this.#settled) return;
    this.#stoppedBy ??= 'loss';
  }

  addIcmp({ systemCode }: Pick<IcmpError, 'systemCode'>): void {
    if (systemCode !== TOO_LONG) this.#stoppedBy ??= 'icmp';
  }

  /** Call it before a probe is sent. @returns true if none should be sent any more */
  isToStop(nowNs: number): boolean {
    if (nowNs - this.#heardAtNs > this.#plan.silenceNs) this.#stoppedBy ??= 'silence';
    return this.#stoppedBy !== undefined;
  }

  summary(): TrialSummary {
    const [first, last] = [this.#first.percentile(50), this.#last.percentile(50)];
    const [low, high] = [this.#rtt.percentile(25), this.#rtt.percentile(75)];
    const { slope } = this.#arrivals;
    return {
      growthNs: first === null || last === null ? null : last - first,
      arrivalPps: slope > 0 ? slope * 1e9 : null,
      iqrNs: low === null || high === null ? null : high - low,
      lastArrivalNs: Number.isNaN(this.#lastArrivalNs) ? null : this.#lastArrivalNs,
      stoppedBy: this.#stoppedBy ?? null,
    };
  }

  #countArrival(atNs: number): void {
    if (atNs < this.#durationNs / 2 || atNs > this.#durationNs) return;
    this.#arrivals.push(atNs, this.#arrivals.count);
  }
}
