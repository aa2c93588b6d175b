// SPDX-License-Identifier: MIT
// The latest half hour of a target, column by column, in constant memory: about 40 KB.

import { COLUMN_MS, type WatchColumn } from '../column.ts';
import { COUNT_NAMES, noCounts } from '../counts.ts';

/** Half an hour. */
export const RECENT_COLUMNS = 180;

/** Per column: its start, host drops (-1 is unknown), and the extremes and the sum of its round-trip times. */
const START = 0;
const HOST_DROPPED = 1;
const RTT_MIN = 2;
const RTT_MAX = 3;
const RTT_SUM = 4;
const NUMBERS = 5;

const MOST_COUNTED = 2 ** 32 - 1;

/** A ring of final columns in the order of arrival, which is chronological unless the clock was set back. */
export class RecentColumns {
  readonly #key: string;
  readonly #numbers = new Float64Array(RECENT_COLUMNS * NUMBERS);
  /** At one probe per 10 ms a column has a thousand; only strays can be more, and are capped at 2^32. */
  readonly #counts = new Uint32Array(RECENT_COLUMNS * COUNT_NAMES.length);
  /** Bytes stored as the characters of a string: a small typed array takes three times the memory. */
  readonly #rows: string[] = [];
  #added = 0;

  constructor(key: string) {
    this.#key = key;
  }

  get length(): number {
    return Math.min(this.#added, RECENT_COLUMNS);
  }

  add({ startMs, counts, rttNs, rttRows, hostDropped }: WatchColumn): void {
    const at = this.#added % RECENT_COLUMNS;
    const { min, max, sum } = rttNs ?? { min: Number.NaN, max: Number.NaN, sum: 0 };
    this.#numbers.set([startMs, hostDropped ?? -1, min, max, sum], at * NUMBERS);
    for (const [place, name] of COUNT_NAMES.entries()) {
      this.#counts[at * COUNT_NAMES.length + place] = Math.min(counts[name], MOST_COUNTED);
    }
    this.#rows[at] = Buffer.from(rttRows).toString('latin1');
    this.#added++;
  }

  /** @param age  0 is the latest, up to `length` - 1 */
  startOf(age: number): number {
    return this.#numbers[this.#placeOf(age) * NUMBERS + START]!;
  }

  /** @param age  0 is the latest, up to `length` - 1 */
  column(age: number): WatchColumn {
    const at = this.#placeOf(age);
    const numbers = this.#numbers.subarray(at * NUMBERS, (at + 1) * NUMBERS);
    const hostDropped = numbers[HOST_DROPPED]!;
    const counts = noCounts();
    for (const [place, name] of COUNT_NAMES.entries()) {
      counts[name] = this.#counts[at * COUNT_NAMES.length + place]!;
    }
    const [min, max, sum] = [numbers[RTT_MIN]!, numbers[RTT_MAX]!, numbers[RTT_SUM]!];
    return {
      key: this.#key,
      startMs: numbers[START]!,
      widthMs: COLUMN_MS,
      counts,
      rttNs: Number.isNaN(min) ? null : { min, max, sum },
      rttRows: Buffer.from(this.#rows[at]!, 'latin1'),
      hostDropped: hostDropped < 0 ? null : hostDropped,
      isFinal: true,
    };
  }

  #placeOf(age: number): number {
    return (this.#added - 1 - age) % RECENT_COLUMNS;
  }
}
