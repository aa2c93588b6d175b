// SPDX-License-Identifier: MIT
// The interarrival jitter estimator of RTP (RFC 3550 §6.4.1, A.8), in its form for floating point:
// J += (|D| − J) / 16, where D is the difference in transit time of two replies that arrived one
// after the other, whatever their sequence numbers. Fed in order of arrival, first copies only.
// The first reply has no predecessor: it contributes nothing, and J is null until the second. (A.8
// does not say what the first transit time is compared with; 0 would spoil J for dozens of replies.)
// A loss leaves no trace: its neighbours become each other's. Equal transit times lower J.
// Differences are of packets from one source: each source port is one, and J is that of all their
// differences as they come.

/** Smoothed jitter; for an echo the transit time is the round-trip time. */
export class SmoothedJitter {
  /** Of each stream; NaN before its first reply. */
  readonly #previousNs: Float64Array;
  #jitterNs = 0;
  #hasDifference = false;

  /** @param streams  whose differences make one estimate */
  constructor(streams = 1) {
    this.#previousNs = new Float64Array(streams).fill(NaN);
  }

  /** J in nanoseconds; `null` before a stream's second reply. */
  get jitterNs(): number | null {
    return this.#hasDifference ? this.#jitterNs : null;
  }

  /** @param transitNs  of the reply that arrived next */
  push(transitNs: number, stream = 0): void {
    const difference = Math.abs(transitNs - this.#previousNs[stream]!);
    this.#previousNs[stream] = transitNs;
    if (Number.isNaN(difference)) return;
    this.#jitterNs += (difference - this.#jitterNs) / 16;
    this.#hasDifference = true;
  }
}
