// What the limit of each source promises, said as plainly as it can be: a bucket for each, and none is
// ever forgotten.

interface Bucket {
  tokens: number;
  atMs: number;
}

export class ModelBuckets {
  readonly #ratePerMs: number;
  readonly #burst: number;
  readonly #buckets = new Map<number, Bucket>();

  constructor(ratePps: number, burst: number) {
    this.#ratePerMs = ratePps / 1000;
    this.#burst = burst;
  }

  /** How many datagrams the source may have answered at once. */
  left(source: number, nowMs: number): number {
    return Math.floor(this.#refilled(source, nowMs));
  }

  take(source: number, datagrams: number, nowMs: number): number {
    const tokens = this.#refilled(source, nowMs);
    const taken = Math.min(datagrams, Math.floor(tokens));
    this.#buckets.set(source, { tokens: tokens - taken, atMs: nowMs });
    return taken;
  }

  #refilled(source: number, nowMs: number): number {
    const { tokens, atMs } = this.#buckets.get(source) ?? { tokens: this.#burst, atMs: nowMs };
    return Math.min(this.#burst, tokens + (nowMs - atMs) * this.#ratePerMs);
  }
}

/**
 * How far a source is beyond its rate in the window if that is most: of all windows that end now, the
 * most datagrams answered, less those that the rate allows and a burst for each time it was forgotten.
 */
export class WorstWindow {
  readonly #ratePerMs: number;
  readonly #burst: number;
  #excess = 0;
  #atMs = 0;

  constructor(ratePps: number, burst: number) {
    this.#ratePerMs = ratePps / 1000;
    this.#burst = burst;
  }

  forget(nowMs: number): void {
    this.answer(0, nowMs);
    this.#excess = Math.max(0, this.#excess - this.#burst);
  }

  /** The excess with these datagrams, which must be no more than a burst. */
  answer(datagrams: number, nowMs: number): number {
    this.#excess = Math.max(0, this.#excess - (nowMs - this.#atMs) * this.#ratePerMs) + datagrams;
    this.#atMs = nowMs;
    return this.#excess;
  }
}
