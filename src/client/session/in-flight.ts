// SPDX-License-Identifier: MIT
// Maps sequence numbers to probes in rings of fixed size: what was sent, what came back, what is overdue.

/**
 * The outcome of a probe. `namedByIcmp`: an ICMP error names it, but its reply is still waited for. `leftOut`: its
 * reply was not waited for to the end.
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

/** Smallest ring, of 41 KiB: at one probe per second it remembers 17 minutes. */
const MIN_CAPACITY = 1024;

/** How much longer than the timeout a ring remembers probes, in seconds of sending, to recognize late replies. */
const REMEMBERED_SECONDS = 10;

/** Largest ring: 41 MiB. */
export const MAX_CAPACITY = 2 ** 20;

/**
 * The capacity for a rate and a timeout: a power of two.
 *
 * @param mostProbes  maximum number of probes sent
 */
export function ringCapacity(ratePps: number, timeoutNs: number, mostProbes = Infinity): number {
  const wanted = Math.min(mostProbes, ratePps * (timeoutNs / 1e9 + REMEMBERED_SECONDS));
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
  /** The kernel's send time; NaN if unknown. */
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

  /** Adds a probe, replacing the one that had its place a whole ring ago. */
  add(sequence: number, intendedNs: number, sentNs: number): void {
    const place = this.#place(sequence);
    this.#sequences[place] = sequence;
    this.#intendedNs[place] = intendedNs;
    this.#sentNs[place] = sentNs;
    this.#kernelSentNs[place] = NaN;
    this.#outcomes[place] = OUTCOME.pending;
  }

  /** The outcome of the probe; `none` if it was never sent or is no longer remembered. */
  outcomeOf(sequence: number): Outcome {
    const place = this.#place(sequence);
    return this.#sequences[place] === sequence ? (this.#outcomes[place] as Outcome) : OUTCOME.none;
  }

  /** Changes the outcome of a remembered probe. */
  settle(sequence: number, outcome: Outcome): void {
    this.#outcomes[this.#place(sequence)] = outcome;
  }

  /** Records the reply to a remembered probe. */
  settleReceived(sequence: number, rttNs: number): void {
    const place = this.#place(sequence);
    this.#outcomes[place] = OUTCOME.received;
    this.#rttNs[place] = rttNs;
  }

  /** The round-trip time of a probe whose outcome is `received`. */
  rttNsOf(sequence: number): number {
    return this.#rttNs[this.#place(sequence)]!;
  }

  /** Records when the kernel handed a remembered probe to the device. */
  stampSent(sequence: number, kernelSentNs: number): void {
    this.#kernelSentNs[this.#place(sequence)] = kernelSentNs;
  }

  /** When the kernel handed the probe to the device; NaN if unknown. */
  kernelSentNsOf(sequence: number): number {
    return this.#kernelSentNs[this.#place(sequence)]!;
  }

  intendedNsOf(sequence: number): number {
    return this.#intendedNs[this.#place(sequence)]!;
  }

  sentNsOf(sequence: number): number {
    return this.#sentNs[this.#place(sequence)]!;
  }

  // The low bits of a whole number, even beyond 32 bits: bit operators take it modulo 2^32.
  #place(sequence: number): number {
    return sequence & this.#mask;
  }
}
