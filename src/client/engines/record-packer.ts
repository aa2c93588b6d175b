// SPDX-License-Identifier: MIT
// Records from the thread that measures to the one that listens, many in one message: a thread that measures can't
// spend its time on objects, and must not fill the memory of one that listens too slowly.

import type { ProbeRecord, RecordListener } from '../session/probe-record.ts';
import { readRow, ROW_NUMBERS, writeRow, type Rows } from './record-row.ts';

/** Records in one message. */
const CAPACITY = 1024;

/** Messages on their way beyond which records are left out: 22 MiB. */
export const MAX_MESSAGES = 256;

/** The cell of messages on their way, shared by both ends. */
export function messageCount(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

export class RecordPacker {
  readonly #onWay: Int32Array;
  readonly #post: (message: Rows) => void;
  #rows: Rows = { numbers: new Float64Array(CAPACITY * ROW_NUMBERS), texts: [] };
  #records = 0;
  /** How many were left out, as the first row tells; 0 where it tells something else. */
  #omitted = 0;
  /** The time of the first row. */
  #firstAtNs = 0;

  /**
   * @param onWay  from `messageCount`
   * @param post   takes the message, of which nothing is used again
   */
  constructor(onWay: Int32Array, post: (message: Rows) => void) {
    this.#onWay = onWay;
    this.#post = post;
  }

  readonly pack = (record: ProbeRecord): void => {
    if (this.#records === CAPACITY) this.flush();
    this.#write(record);
  };

  /** Hands on what there is, unless too much is on its way: then that is left out, and counted. */
  flush(): void {
    if (this.#records === 0) return;
    if (Atomics.load(this.#onWay, 0) < MAX_MESSAGES) this.flushAnyway();
    else this.#leaveOut();
  }

  /** Hands on what there is, however much is on its way. Once, at the end. */
  flushAnyway(): void {
    if (this.#records === 0) return;
    const { numbers, texts } = this.#rows;
    Atomics.add(this.#onWay, 0, 1);
    this.#post({ numbers: numbers.slice(0, this.#records * ROW_NUMBERS), texts });
    this.#empty();
    this.#omitted = 0;
  }

  #leaveOut(): void {
    const told = this.#omitted > 0 ? 1 : 0;
    this.#omitted += this.#records - told;
    this.#empty();
    this.#write({ type: 'omitted', atNs: this.#firstAtNs, records: this.#omitted });
  }

  #write(record: ProbeRecord): void {
    if (this.#records === 0) this.#firstAtNs = record.atNs;
    writeRow(this.#rows, this.#records++ * ROW_NUMBERS, record);
  }

  #empty(): void {
    this.#records = 0;
    this.#rows = { numbers: this.#rows.numbers, texts: [] };
  }
}

/** Hands each record of a message to the listener. */
export function unpackRecords(rows: Rows, onWay: Int32Array, listener: RecordListener): void {
  Atomics.sub(onWay, 0, 1);
  for (let at = 0; at < rows.numbers.length; at += ROW_NUMBERS) listener(readRow(rows, at));
}
