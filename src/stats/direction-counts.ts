// SPDX-License-Identifier: MIT
// Loss, duplication and reordering of each direction (RFC 7680, RFC 5560, RFC 4737), out of round trips, where
// the other end numbers its replies: a stateful STAMP reflector (RFC 8762 section 4), UDPEchoPlus
// (TR-143 appendix A.1.8). Fed with each reply as it arrives, and with each probe's outcome in the order
// of sending.
//
//   way there   a probe was lost where it made no reply: the replies that were made, less copies, are the
//               probes that arrived. Two numbers for one probe: it was duplicated. A smaller number of ours
//               under a larger one of theirs: it was reordered.
//   way back    a number of theirs that never came was lost; one that came twice was duplicated; one that
//               came after a larger one was reordered.
//
// One number of theirs may serve many source ports. Only what came on one port has an order: networks choose
// a path by it, and this host reads one port after the other.
//
// What follows the last answered probe is unattributed: nobody can know which way it was lost. So is what
// precedes the first answered one, unless the counter is known to have begun with the session.
// A missing number is taken for that of a probe without a reply. It may be the reply to a copy of one that
// was answered: as many losses on the way there then count as losses on the way back.
// A probe that was not waited for to the end may have been lost or not: what of the missing numbers may be its is
// claimed for no other, and those are unattributed.
// Numbers of theirs are 32 bits and may wrap. No reply: everything is undefined.

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
  /** Lost at the other end: it said that it received and did not answer them. */
  readonly unanswered: number;
  /** Lost either way: before the first answered probe, or after the last. */
  readonly unattributed: number;
}

const NONE: DirectionCount = { lost: 0, reordered: 0, duplicate: 0 };

/** What is known of nothing. */
export const NOTHING: DirectionCountsSummary = {
  forward: NONE,
  backward: NONE,
  unanswered: 0,
  unattributed: 0,
};

interface Missing {
  /** Of theirs. */
  readonly numbers: number;
  /** Probes that were waited for in vain, and those that were not waited for. */
  readonly probes: number;
  readonly leftOut: number;
}

function isAccountedFor({ numbers, probes, leftOut }: Missing): boolean {
  return numbers <= probes + leftOut;
}

/** In constant memory: 32 bytes for each probe that is remembered. */
export class DirectionCounts {
  readonly #capacity: number;
  /** By their number: that number, and the probe it answered. */
  readonly #numbers: Float64Array;
  readonly #answered: Float64Array;
  /** By the probe: itself, once its first arrival there was counted; how many were sent up to it. */
  readonly #arrived: Float64Array;
  readonly #ordinals: Float64Array;
  /** By the stream. */
  readonly #backwardOrders: readonly Reordering[];
  /** By the stream: of what is so long ago that no smaller number of theirs will come. */
  readonly #forwardOrders: readonly Reordering[];
  #smallest = NaN;
  #largest = NaN;
  #largestProbe = -1;
  #failuresAtSmallest = 0;
  #failuresAtLargest = 0;
  /** Distinct numbers of theirs, distinct probes that have any, and replies beyond each number's first. */
  #distinctNumbers = 0;
  #distinctProbes = 0;
  #repeatedNumbers = 0;
  #sent = 0;
  /** Probes that were not waited for: before the first answered one, from there to the last, and after it. */
  #leftOutBefore = 0;
  #leftOutBetween = 0;
  #leftOutSince = 0;
  #firstAnswered = Infinity;
  #lastAnswered = 0;
  #isConsistent = true;

  /**
   * @param capacity  replies and probes that are remembered: as many as may be on their way
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

  /** False where one of their numbers stood for two probes, or leapt: they count anew, or something else. */
  get isConsistent(): boolean {
    return this.#isConsistent;
  }

  get hasReplies(): boolean {
    return this.#distinctProbes > 0;
  }

  /**
   * Takes in the reply that arrived next, late ones too.
   *
   * @param probe     its number among those of the one counter, from 0
   * @param number32  theirs, 32 bits
   * @param isFirst   false where the probe had a reply already
   * @param failures  requests that they had received and not answered by then, 32 bits
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

  /** In the order of sending: a probe that was sent, and whether its reply came in time. */
  settle(probe: number, isAnswered: boolean): void {
    const ordinal = ++this.#sent;
    this.#ordinals[this.#place(probe)] = ordinal;
    if (isAnswered) this.#answer(ordinal);
  }

  /** In the order of sending: a probe that was sent, of which nobody will know whether it is answered. */
  leaveOut(): void {
    this.#leftOutSince++;
  }

  /** A probe that was settled as not answered was after all. */
  addLate(probe: number): void {
    this.#answer(this.#ordinals[this.#place(probe)]!);
  }

  /**
   * @param startsAtZero  their counter is at 0 when the first probe comes; where what came contradicts that,
   * it is not believed. Without a reply all is unattributed. Where their numbers are not consistent it
   * means nothing.
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
   * True where more of their numbers are missing than probes: they also counted what was not ours, or
   * copies of ours whose replies were lost.
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
      // Below zero while a reply waits for its turn to be settled.
      probes: Math.max(0, probes),
      leftOut,
    };
  }

  /** Their numbers can't have risen much faster than ours, nor fallen behind what is remembered. */
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

  /** Counts, in the order of their numbers, those that a new largest one puts out of memory. */
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
