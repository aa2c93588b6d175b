// SPDX-License-Identifier: MIT
// A history in a file, as the main thread sees it: a separate thread writes and reads the file, so that a slow disk
// delays nothing here.

import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { createError } from '../../errors.ts';
import { callListeners } from '../../listeners.ts';
import { startThread } from '../../package-files.ts';
import { workerFlags } from '../../socket/linux/availability.ts';
import type { WatchColumn } from '../column.ts';
import type { WatchTarget } from '../target.ts';
import type { WatchEvent } from '../watch-event.ts';
import type {
  Answer,
  FileState,
  FromHistory,
  HistoryWorkerData,
  Question,
  ToHistory,
} from './history-messages.ts';
import type {
  ColumnAnswer,
  ColumnQuery,
  EventQuery,
  History,
  HistorySeries,
  HistoryStatus,
} from './history.ts';
import { buffersOf, packColumns, unpackColumns } from './packed-columns.ts';
import { seriesNameOf } from './series-table.ts';

/** Maximum columns and events in transit to a thread that is stuck: about 30 MB. */
const MOST_ON_WAY = 100_000;

export interface SqliteHistoryOptions {
  readonly path: string;
  readonly maxBytes: number;
  readonly now: () => number;
}

interface Asker {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export class SqliteHistory implements History {
  readonly #worker: Worker;
  readonly #path: string;
  readonly #now: () => number;
  readonly #ended: Promise<unknown>;
  readonly #askers = new Map<number, Asker>();
  readonly #listeners: ((error: string | null) => void)[] = [];
  #state: FileState = {
    bytes: 0,
    oldestMs: null,
    writeFailures: 0,
    recordsLost: 0,
    lastError: null,
    taken: 0,
  };
  /** Columns and events that were sent to the thread, and those that were not. */
  #sent = 0;
  #lost = 0;
  #questions = 0;
  #isClosing = false;
  /** Why the thread has ended. */
  #death: string | undefined;

  /**
   * @returns the history, or a text that says why there can be no file: no SQLite, or a file of a later version
   * @throws OptionError if the file can't be used
   */
  static async open(options: SqliteHistoryOptions): Promise<SqliteHistory | string> {
    const data: HistoryWorkerData = { path: options.path, maxBytes: options.maxBytes };
    const worker = startThread('history-worker', { workerData: data, ...workerFlags() });
    const first = await firstMessage(worker);
    if (first.type === 'open') return new SqliteHistory(worker, first.path, options.now);
    await worker.terminate();
    if (first.type === 'unavailable') return first.reason;
    const { rule, remedy } = first;
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: 'history.path',
      rule,
      value: options.path,
      ...(remedy === undefined ? {} : { remedy }),
    });
  }

  private constructor(worker: Worker, path: string, now: () => number) {
    this.#worker = worker;
    this.#path = path;
    this.#now = now;
    this.#ended = once(worker, 'exit').catch(() => undefined);
    worker.on('message', (message: FromHistory) => {
      this.#take(message);
    });
    worker.on('error', (error) => {
      this.#die(error.message);
    });
    worker.on('exit', () => {
      this.#die('its thread has ended');
    });
  }

  get status(): HistoryStatus {
    const { bytes, oldestMs, writeFailures, recordsLost, lastError } = this.#state;
    return {
      kind: 'sqlite',
      reason: null,
      path: this.#path,
      bytes,
      oldestMs,
      writeFailures,
      recordsLost: recordsLost + this.#lost,
      lastError,
    };
  }

  write(columns: readonly WatchColumn[]): void {
    const final = columns.filter(({ isFinal }) => isFinal);
    if (final.length === 0 || !this.#mayCarry(final.length)) return;
    const packed = packColumns(final);
    this.#post({ type: 'columns', nowMs: this.#now(), packed }, buffersOf(packed));
  }

  writeEvent(event: WatchEvent): void {
    if (this.#mayCarry(1)) this.#post({ type: 'event', event });
  }

  #mayCarry(records: number): boolean {
    if (this.#death !== undefined || this.#sent - this.#state.taken > MOST_ON_WAY) {
      this.#lost += records;
      return false;
    }
    this.#sent += records;
    return true;
  }

  setTargets(targets: readonly WatchTarget[]): void {
    this.#post({ type: 'targets', targets: targets.map(seriesNameOf) });
  }

  async columns(query: ColumnQuery): Promise<ColumnAnswer> {
    const { widthMs, packed } = await this.#ask({ of: 'columns', query });
    return { widthMs, columns: unpackColumns(packed) };
  }

  async events(query: EventQuery): Promise<readonly WatchEvent[]> {
    return (await this.#ask({ of: 'events', query })).events;
  }

  async series(): Promise<readonly HistorySeries[]> {
    return (await this.#ask({ of: 'series' })).series;
  }

  onTrouble(listener: (error: string | null) => void): void {
    this.#listeners.push(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosing) this.#post({ type: 'close' });
    this.#isClosing = true;
    await this.#ended;
  }

  #post(message: ToHistory, transfer: readonly ArrayBuffer[] = []): void {
    if (!this.#isClosing) this.#worker.postMessage(message, [...transfer]);
  }

  async #ask<Of extends Question['of']>(
    question: Extract<Question, { of: Of }>,
  ): Promise<Extract<Answer, { of: Of }>> {
    if (this.#death !== undefined || this.#isClosing) throw historyGone(this.#death);
    const id = this.#questions++;
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.#askers.set(id, { resolve, reject });
      this.#post({ type: 'ask', id, question });
    });
    return answer as Extract<Answer, { of: Of }>;
  }

  #take(message: FromHistory): void {
    switch (message.type) {
      case 'state':
        this.#setState(message.state);
        break;
      case 'answer':
        this.#askerOf(message.id).resolve(message.answer);
        break;
      case 'failed':
        this.#askerOf(message.id).reject(new Error(`the history can't answer: ${message.reason}`));
        break;
    }
  }

  #askerOf(id: number): Asker {
    const asker = this.#askers.get(id)!;
    this.#askers.delete(id);
    return asker;
  }

  #setState(state: FileState): void {
    const before = this.#state.lastError;
    this.#state = state;
    if ((before === null) === (state.lastError === null)) return;
    for (const listener of this.#listeners) {
      callListeners(() => {
        listener(state.lastError);
      });
    }
  }

  #die(reason: string): void {
    if (this.#death !== undefined) return;
    this.#death = reason;
    for (const { reject } of this.#askers.values()) reject(historyGone(reason));
    this.#askers.clear();
    if (!this.#isClosing) this.#setState({ ...this.#state, lastError: reason });
  }
}

function historyGone(reason = 'it is closed'): Error {
  return new Error(`the history can't answer: ${reason}`);
}

type First = Extract<FromHistory, { type: 'open' | 'refused' | 'unavailable' }>;

/** The thread may report its state before this message. */
async function firstMessage(worker: Worker): Promise<First> {
  for (;;) {
    // Rejects with the thread's error if it dies before.
    const [message] = (await once(worker, 'message')) as [FromHistory];
    if (message.type === 'open' || message.type === 'refused' || message.type === 'unavailable') {
      return message;
    }
  }
}
