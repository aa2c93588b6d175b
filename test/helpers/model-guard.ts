// What the guard against loops does with each payload, said as plainly as it can be: each is followed by
// itself, and none is ever forgotten for another.

/** In sixteenths of a second, as the guard counts. */
const SECOND = 16;

interface Followed {
  /** When its repetitions will be forgotten. */
  until: number;
  /** The same, of all that came, answered or not, and never more than eight. */
  lastEightUntil: number;
  cutUntil: number;
}

export class ModelGuard {
  readonly #payloads = new Map<number, Followed>();

  isLoop(payload: number, now: number): boolean {
    const followed = this.#payloads.get(payload) ?? { until: 0, lastEightUntil: 0, cutUntil: 0 };
    this.#payloads.set(payload, followed);
    const lately = Math.max(0, followed.lastEightUntil - now);
    followed.lastEightUntil = now + Math.min(lately + SECOND, 8 * SECOND);
    if (lately < 7 * SECOND) return false;
    if (now < followed.cutUntil) return true;
    const score = Math.max(lately, followed.until - now);
    if (score <= 99 * SECOND) {
      followed.until = now + score + SECOND;
      return false;
    }
    // A sixteenth more than a second, as the clock may be late by that.
    followed.cutUntil = now + SECOND + 1;
    followed.until = 0;
    return true;
  }
}

/** What one payload was answered since it was last refused: a hundred, and one for each second. */
export class Answered {
  #score = 0;
  #atMs = -Infinity;

  /** Adds one answer; returns how many there are, less one for each second. A pause forgets all. */
  add(nowMs: number): number {
    const elapsedMs = nowMs - this.#atMs;
    this.#score = elapsedMs > 1000 ? 1 : Math.max(0, this.#score - elapsedMs / 1000) + 1;
    this.#atMs = nowMs;
    return this.#score;
  }

  refuse(): void {
    this.#score = 0;
  }
}
