// SPDX-License-Identifier: MIT
// Passes records from the measuring thread to the listening one, many per message: the measuring thread has no time for
// objects, and must not fill the memory of a slow listener.

import type { ProbeRecord, RecordListener } from '../session/probe-record.ts';
import { readRow, ROW_NUMBERS, writeRow, type Rows } from './record-row.ts';

/** Records in one message. */
const CAPACITY = 1024;

/** Maximum messages in transit, 22 MiB; beyond that, records are omitted. */
export const MAX_MESSAGES = 256;

/** The cell that counts messages in transit, shared by both ends. */
export function messageCount(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

export class RecordPacker {
  readonly #onWay: Int32Array;
  readonly #post: (message: Rows) => void;
  #rows: Rows = { numbers: new Float64Array(CAPACITY * ROW_NUMBERS), texts: [] };
  #records = 0;
  /** How many records were omitted according to the first row; 0 if that is another record. */
  #omitted = 0;
  /** The time of the first row. */
  #firstAtNs = 0;

  /**
   * @param onWay  from `messageCount`
   * @param post   takes the message, which is not reused
   */
  constructor(onWay: Int32Array, post: (message: Rows) => void) {
    this.#onWay = onWay;
    this.#post = post;
  }

  readonly pack = (record: ProbeRecord): void => {
    if (this.#records === CAPACITY) this.flush();
    this.#write(record);
  };

  /**
   * Posts the collected records, unless too many messages are in transit: then the records are omitted, and counted.
   */
  flush(): void {
    if (this.#records === 0) return;
    if (Atomics.load(this.#onWay, 0) < MAX_MESSAGES) this.flushAnyway();
    else this.#leaveOut();
  }

  /** Posts the collected records, however many messages are in transit. Call it once, at the end. */
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
