// SPDX-License-Identifier: MIT
// Sequence number → probe, in rings of fixed size: what is sent, what came back, what is overdue.

/**
 * What became of a probe. `namedByIcmp`: an ICMP error names it, and its reply is waited for. `leftOut`: its reply was not
 * waited for to the end.
 */
export const OUTCOME = {
  none: 0,
  pending: 1,
  received: 2,
  lost: 3,
  late: 4,
  namedByIcmp: 5,
  leftOut: 6,
} as const;

export type Outcome = (typeof OUTCOME)[keyof typeof OUTCOME];

/** Smallest ring, of 41 KiB: at one probe a second it remembers for 17 minutes. */
const MIN_CAPACITY = 1024;

/** Probes that a ring remembers beyond the timeout, in seconds of sending, to know late replies. */
const REMEMBERED_SECONDS = 10;

/** Largest ring: 41 MiB. */
export const MAX_CAPACITY = 2 ** 20;

/** The capacity for a rate and a timeout: a power of two. */
export function ringCapacity(ratePps: number, timeoutNs: number): number {
  const wanted = ratePps * (timeoutNs / 1e9 + REMEMBERED_SECONDS);
  const capacity = 2 ** Math.ceil(Math.log2(Math.max(MIN_CAPACITY, wanted)));
  return Math.min(MAX_CAPACITY, capacity);
}

/** Times are nanoseconds since the session's start. */
export class InFlight {
  readonly capacity: number;
  readonly #mask: number;
  readonly #sequences: Float64Array;
  readonly #intendedNs: Float64Array;
  readonly #sentNs: Float64Array;
  /** The kernel's own time of sending; NaN where it is not known. */
  readonly #kernelSentNs: Float64Array;
  readonly #rttNs: Float64Array;
  readonly #outcomes: Uint8Array;

  /** @param capacity  a power of two */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.#mask = capacity - 1;
    this.#sequences = new Float64Array(capacity).fill(-1);
    this.#intendedNs = new Float64Array(capacity);
    this.#sentNs = new Float64Array(capacity);
    this.#kernelSentNs = new Float64Array(capacity);
    this.#rttNs = new Float64Array(capacity);
    this.#outcomes = new Uint8Array(capacity);
  }

  /** Enters a probe, over the one that had its place a whole ring ago. */
  add(sequence: number, intendedNs: number, sentNs: number): void {
    const place = this.#place(sequence);
    this.#sequences[place] = sequence;
    this.#intendedNs[place] = intendedNs;
    this.#sentNs[place] = sentNs;
    this.#kernelSentNs[place] = NaN;
    this.#outcomes[place] = OUTCOME.pending;
  }

  /** What became of the probe; `none` where it was never sent or is no longer remembered. */
  outcomeOf(sequence: number): Outcome {
    const place = this.#place(sequence);
    return this.#sequences[place] === sequence ? (this.#outcomes[place] as Outcome) : OUTCOME.none;
  }

  /** Changes the outcome of a probe that is remembered. */
  settle(sequence: number, outcome: Outcome): void {
    this.#outcomes[this.#place(sequence)] = outcome;
  }

  /** Enters the reply to a probe that is remembered. */
  settleReceived(sequence: number, rttNs: number): void {
    const place = this.#place(sequence);
    this.#outcomes[place] = OUTCOME.received;
    this.#rttNs[place] = rttNs;
  }

  /** The round-trip time of a probe whose outcome is `received`. */
  rttNsOf(sequence: number): number {
    return this.#rttNs[this.#place(sequence)]!;
  }

  /** Enters when the kernel handed a probe that is remembered to the device. */
  stampSent(sequence: number, kernelSentNs: number): void {
    this.#kernelSentNs[this.#place(sequence)] = kernelSentNs;
  }

  /** When the kernel handed the probe to the device; NaN where that is not known. */
  kernelSentNsOf(sequence: number): number {
    return this.#kernelSentNs[this.#place(sequence)]!;
  }

  intendedNsOf(sequence: number): number {
    return this.#intendedNs[this.#place(sequence)]!;
  }

  sentNsOf(sequence: number): number {
    return this.#sentNs[this.#place(sequence)]!;
  }

  // The low bits of a whole number, also where it exceeds 32 bits: a bit operator takes it modulo 2^32.
  #place(sequence: number): number {
    return sequence & this.#mask;
  }
}
