// SPDX-License-Identifier: MIT
// Determines in which direction a probe was lost, if the other end numbers its replies (stateful STAMP: RFC 8762 section
// 4; UDPEchoPlus: TR-143 appendix A.1.8). This is decided when the probe is given up, from the numbers of the replies
// around it: of the unanswered probes between two answered ones, as many were lost on the way back as numbers are missing
// between the two replies; the others were lost on the way there. stats/direction-counts.ts does the same for a whole
// measurement.

import type { ReflectingProtocol, Reflection } from '../../client/protocols/probe-protocol.ts';

export type LossDirection = 'forward' | 'backward';

const STATE = {
  /** Not answered yet. */
  open: 0,
  answered: 1,
  notSent: 2,
  lostForward: 3,
  lostBackward: 4,
  /** In an unknown direction. */
  lost: 5,
} as const;

/** Number of earlier gaps to check: a counter that other clients advance too has numbers that our probes don't explain. */
const CHECKED_GAPS = 8;

/** The probes between two answered ones that were sent and not answered, and what is known of them. */
interface Gap {
  readonly before: number;
  readonly after: number;
  readonly unanswered: number;
  readonly forward: number;
  readonly backward: number;
  /** Lost in an unknown direction. */
  readonly unknown: number;
}

export class LossDirections {
  readonly #protocol: ReflectingProtocol;
  readonly #capacity: number;
  /** From a probe to the next one of the same counter at the other end. */
  readonly #stride: number;
  /** By probe: its state, and the numbers in the first reply to it. */
  readonly #states: Uint8Array;
  readonly #numbers: Float64Array;
  readonly #failures: Float64Array;
  /** By counter and number: that number, once a reply with it arrived. */
  readonly #seen: Float64Array;
  /** By counter: its largest number so far, not truncated to 32 bits. */
  readonly #largest: Float64Array;
  #next = 0;
  /** True while each reply repeats the number of its probe: those of a stateless reflector show no direction. */
  #areCopies = true;

  /** @param capacity  number of probes to remember */
  constructor(protocol: ReflectingProtocol, capacity: number, flows: number) {
    const counters = protocol.countsEachPort ? flows : 1;
    this.#protocol = protocol;
    this.#capacity = capacity;
    this.#stride = counters;
    this.#states = new Uint8Array(capacity);
    this.#numbers = new Float64Array(capacity);
    this.#failures = new Float64Array(capacity);
    this.#seen = new Float64Array(counters * capacity).fill(NaN);
    this.#largest = new Float64Array(counters).fill(NaN);
  }

  /** Adds the next probe, which is being sent. */
  send(probe: number): void {
    this.#states[probe % this.#capacity] = STATE.open;
    this.#next = probe + 1;
  }

  /** The probe was not sent after all. */
  withdraw(probe: number): void {
    this.#states[probe % this.#capacity] = STATE.notSent;
  }

  /** Adds a reply, possibly late, to a remembered probe. */
  addReply(probe: number, said: Readonly<Reflection>, isFirst: boolean): void {
    if (!said.isCopy) this.#areCopies = false;
    const counter = probe % this.#stride;
    const number = this.#wholeNumber(counter, said.sequence);
    this.#seen[this.#seenPlace(counter, number)] = number;
    if (!isFirst) return;
    const place = probe % this.#capacity;
    this.#states[place] = STATE.answered;
    this.#numbers[place] = number;
    this.#failures[place] = said.failures;
  }

  /** A probe is given up. @returns `undefined` if the replies don't show the direction */
  lose(probe: number): LossDirection | undefined {
    const direction = this.#areCopies ? undefined : this.#directionOf(probe);
    this.#states[probe % this.#capacity] = lostBy(direction);
    return direction;
  }

  #directionOf(probe: number): LossDirection | undefined {
    const gap = this.#gapAround(probe);
    if (gap === undefined || !this.#makesSenseBefore(gap)) return undefined;
    const missing = this.#missingIn(gap);
    const failures = this.#failuresIn(gap);
    const { unanswered, forward, backward, unknown } = gap;
    const lostForward = unanswered - missing - failures;
    if (!(lostForward >= 0)) return undefined;
    if (lostForward === unanswered) return 'forward';
    if (missing === unanswered) return 'backward';
    // Some were lost in either direction: the totals are known, so which probe gets which does not matter.
    if (unknown > 0) return undefined;
    if (missing > backward) return 'backward';
    return lostForward > forward ? 'forward' : undefined;
  }

  /** True if our probes explain the numbers of the latest gaps before it. */
  #makesSenseBefore(gap: Gap): boolean {
    let { before } = gap;
    for (let checked = 0; checked < CHECKED_GAPS && before >= 0; checked++) {
      const earlier = this.#gapBetween(this.#answeredFrom(before, -this.#stride), before);
      if (earlier === undefined) return true;
      if (!(this.#missingIn(earlier) + this.#failuresIn(earlier) <= earlier.unanswered))
        return false;
      before = earlier.before;
    }
    return true;
  }

  #gapAround(probe: number): Gap | undefined {
    const after = this.#answeredFrom(probe, this.#stride);
    if (after === undefined) return undefined;
    return this.#gapBetween(this.#answeredFrom(probe, -this.#stride), after);
  }

  /** The nearest answered probe of the same counter; negative for the session's start; `undefined` if none is remembered. */
  #answeredFrom(probe: number, stride: number): number | undefined {
    const oldest = this.#next - this.#capacity;
    let at = probe + stride;
    while (at >= 0 && at >= oldest && at < this.#next && !this.#isAnswered(at)) at += stride;
    if (at >= this.#next || (at >= 0 && at < oldest)) return undefined;
    return at >= 0 || this.#protocol.startsAtZero ? at : undefined;
  }

  #isAnswered(probe: number): boolean {
    return this.#states[probe % this.#capacity] === STATE.answered;
  }

  #gapBetween(before: number | undefined, after: number): Gap | undefined {
    if (before === undefined) return undefined;
    const states = [0, 0, 0, 0, 0, 0];
    for (let probe = before + this.#stride; probe < after; probe += this.#stride) {
      states[this.#states[probe % this.#capacity]!]!++;
    }
    const [forward, backward, unknown] = states.slice(STATE.lostForward) as [
      number,
      number,
      number,
    ];
    const unanswered = states[STATE.open]! + forward + backward + unknown;
    return { before, after, unanswered, forward, backward, unknown };
  }

  /** Reply numbers in the gap that never arrived; NaN if the numbers don't rise there. */
  #missingIn({ before, after }: Gap): number {
    const counter = after % this.#stride;
    const last = this.#numbers[after % this.#capacity]!;
    // At the session's start the counter begins at 0.
    const first = before < 0 ? -1 : this.#numbers[before % this.#capacity]!;
    if (!(first < last) || last - first > this.#capacity) return NaN;
    let missing = 0;
    for (let number = first + 1; number < last; number++) {
      if (this.#seen[this.#seenPlace(counter, number)] !== number) missing++;
    }
    return missing;
  }

  /** Requests that the other end says it received and did not answer in the gap. */
  #failuresIn({ before, after }: Gap): number {
    if (before < 0) return 0;
    return (
      (this.#failures[after % this.#capacity]! - this.#failures[before % this.#capacity]!) >>> 0
    );
  }

  /** The number with these low 32 bits that is nearest to the largest (RFC 4737 section 6). */
  #wholeNumber(counter: number, number32: number): number {
    const largest = this.#largest[counter]!;
    const number = Number.isNaN(largest) ? number32 : largest + ((number32 - largest) | 0);
    if (!(number <= largest)) this.#largest[counter] = number;
    return number;
  }

  #seenPlace(counter: number, number: number): number {
    const place = ((number % this.#capacity) + this.#capacity) % this.#capacity;
    return counter * this.#capacity + place;
  }
}

function lostBy(direction: LossDirection | undefined): number {
  if (direction === undefined) return STATE.lost;
  return direction === 'forward' ? STATE.lostForward : STATE.lostBackward;
}
