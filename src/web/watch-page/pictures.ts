// SPDX-License-Identifier: MIT
// The small pictures of the rows in view: asked for when they come into view, and again when a column has passed.

import type { ApiOverview, OverviewColumn } from '../watch-api.ts';
import { ask } from './ask.ts';
import { rangeOf, type Range, type Stretch } from './small-echogram.ts';

const COLUMNS = 180;

const MINUTE_MS = 60_000;

/** What a picture may span: the shortest that holds all that is known, so that a new watch shows something. */
const SPANS_MS = [30 * MINUTE_MS, 180 * MINUTE_MS] as const;

export function spanFor(sinceMs: number, nowMs: number): number {
  return SPANS_MS.find((spanMs) => nowMs - sinceMs < spanMs) ?? SPANS_MS[1];
}

/** Of one request: its keys have to fit into the head of a request. */
const MOST_KEYS = 24;
const MOST_KEY_BYTES = 5000;

/** What is shown for so long after it was asked for. */
const FRESH_MS = 20_000;

/** After a request that failed. */
const RETRY_MS = 5000;

interface Picture {
  readonly columns: readonly OverviewColumn[];
  readonly stretch: Stretch;
  readonly askedAt: number;
}

export class Pictures {
  readonly #pictures = new Map<string, Picture>();
  readonly #onChange: () => void;
  #isAsking = false;
  #notBefore = 0;
  #range: Range | undefined;

  /** @param onChange  called when there are new ones */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get(key: string): Picture | undefined {
    return this.#pictures.get(key);
  }

  /** The scale of all. */
  get range(): Range {
    this.#range ??= rangeOf([...this.#pictures.values()].map(({ columns }) => columns));
    return this.#range;
  }

  /** Asks for those that are missing or old, one request at a time; the others are forgotten if they are many. */
  want(keys: readonly string[], nowMs: number, spanMs: number): void {
    const now = performance.now();
    if (this.#isAsking || now < this.#notBefore) return;
    const wanted = keys.filter((key) => {
      const picture = this.#pictures.get(key);
      return picture === undefined || now - picture.askedAt > FRESH_MS;
    });
    const batch = batchOf(wanted);
    if (batch.length === 0) return;
    this.#forget(keys);
    void this.#ask(batch, nowMs, spanMs);
  }

  async #ask(keys: readonly string[], nowMs: number, spanMs: number): Promise<void> {
    this.#isAsking = true;
    const askedAt = performance.now();
    const columnMs = spanMs / COLUMNS;
    const to = Math.ceil(nowMs / columnMs) * columnMs;
    const from = to - spanMs;
    try {
      const query = { from, to, columns: COLUMNS, key: keys };
      const { widthMs, targets } = await ask<ApiOverview>('overview', query);
      const stretch = { fromMs: from, toMs: to, widthMs };
      // One that the watch does not know has nothing to draw.
      for (const key of keys) this.#pictures.set(key, { columns: [], stretch, askedAt });
      for (const { key, columns } of targets)
        this.#pictures.set(key, { columns, stretch, askedAt });
      this.#range = undefined;
    } catch {
      // The rows say how they do without a picture, and whether the watch is heard.
      this.#notBefore = performance.now() + RETRY_MS;
    }
    this.#isAsking = false;
    this.#onChange();
  }

  #forget(keys: readonly string[]): void {
    if (this.#pictures.size < 300) return;
    const inView = new Set(keys);
    for (const key of this.#pictures.keys()) if (!inView.has(key)) this.#pictures.delete(key);
  }
}

function batchOf(keys: readonly string[]): readonly string[] {
  const batch: string[] = [];
  let bytes = 0;
  for (const key of keys) {
    bytes += encodeURIComponent(key).length + 5;
    if (batch.length > 0 && (batch.length === MOST_KEYS || bytes > MOST_KEY_BYTES)) break;
    batch.push(key);
  }
  return batch;
}
