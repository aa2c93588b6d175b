// SPDX-License-Identifier: MIT
// Tracks a session's probes: which were sent, which are outstanding and until when, and up to which one all are
// settled. Their data is in the rings of in-flight.ts.

import { InFlight, OUTCOME, type Outcome } from './in-flight.ts';

export interface LedgerPlan {
  /** Number of probes to remember, a power of two: see `ringCapacity`. */
  readonly capacity: number;
  readonly timeoutNs: number;
  /** Number of source ports; probes use them in turn. */
  readonly streams: number;
}

/** Times are nanoseconds since the session's start; probes are identified by their sequence numbers, from 0. */
export class ProbeLedger {
  readonly #timeoutNs: number;
  readonly #streams: number;
  readonly #probes: InFlight;
  #next = 0;
  #settled = 0;
  /** Replies to probes below it are not waited for. */
  #oldestWaiting = 0;
  /** No probe below it is pending: ICMP errors name all of those that are waited for. */
  #oldestPending = 0;

  constructor(plan: LedgerPlan) {
    this.#timeoutNs = plan.timeoutNs;
    this.#streams = plan.streams;
    this.#probes = new InFlight(plan.capacity);
  }

  /** Number of remembered probes. */
  get capacity(): number {
    return this.#probes.capacity;
  }

  /** The next probe: all below were added. */
  get next(): number {
    return this.#next;
  }

  /** The next probe to settle: all below were received, lost or never sent. */
  get settled(): number {
    return this.#settled;
  }

  /** When the oldest unanswered probe will count as lost; `undefined` if none is waited for. */
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

  /** Adds the next probe. @returns its sequence number */
  add(intendedNs: number, sentNs: number): number {
    const sequence = this.#next++;
    this.#probes.add(sequence, intendedNs, sentNs);
    return sequence;
  }

  /** The outcome of a probe; `none` if it was never sent or is no longer remembered. */
  outcomeOf(sequence: number): Outcome {
    return this.#probes.outcomeOf(sequence);
  }

  /** True even if an ICMP error names the probe: the error is a hint, the reply is proof. */
  isWaiting(sequence: number): boolean {
    return isWaited(this.outcomeOf(sequence));
  }

  /** True if a probe that is waited for has no time left. */
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

  /** When the kernel handed it to the device; NaN if unknown. */
  kernelSentNsOf(sequence: number): number {
    return this.#probes.kernelSentNsOf(sequence);
  }

  /** The round-trip time of a probe that was received. */
  rttNsOf(sequence: number): number {
    return this.#probes.rttNsOf(sequence);
  }

  /**
   * Records when the kernel handed a probe to the device. If that is before the probe was made, or in the future, the
   * kernel's clock was stepped, and the time is not used.
   */
  stampSent(sequence: number, kernelSentNs: number, nowNs: number): void {
    if (!this.isWaiting(sequence)) return;
    if (kernelSentNs < this.sentNsOf(sequence) || kernelSentNs > nowNs) return;
    this.#probes.stampSent(sequence, kernelSentNs);
  }

  /** Records that a probe never left. */
  withdraw(sequence: number): void {
    this.#probes.settle(sequence, OUTCOME.none);
  }

  /** Records that a probe's reply is not waited for to the end: its outcome will not be known. */
  leaveOut(sequence: number): void {
    this.#probes.settle(sequence, OUTCOME.leftOut);
  }

  /** Records that an ICMP error names a probe. */
  nameByIcmp(sequence: number): void {
    if (this.outcomeOf(sequence) !== OUTCOME.pending) return;
    this.#probes.settle(sequence, OUTCOME.namedByIcmp);
  }

  /** Records that the first reply to a probe arrived in time. */
  receive(sequence: number, rttNs: number): void {
    this.#probes.settleReceived(sequence, rttNs);
  }

  /** Records that the first reply to a probe arrived after it was settled as lost. */
  receiveLate(sequence: number): void {
    this.#probes.settle(sequence, OUTCOME.late);
  }

  /**
   * The oldest probe of a source port, before `end`, that waits for its reply and that no ICMP error names: errors
   * arrive roughly in the order of the probes.
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
   * Settles the next probe, in send order.
   *
   * @returns `received`; `lost`, or `namedByIcmp` if an ICMP error had named it; `leftOut`; another value if it was
   * never sent; `undefined` if it has time left, or there is none
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
   * The start of a probe's timeout, which is the same as that of its round-trip time: this program may have stalled
   * between making the probe and sending it.
   */
  #leftNsOf(sequence: number): number {
    const kernelSentNs = this.kernelSentNsOf(sequence);
    return Number.isNaN(kernelSentNs) ? this.sentNsOf(sequence) : kernelSentNs;
  }

  /** The first pending probe from `sequence` on; the next one to be sent if none is pending. */
  #nextPending(sequence: number): number {
    let next = sequence;
    while (next < this.#next && this.outcomeOf(next) !== OUTCOME.pending) next++;
    return next;
  }
}

function isWaited(outcome: Outcome): boolean {
  return outcome === OUTCOME.pending || outcome === OUTCOME.namedByIcmp;
}
