// SPDX-License-Identifier: MIT
// Buffers records between a measurement that doesn't wait and a reader that takes them one by one.

import type { ProbeRecord } from './session/probe-record.ts';

/** Maximum records held for a reader that doesn't keep up; further ones are omitted and counted. */
const HELD_RECORDS = 65_536;

export class RecordStream implements AsyncIterableIterator<ProbeRecord> {
  #held: ProbeRecord[] = [];
  #taken = 0;
  #omitted = 0;
  #isEnded = false;
  #failure: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;
  /** Called once, when the reader wants no more. */
  onReturn: (() => void) | undefined;

  push(record: ProbeRecord): void {
    if (this.#isEnded) return;
    if (this.#held.length - this.#taken >= HELD_RECORDS) {
      this.#omitted++;
      return;
    }
    this.#tellOmitted(record.atNs);
    this.#held.push(record);
    this.#wakeReader();
  }

  /** Ends the stream. */
  end(): void {
    this.#isEnded = true;
    this.#wakeReader();
  }

  /** Ends the stream with an error, which the reader gets after the buffered records. */
  fail(reason: unknown): void {
    this.#failure = { reason };
    this.end();
  }

  async next(): Promise<IteratorResult<ProbeRecord, undefined>> {
    while (this.#taken === this.#held.length) {
      if (this.#omitted > 0) this.#tellOmitted(this.#held.at(-1)?.atNs ?? 0);
      else if (this.#failure !== undefined) throw this.#failure.reason;
      else if (this.#isEnded) return { done: true, value: undefined };
      else await this.#more();
    }
    const value = this.#held[this.#taken++]!;
    // Not one by one, because that would move all others each time.
    if (this.#taken * 2 >= HELD_RECORDS || this.#taken === this.#held.length) {
      this.#held = this.#held.slice(this.#taken);
      this.#taken = 0;
    }
    return { done: false, value };
  }

  /** All buffered records, for a reader that takes them at once. */
  take(): readonly ProbeRecord[] {
    this.#tellOmitted(this.#held.at(-1)?.atNs ?? 0);
    const taken = this.#held.slice(this.#taken);
    this.#held = [];
    this.#taken = 0;
    return taken;
  }

  /** The reader wants no more. */
  return(): Promise<IteratorResult<ProbeRecord, undefined>> {
    this.#isEnded = true;
    this.#held = [];
    this.#taken = 0;
    this.#omitted = 0;
    this.#failure = undefined;
    this.onReturn?.();
    this.onReturn = undefined;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #wakeReader(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  #tellOmitted(atNs: number): void {
    if (this.#omitted === 0) return;
    this.#held.push({ type: 'omitted', atNs, records: this.#omitted });
    this.#omitted = 0;
  }
}
