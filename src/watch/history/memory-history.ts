// SPDX-License-Identifier: MIT
// A history in memory: the same tiers, kept for a far shorter time.

import { mergeColumns, type WatchColumn } from '../column.ts';
import type { WatchTarget } from '../target.ts';
import type { WatchEvent } from '../watch-event.ts';
import { chooseTier } from './choose-tier.ts';
import {
  HISTORY_TIERS,
  type ColumnAnswer,
  type ColumnQuery,
  type EventQuery,
  type History,
  type HistorySeries,
  type HistoryStatus,
} from './history.ts';
import { joinColumns } from './join-columns.ts';
import { seriesNameOf, type SeriesName } from './series-table.ts';

/** Maximum columns of a target by tier: half an hour, six hours, a day, a week. About 400 KB. */
const MOST_OF_TIER = [180, 360, 144, 168];

/** Maximum columns of all targets together: about 100 MB. If there are too many targets, each keeps fewer. */
const MOST_COLUMNS = 200_000;

const MOST_EVENTS = 10_000;

/** Approximate size of a column with its counts, its bytes and the overhead of V8. */
const COLUMN_BYTES = 500;

/** The columns of one tier, keyed by start, in the order in which they first arrived. */
type Tier = Map<number, WatchColumn>;

interface Series {
  name: SeriesName;
  readonly tiers: readonly Tier[];
}

export class MemoryHistory implements History {
  readonly #reason: string | null;
  readonly #series = new Map<string, Series>();
  readonly #events: WatchEvent[] = [];
  #watched: ReadonlySet<string> = new Set();

  /** @param reason  why it is not a file, if one was requested */
  constructor(reason: string | null) {
    this.#reason = reason;
  }

  get status(): HistoryStatus {
    const series = [...this.#series.values()];
    const columns = series.reduce(
      (sum, { tiers }) => sum + tiers.reduce((count, tier) => count + tier.size, 0),
      0,
    );
    return {
      kind: 'memory',
      reason: this.#reason,
      path: null,
      bytes: columns * COLUMN_BYTES,
      oldestMs: oldestOf(series.flatMap(({ tiers }) => tiers)),
      writeFailures: 0,
      recordsLost: 0,
      lastError: null,
    };
  }

  write(columns: readonly WatchColumn[]): void {
    for (const column of columns) if (column.isFinal) this.#add(column);
  }

  #add(column: WatchColumn): void {
    const { tiers } = this.#seriesOf(column.key);
    for (const [index, tier] of tiers.entries()) {
      const { widthMs } = HISTORY_TIERS[index]!;
      const startMs = Math.floor(column.startMs / widthMs) * widthMs;
      const there = tier.get(startMs);
      const parts = there === undefined ? [column] : [there, column];
      tier.set(startMs, mergeColumns(parts, startMs, widthMs));
      const most = Math.max(1, Math.floor(MOST_OF_TIER[index]! * this.#scale));
      while (tier.size > most) tier.delete(oldestOf([tier])!);
    }
  }

  #seriesOf(key: string): Series {
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const name: SeriesName = { key, name: key, probe: '', labels: {} };
    const series = { name, tiers: HISTORY_TIERS.map(() => new Map<number, WatchColumn>()) };
    this.#series.set(key, series);
    this.#dropGone();
    return series;
  }

  /** Drops targets that are no longer watched, the oldest first. */
  #dropGone(): void {
    for (const key of this.#series.keys()) {
      if (this.#scale >= 1) return;
      if (!this.#watched.has(key)) this.#series.delete(key);
    }
  }

  get #scale(): number {
    const columnsOfOne = MOST_OF_TIER.reduce((sum, most) => sum + most, 0);
    return Math.min(1, MOST_COLUMNS / columnsOfOne / Math.max(1, this.#series.size));
  }

  writeEvent(event: WatchEvent): void {
    this.#events.push(event);
    if (this.#events.length > MOST_EVENTS) this.#events.shift();
  }

  setTargets(targets: readonly WatchTarget[]): void {
    this.#watched = new Set(targets.map(({ key }) => key));
    for (const target of targets) this.#seriesOf(target.key).name = seriesNameOf(target);
  }

  columns(query: ColumnQuery): Promise<ColumnAnswer> {
    const keys = [...new Set(query.keys ?? this.#series.keys())].sort();
    const series = keys.flatMap((key) => this.#series.get(key) ?? []);
    const holdings = HISTORY_TIERS.map(({ widthMs }, index) => ({
      widthMs,
      oldestMs: oldestOf(series.map(({ tiers }) => tiers[index]!)),
    }));
    const { tier, widthMs } = chooseTier(holdings, query, series.length);
    const fromMs = Math.floor(query.fromMs / widthMs) * widthMs;
    const columns = series.flatMap(({ tiers }) => {
      const found = [...tiers[tier]!.values()]
        .filter(({ startMs }) => startMs >= fromMs && startMs < query.toMs)
        .sort((a, b) => a.startMs - b.startMs);
      return joinColumns(found, widthMs);
    });
    return Promise.resolve({ widthMs, columns });
  }

  events({ key, fromMs, toMs, most, kinds }: EventQuery): Promise<readonly WatchEvent[]> {
    const found = this.#events.filter(
      (event) =>
        event.atMs >= fromMs &&
        event.atMs < toMs &&
        (kinds?.includes(event.kind) ?? true) &&
        (key === undefined || event.key === null || event.key === key),
    );
    const sorted = found.sort((a, b) => a.atMs - b.atMs);
    return Promise.resolve(most <= 0 ? [] : sorted.slice(-most));
  }

  series(): Promise<readonly HistorySeries[]> {
    const list = [...this.#series.values()].flatMap(({ name, tiers }) => {
      const firstMs = oldestOf(tiers);
      if (firstMs === null) return [];
      const lastMs = Math.max(...tiers.flatMap((tier) => [...tier.keys()]));
      return [{ ...name, firstMs, lastMs }];
    });
    return Promise.resolve(list);
  }

  onTrouble(): void {
    // Memory does not fail.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // There is nothing to close.
  }
}

function oldestOf(tiers: readonly Tier[]): number | null {
  let oldest: number | null = null;
  for (const tier of tiers) {
    for (const startMs of tier.keys()) if (oldest === null || startMs < oldest) oldest = startMs;
  }
  return oldest;
}
