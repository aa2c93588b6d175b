// SPDX-License-Identifier: MIT
// The book of a session's probes: which were sent, which are waited for and until when, and how far all is settled.
// What it remembers of each lies in the rings of in-flight.ts.

import { InFlight, OUTCOME, ringCapacity, type Outcome } from './in-flight.ts';

export interface LedgerPlan {
  readonly intervalNs: number;
  readonly timeoutNs: number;
  /** Source ports; probes take turns. */
  readonly streams: number;
}

/** Times are nanoseconds since the session's start; probes are named by their sequence numbers, from 0. */
export class ProbeLedger {
  readonly #timeoutNs: number;
  readonly #streams: number;
  readonly #probes: InFlight;
  #next = 0;
  #settled = 0;
  /** Below it no reply is waited for. */
  #oldestWaiting = 0;
  /** None below is pending: of those that are waited for, ICMP errors name all. */
  #oldestPending = 0;

  constructor({ intervalNs, timeoutNs, streams }: LedgerPlan) {
    this.#timeoutNs = timeoutNs;
    this.#streams = streams;
    this.#probes = new InFlight(ringCapacity(1e9 / intervalNs, timeoutNs));
  }

  /** Probes that are remembered. */
  get capacity(): number {
    return this.#probes.capacity;
  }

  /** The next probe: all below were entered. */
  get next(): number {
    return this.#next;
  }

  /** The next probe to be settled: all below were received, lost or never sent. */
  get settled(): number {
    return this.#settled;
  }

  /** When the oldest probe without a reply will be lost; `undefined` where none is waited for. */
  get nextTimeoutNs(): number | undefined {
    while (this.#oldestWaiting < this.#next && !this.isWaiting(this.#oldestWaiting)) {
      this.#oldestWaiting++;
    }
    if (this.#oldestWaiting === this.#next) return undefined;
    return this.#leftNsOf(this.#oldestWaiting) + this.#timeoutNs;
  }

  /** Index of the source port that a probe leaves from. */
  streamOf(sequence: number): number {
    return sequence % this.#streams;
  }

  /** Enters the next probe. @returns its sequence number */
  add(intendedNs: number, sentNs: number): number {
    const sequence = this.#next++;
    this.#probes.add(sequence, intendedNs, sentNs);
    return sequence;
  }

  /** What became of a probe; `none` where it was never sent or is no longer remembered. */
  outcomeOf(sequence: number): Outcome {
    return this.#probes.outcomeOf(sequence);
  }

  /** A probe that an ICMP error names is waited for as well: the error is a hint, the reply is proof. */
  isWaiting(sequence: number): boolean {
    return isWaited(this.outcomeOf(sequence));
  }

  /** True where a probe that is waited for has no time left. */
  isOverdue(sequence: number, nowNs: number): boolean {
    return nowNs - this.#leftNsOf(sequence) > this.#timeoutNs;
  }

  intendedNsOf(sequence: number): number {
    return this.#probes.intendedNsOf(sequence);
  }

  /** When this program sent it. */
  sentNsOf(sequence: number): number {
    return this.#probes.sentNsOf(sequence);
  }

  /** When the kernel handed it to the device; NaN where that is not known. */
  kernelSentNsOf(sequence: number): number {
    return this.#probes.kernelSentNsOf(sequence);
  }

  /** The round-trip time of a probe that was received. */
  rttNsOf(sequence: number): number {
    return this.#probes.rttNsOf(sequence);
  }

  /**
   * Enters when the kernel handed a probe to the device. Where that is before the probe was made, or still to come,
   * its clock was stepped, and the time is not used.
   */
  stampSent(sequence: number, kernelSentNs: number, nowNs: number): void {
    if (!this.isWaiting(sequence)) return;
    if (kernelSentNs < this.sentNsOf(sequence) || kernelSentNs > nowNs) return;
    this.#probes.stampSent(sequence, kernelSentNs);
  }

  /** A probe was never on its way. */
  withdraw(sequence: number): void {
    this.#probes.settle(sequence, OUTCOME.none);
  }

  /** A probe's reply is not waited for to the end: nobody will know what becomes of it. */
  leaveOut(sequence: number): void {
    this.#probes.settle(sequence, OUTCOME.leftOut);
  }

  /** An ICMP error names a probe. */
  nameByIcmp(sequence: number): void {
    if (this.outcomeOf(sequence) !== OUTCOME.pending) return;
    this.#probes.settle(sequence, OUTCOME.namedByIcmp);
  }

  /** The first reply to a probe came in time. */
  receive(sequence: number, rttNs: number): void {
    this.#probes.settleReceived(sequence, rttNs);
  }

  /** The first reply to a probe came after it was settled as lost. */
  receiveLate(sequence: number): void {
    this.#probes.settle(sequence, OUTCOME.late);
  }

  /**
   * The oldest probe of a source port that waits for its reply and no ICMP error names, of those before `end`:
   * errors come about in the order of the probes.
   */
  oldestPendingOf(stream: number, end: number): number | undefined {
    const last = Math.min(end, this.#next);
    this.#oldestPending = this.#nextPending(this.#oldestPending);
    let sequence = this.#oldestPending;
    while (sequence < last && this.streamOf(sequence) !== stream) {
      sequence = this.#nextPending(sequence + 1);
    }
    return sequence >= last ? undefined : sequence;
  }

  /**
   * Settles the next probe, in the order of sending.
   *
   * @returns `received`; `lost`, or `namedByIcmp` where an ICMP error had named it; `leftOut`; another where it was never
   * sent; `undefined` where it has time left, or there is none
   */
  settleNext(nowNs: number): Outcome | undefined {
    const sequence = this.#settled;
    if (sequence === this.#next) return undefined;
    const outcome = this.outcomeOf(sequence);
    if (isWaited(outcome)) {
      if (!this.isOverdue(sequence, nowNs)) return undefined;
      this.#probes.settle(sequence, OUTCOME.lost);
    }
    this.#settled++;
    return outcome === OUTCOME.pending ? OUTCOME.lost : outcome;
  }

  /**
   * From when on a probe is waited for, as round-trip times are counted: this program may have stalled between
   * the making of a probe and its leaving.
   */
  #leftNsOf(sequence: number): number {
    const kernelSentNs = this.kernelSentNsOf(sequence);
    return Number.isNaN(kernelSentNs) ? this.sentNsOf(sequence) : kernelSentNs;
  }

  /** The first probe from `sequence` on that is pending; the next to be sent where none is. */
  #nextPending(sequence: number): number {
    let next = sequence;
    while (next < this.#next && this.outcomeOf(next) !== OUTCOME.pending) next++;
    return next;
  }
}

function isWaited(outcome: Outcome): boolean {
  return outcome === OUTCOME.pending || outcome === OUTCOME.namedByIcmp;
}
