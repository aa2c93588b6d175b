// SPDX-License-Identifier: MIT
// The interarrival jitter estimator of RTP (RFC 3550 §6.4.1, A.8), in its floating-point form: J += (|D| − J) / 16,
// where D is the difference in transit time of two consecutive replies in arrival order, whatever their sequence
// numbers. Call it in arrival order, for first copies only. The first reply has no predecessor: it contributes nothing,
// and J is null until the second. (A.8 does not say what the first transit time is compared with; 0 would distort J for
// dozens of replies.) A loss leaves no trace: the replies around it are compared. Equal transit times lower J. Only
// packets of one source port are compared, and J covers the differences of all ports in the order in which they occur.

/** Smoothed jitter; for an echo the transit time is the round-trip time. */
export class SmoothedJitter {
  /** The previous transit time of each stream; NaN before its first reply. */
  readonly #previousNs: Float64Array;
  #jitterNs = 0;
  #hasDifference = false;

  /** @param streams  number of streams, whose differences form one estimate */
  constructor(streams = 1) {
    this.#previousNs = new Float64Array(streams).fill(NaN);
  }

  /** J in nanoseconds; `null` before a stream's second reply. */
  get jitterNs(): number | null {
    return this.#hasDifference ? this.#jitterNs : null;
  }

  /** @param transitNs  transit time of the next reply in arrival order */
  push(transitNs: number, stream = 0): void {
    const difference = Math.abs(transitNs - this.#previousNs[stream]!);
    this.#previousNs[stream] = transitNs;
    if (Number.isNaN(difference)) return;
    this.#jitterNs += (difference - this.#jitterNs) / 16;
    this.#hasDifference = true;
  }
}
