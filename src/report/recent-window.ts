// SPDX-License-Identifier: MIT
// The numbers of the latest stretch of a running measurement, shown beside those of the whole run, and how long ago the
// last reply arrived. It takes constant memory: 36 KiB.

import type {
  InTimeRecord,
  LateRecord,
  SendFailedRecord,
  TimeoutRecord,
} from '../client/session/probe-record.ts';
import type { RecordFollower } from '../client/session/record-reducer.ts';
import { ECHOGRAM_ROWS, rowOf } from '../stats/echogram.ts';
import { STRETCH_PARTS, stretchPartNs } from './live-verdict.ts';
import { percentileNs } from './page-picture.ts';

/** What a page says about the present moment. */
export interface LiveNews {
  /** The present time since the session's start. */
  readonly nowNs: number;
  /** Time since the last reply, including late ones; `null` before the first. */
  readonly sinceReplyNs: number | null;
  readonly recent: RecentCounts;
}

/** Probes that were sent in the latest stretch, by outcome. */
export interface RecentCounts {
  readonly stretchNs: number;
  readonly received: number;
  readonly lost: number;
  readonly late: number;
  readonly sendFailed: number;
  /** Upper ends of the picture's rows; `null` without a reply. */
  readonly p50Ns: number | null;
  readonly p99Ns: number | null;
}

interface Part {
  index: number;
  received: number;
  lost: number;
  late: number;
  sendFailed: number;
  readonly rows: Uint32Array;
}

export class RecentWindow implements RecordFollower {
  readonly #partNs: number;
  readonly #parts: readonly Part[] = Array.from({ length: STRETCH_PARTS }, () => ({
    index: -1,
    received: 0,
    lost: 0,
    late: 0,
    sendFailed: 0,
    rows: new Uint32Array(ECHOGRAM_ROWS),
  }));
  /** The latest part in which something was sent, as for the verdict. */
  #newest = 0;
  #lastReplyNs = -Infinity;

  constructor(intervalNs: number) {
    this.#partNs = stretchPartNs(intervalNs);
  }

  received({ sentNs, atNs, rttNs }: InTimeRecord): void {
    this.#lastReplyNs = Math.max(this.#lastReplyNs, atNs);
    const part = this.#partOf(sentNs);
    if (part === undefined) return;
    part.received++;
    part.rows[rowOf(rttNs)]!++;
  }

  lost({ sentNs }: TimeoutRecord): void {
    this.#count(sentNs, 'lost');
  }

  late({ atNs }: LateRecord, sentNs: number, wasLost: boolean): void {
    this.#lastReplyNs = Math.max(this.#lastReplyNs, atNs);
    const part = this.#partOf(sentNs);
    if (part === undefined) return;
    part.late++;
    if (wasLost) part.lost--;
  }

  unsent({ atNs }: SendFailedRecord): void {
    this.#count(atNs, 'sendFailed');
  }

  news(nowNs: number): LiveNews {
    const parts = this.#parts.filter(({ index }) => index > this.#newest - STRETCH_PARTS);
    const sum = (name: 'received' | 'lost' | 'late' | 'sendFailed'): number =>
      parts.reduce((all, part) => all + part[name], 0);
    const rows = addedRows(parts);
    return {
      nowNs,
      sinceReplyNs: Number.isFinite(this.#lastReplyNs) ? nowNs - this.#lastReplyNs : null,
      recent: {
        stretchNs: Math.min(nowNs, STRETCH_PARTS * this.#partNs),
        received: sum('received'),
        lost: sum('lost'),
        late: sum('late'),
        sendFailed: sum('sendFailed'),
        p50Ns: percentileNs(rows, 50),
        p99Ns: percentileNs(rows, 99),
      },
    };
  }

  #count(atNs: number, name: 'lost' | 'sendFailed'): void {
    const part = this.#partOf(atNs);
    if (part !== undefined) part[name]++;
  }

  /** @returns `undefined` for a time before the stretch */
  #partOf(sentNs: number): Part | undefined {
    const index = Math.max(0, Math.floor(sentNs / this.#partNs));
    this.#newest = Math.max(this.#newest, index);
    const part = this.#parts[index % STRETCH_PARTS]!;
    if (part.index > index) return undefined;
    if (part.index < index) {
      Object.assign(part, { index, received: 0, lost: 0, late: 0, sendFailed: 0 });
      part.rows.fill(0);
    }
    return part;
  }
}

/** Row, count, row, count, … */
function addedRows(parts: readonly Part[]): number[] {
  const rows: number[] = [];
  for (let row = 0; row < ECHOGRAM_ROWS; row++) {
    const count = parts.reduce((sum, part) => sum + part.rows[row]!, 0);
    if (count > 0) rows.push(row, count);
  }
  return rows;
}
