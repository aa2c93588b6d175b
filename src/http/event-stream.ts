// SPDX-License-Identifier: MIT
// Server-sent events for a few readers. Each has at most one event that it has not taken yet.

import type { ServerResponse } from 'node:http';
import type { Connection } from './connection.ts';
import type { Ongoing } from './reply.ts';
import { whoGivesWay, type Guest } from '../socket/who-gives-way.ts';

/** Maximum open pages; a further one replaces another, whose browser then reconnects. */
const MOST_READERS = 8;

/** A reader that does not take an event within this time is disconnected. */
const TAKE_MS = 30_000;

/** How long the last event may take to reach its readers. */
const LAST_MS = 1000;

/** An event, as bytes that all readers share. JSON contains no line ends, so it is one line. */
export function eventOf(data: unknown): Uint8Array {
  return Buffer.from(`data: ${JSON.stringify(data)}\n\n`);
}

export class EventStream {
  readonly #readers = new Set<Reader>();

  get hasReaders(): boolean {
    return this.#readers.size > 0;
  }

  /** True if some reader has taken all events so far. */
  get isAwaited(): boolean {
    return [...this.#readers].some(({ isBehind }) => !isBehind);
  }

  /** Adds a reader, whose first event is `first`. */
  answer(first: Uint8Array | undefined): Ongoing {
    return {
      type: 'text/event-stream; charset=utf-8',
      follow: (response, connection) => {
        this.#add(new Reader(response, connection), first);
      },
    };
  }

  /**
   * Sends an event to readers that have taken the previous one; the others miss it.
   *
   * @returns whether everybody got it
   */
  send(event: Uint8Array | undefined): boolean {
    const ready = [...this.#readers].filter(({ isBehind }) => !isBehind);
    for (const reader of ready) reader.send(event);
    return ready.length === this.#readers.size;
  }

  /** Sends the last event, and waits a moment for it to arrive. */
  async end(event: Uint8Array): Promise<void> {
    const arrivals = [...this.#readers].map((reader) => reader.end(event));
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_MS);
    });
    await Promise.race([Promise.all(arrivals), patience]);
    clearTimeout(timer);
  }

  #add(reader: Reader, first: Uint8Array | undefined): void {
    if (this.#readers.size >= MOST_READERS) this.#drop(whoGivesWay(this.#readers)!);
    this.#readers.add(reader);
    reader.response.on('close', () => this.#readers.delete(reader));
    reader.connection.follow();
    reader.send(first);
  }

  #drop(reader: Reader): void {
    this.#readers.delete(reader);
    reader.connection.cut('too_many');
  }
}

class Reader implements Guest {
  readonly response: ServerResponse;
  readonly connection: Connection;

  constructor(response: ServerResponse, connection: Connection) {
    this.response = response;
    this.connection = connection;
  }

  get source(): string {
    return this.connection.source;
  }

  get standing(): number {
    return this.isBehind ? 0 : 1;
  }

  get isBehind(): boolean {
    return this.response.writableLength > 0;
  }

  send(event: Uint8Array | undefined): void {
    if (event === undefined) return;
    this.connection.finishWithin(TAKE_MS);
    this.response.write(event, () => {
      this.connection.finishWithin(undefined);
    });
  }

  async end(event: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => {
      this.response.once('close', resolve);
      this.response.end(event, resolve);
    });
  }
}
