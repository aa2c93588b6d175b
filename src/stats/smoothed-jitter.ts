// SPDX-License-Identifier: MIT
// The interarrival jitter estimator of RTP (RFC 3550 §6.4.1, A.8), in its form for floating point:
// J += (|D| − J) / 16, where D is the difference in transit time of two replies that arrived one
// after the other, whatever their sequence numbers. Fed in order of arrival, first copies only.
// The first reply has no predecessor: it contributes nothing, and J is null until the second. (A.8
// does not say what the first transit time is compared with; 0 would spoil J for dozens of replies.)
// A loss leaves no trace: its neighbours become each other's. Equal transit times lower J.

/** Smoothed jitter; for an echo the transit time is the round-trip time. */
export class SmoothedJitter {
  #jitterNs = 0;
  #previousNs = 0;
  #count = 0;

  /** J in nanoseconds; `null` before the second reply. */
  get jitterNs(): number | null {
    return this.#count < 2 ? null : this.#jitterNs;
  }

  /** @param transitNs  of the reply that arrived next */
  push(transitNs: number): void {
    const difference = Math.abs(transitNs - this.#previousNs);
    if (this.#count > 0) this.#jitterNs += (difference - this.#jitterNs) / 16;
    this.#previousNs = transitNs;
    this.#count++;
  }
}
