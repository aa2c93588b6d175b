// SPDX-License-Identifier: MIT
// Computes loss, duplication and reordering of each direction (RFC 7680, RFC 5560, RFC 4737) from round trips, if the
// other end numbers its replies: a stateful STAMP reflector (RFC 8762 section 4) or UDPEchoPlus (TR-143
// appendix A.1.8). It takes each reply as it arrives, and each probe's outcome in send order. "Ours" are the sequence
// numbers of probes, "theirs" those that the other end writes into replies.
//
//   way there   A probe without a reply of the other end was lost: the number of replies made, minus copies, is the
//               number of probes that arrived. A probe with two of their numbers was duplicated. A smaller number of
//               ours under a larger one of theirs was reordered.
//   way back    A number of theirs that never arrived was lost; one that arrived twice was duplicated; one that
//               arrived after a larger one was reordered.
//
// The other end may use one counter for many source ports. Only replies to the same port have an order: networks choose
// a path by the port, and this host reads one port after another.
//
// Losses after the last answered probe are unattributed: their direction can't be determined. Losses before the first
// answered probe are too, unless the counter is known to have started with the session.
// A missing number is attributed to a probe without a reply. It may belong to the reply to a copy of an answered probe:
// then that many losses on the way there count as losses on the way back.
// A probe that was not waited for to the end may or may not have been lost: as many missing numbers as may belong to
// such probes are attributed to no other probe, and those losses are unattributed.
// Their numbers are 32 bits and may wrap. Without a reply everything is undefined.

import { Reordering } from './reordering.ts';

/** One direction of a session, or of one of its source ports. */
export interface DirectionCount {
  readonly lost: number;
  readonly reordered: number;
  readonly duplicate: number;
}

export interface DirectionCountsSummary {
  readonly forward: DirectionCount;
  readonly backward: DirectionCount;
  /** Lost at the other end, which reported that it received but did not answer them. */
  readonly unanswered: number;
  /** Lost in an unknown direction: before the first answered probe, or after the last. */
  readonly unattributed: number;
}

const NONE: DirectionCount = { lost: 0, reordered: 0, duplicate: 0 };

/** The counts before anything is known. */
export const NOTHING: DirectionCountsSummary = {
  forward: NONE,
  backward: NONE,
  unanswered: 0,
  unattributed: 0,
};

interface Missing {
  /** Missing numbers of theirs. */
  readonly numbers: number;
  /** Probes that were waited for in vain, and probes that were not waited for. */
  readonly probes: number;
  readonly leftOut: number;
}

function isAccountedFor({ numbers, probes, leftOut }: Missing): boolean {
  return numbers <= probes + leftOut;
}

/** Counts in constant memory: 32 bytes per remembered probe. */
export class DirectionCounts {
  readonly #capacity: number;
  /** Indexed by their number: that number, and the probe that it answered. */
  readonly #numbers: Float64Array;
  readonly #answered: Float64Array;
  /**
   * Indexed by probe: the probe itself, once its first arrival at the other end was counted; how many were sent up to
   * it.
   */
  readonly #arrived: Float64Array;
  readonly #ordinals: Float64Array;
  /** Indexed by stream. */
  readonly #backwardOrders: readonly Reordering[];
  /** Indexed by stream; for replies so old that no smaller number of theirs will arrive. */
  readonly #forwardOrders: readonly Reordering[];
  #smallest = NaN;
  #largest = NaN;
  #largestProbe = -1;
  #failuresAtSmallest = 0;
  #failuresAtLargest = 0;
  /** Distinct numbers of theirs, distinct probes that have one, and replies beyond each number's first. */
  #distinctNumbers = 0;
  #distinctProbes = 0;
  #repeatedNumbers = 0;
  #sent = 0;
  /**
   * Probes that were not waited for: before the first answered one, from there to the last answered one, and after
   * that.
   */
  #leftOutBefore = 0;
  #leftOutBetween = 0;
  #leftOutSince = 0;
  #firstAnswered = Infinity;
  #lastAnswered = 0;
  #isConsistent = true;

  /**
   * @param capacity  replies and probes to remember: as many as may be in flight
   * @param streams   source ports; probes take turns
   */
  constructor(capacity: number, streams = 1) {
    this.#capacity = capacity;
    this.#backwardOrders = Array.from({ length: streams }, () => new Reordering());
    this.#forwardOrders = Array.from({ length: streams }, () => new Reordering());
    this.#numbers = new Float64Array(capacity).fill(NaN);
    this.#answered = new Float64Array(capacity);
    this.#arrived = new Float64Array(capacity).fill(NaN);
    this.#ordinals = new Float64Array(capacity);
  }

  /**
   * False if one of their numbers stood for two probes, or jumped: the other end restarted its counter, or counts
   * something else.
   */
  get isConsistent(): boolean {
    return this.#isConsistent;
  }

  get hasReplies(): boolean {
    return this.#distinctProbes > 0;
  }

  /**
   * Adds the next reply in arrival order, including late ones.
   *
   * @param probe     its index among the probes of this counter, from 0
   * @param number32  their number, 32 bits
   * @param isFirst   false if the probe already had a reply
   * @param failures  requests that they had received but not answered by then, 32 bits
   */
  addReply(probe: number, number32: number, isFirst: boolean, failures: number): void {
    if (!this.#isConsistent) return;
    if (isFirst) this.#distinctProbes++;
    const isVeryFirst = Number.isNaN(this.#largest);
    const number = isVeryFirst ? number32 : this.#largest + ((number32 - this.#largest) | 0);
    if (!isVeryFirst && !this.#isPlausible(probe, number)) {
      this.#isConsistent = false;
      return;
    }
    const place = this.#place(number);
    if (this.#numbers[place] === number) {
      this.#repeatedNumbers++;
      if (this.#answered[place] !== probe) this.#isConsistent = false;
      return;
    }
    this.#distinctNumbers++;
    this.#orderOf(this.#backwardOrders, probe).push(number);
    if (isVeryFirst || number < this.#smallest) {
      this.#smallest = number;
      this.#failuresAtSmallest = failures;
    }
    if (isVeryFirst || number > this.#largest) {
      this.#forget(number);
      this.#largest = number;
      this.#failuresAtLargest = failures;
    }
    this.#largestProbe = Math.max(this.#largestProbe, probe);
    this.#numbers[place] = number;
    this.#answered[place] = probe;
  }

  /** In send order: a probe that was sent, and whether its reply arrived in time. */
  settle(probe: number, isAnswered: boolean): void {
    const ordinal = ++this.#sent;
    this.#ordinals[this.#place(probe)] = ordinal;
    if (isAnswered) this.#answer(ordinal);
  }

  /** In send order: a probe that was sent, for which it will never be known whether it was answered. */
  leaveOut(): void {
    this.#leftOutSince++;
  }

  /** A probe that was settled as not answered got a reply after all. */
  addLate(probe: number): void {
    this.#answer(this.#ordinals[this.#place(probe)]!);
  }

  /**
   * @param startsAtZero  true if their counter is at 0 when the first probe arrives; ignored if the replies contradict
   * it. Without a reply every loss is unattributed. If their numbers are not consistent, the summary is meaningless.
   */
  summary(startsAtZero: boolean): DirectionCountsSummary {
    if (!this.hasReplies) return { ...NOTHING, unattributed: this.#sent };
    const fromZero = this.#missingFromZero();
    const isFromZero = startsAtZero && isAccountedFor(fromZero);
    const { numbers, probes, leftOut } = isFromZero ? fromZero : this.#missingFromFirst();
    const lostBackward = Math.min(probes, Math.max(0, numbers - leftOut));
    const failures = (this.#failuresAtLargest - this.#failuresAtSmallest) >>> 0;
    const unanswered = Math.min(probes - lostBackward, Math.max(0, failures - leftOut));
    const lostForward = Math.max(0, probes - numbers - failures);
    return {
      forward: {
        lost: lostForward,
        reordered: this.#forwardReordered(),
        duplicate: this.#distinctNumbers - this.#distinctProbes,
      },
      backward: {
        lost: lostBackward,
        reordered: reorderedOf(this.#backwardOrders),
        duplicate: this.#repeatedNumbers,
      },
      unanswered,
      unattributed: Math.max(
        0,
        this.#sent - this.#distinctProbes - lostForward - lostBackward - unanswered,
      ),
    };
  }

  /**
   * True if more of their numbers than of our probes are missing: they also counted other clients' probes, or copies of
   * ours whose replies were lost.
   */
  get countsMoreThanOurs(): boolean {
    if (!this.hasReplies || !this.#isConsistent) return false;
    return !isAccountedFor(this.#missingFromFirst());
  }

  #missingFromZero(): Missing {
    return this.#missing(0, 1, this.#leftOutBefore + this.#leftOutBetween);
  }

  #missingFromFirst(): Missing {
    return this.#missing(this.#smallest, this.#firstAnswered, this.#leftOutBetween);
  }

  /** What is missing from a number of theirs on, and from a probe on, up to the last of each. */
  #missing(firstNumber: number, firstOrdinal: number, leftOut: number): Missing {
    const probes = this.#lastAnswered - firstOrdinal + 1 - this.#distinctProbes;
    return {
      numbers: this.#largest - firstNumber + 1 - this.#distinctNumbers,
      // Negative while a reply waits to be settled.
      probes: Math.max(0, probes),
      leftOut,
    };
  }

  /** Their numbers can't rise much faster than ours, or fall behind what is remembered. */
  #isPlausible(probe: number, number: number): boolean {
    const leap = number - this.#largest;
    return (
      leap > -this.#capacity && leap <= Math.max(0, probe - this.#largestProbe) + this.#capacity
    );
  }

  #answer(ordinal: number): void {
    if (this.#firstAnswered === Infinity) this.#leftOutBefore = this.#leftOutSince;
    else this.#leftOutBetween += this.#leftOutSince;
    this.#leftOutSince = 0;
    this.#firstAnswered = Math.min(this.#firstAnswered, ordinal);
    this.#lastAnswered = Math.max(this.#lastAnswered, ordinal);
  }

  /** Counts, in the order of their numbers, those that a new largest number pushes out of memory. */
  #forget(largest: number): void {
    const end = Math.min(largest - this.#capacity, this.#largest);
    for (let number = this.#largest - this.#capacity + 1; number <= end; number++) {
      const place = this.#place(number);
      if (this.#numbers[place] !== number) continue;
      const probe = this.#answered[place]!;
      const at = this.#place(probe);
      // Only the first arrival has an order (RFC 4737 section 3.6).
      if (this.#arrived[at] === probe) continue;
      this.#arrived[at] = probe;
      this.#orderOf(this.#forwardOrders, probe).push(probe);
    }
  }

  #forwardReordered(): number {
    const orders = this.#forwardOrders.map((order) => order.copy());
    const seen = new Set<number>();
    for (let back = this.#capacity - 1; back >= 0; back--) {
      const number = this.#largest - back;
      const place = this.#place(number);
      if (this.#numbers[place] !== number) continue;
      const probe = this.#answered[place]!;
      if (this.#arrived[this.#place(probe)] === probe || seen.has(probe)) continue;
      seen.add(probe);
      this.#orderOf(orders, probe).push(probe);
    }
    return reorderedOf(orders);
  }

  #orderOf(orders: readonly Reordering[], probe: number): Reordering {
    return orders[probe % orders.length]!;
  }

  #place(value: number): number {
    return ((value % this.#capacity) + this.#capacity) % this.#capacity;
  }
}

function reorderedOf(orders: readonly Reordering[]): number {
  return orders.reduce((sum, { reordered }) => sum + reordered, 0);
}
