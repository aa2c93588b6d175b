// SPDX-License-Identifier: MIT
// The thread that owns the file of a history: only this thread writes it, and it reads it for pages.

import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { systemCodeOf } from '../../errors.ts';
import type {
  Answer,
  FileState,
  FromHistory,
  HistoryWorkerData,
  Question,
  ToHistory,
} from './history-messages.ts';
import { HistoryWriter } from './history-writer.ts';
import {
  HistoryRefused,
  HistoryTooNew,
  openDatabase,
  type OpenedDatabase,
} from './open-database.ts';
import { buffersOf, packColumns, unpackColumns } from './packed-columns.ts';
import { Pruner } from './pruner.ts';
import { loadSqlite } from './sqlite.ts';
import { Store } from './store.ts';

/** Data that arrives within this time is one transaction. */
const BATCH_MS = 1_000;

/** The pause between two slices of pruning: writing and queries come first. */
const SLICE_PAUSE_MS = 10;

/** The time between two searches for the oldest column, which read the ends of all series. */
const OLDEST_EVERY_MS = 60_000;

const port = parentPort!;

class HistoryThread {
  readonly #opened: OpenedDatabase;
  readonly #store: Store;
  readonly #writer: HistoryWriter;
  readonly #pruner: Pruner;
  #batchTimer: NodeJS.Timeout | undefined;
  #sliceTimer: NodeJS.Timeout | undefined;
  #nowMs = 0;
  #taken = 0;
  #oldestMs: number | null = null;
  #oldestAtMs = -Infinity;

  constructor(opened: OpenedDatabase, maxBytes: number) {
    this.#opened = opened;
    this.#store = new Store(opened.database);
    this.#writer = new HistoryWriter(this.#store);
    this.#pruner = new Pruner(this.#store, maxBytes);
    this.#tellState();
  }

  take(message: ToHistory): void {
    if (message.type === 'columns') {
      const columns = unpackColumns(message.packed);
      this.#nowMs = message.nowMs;
      this.#writer.takeColumns(columns);
      this.#taken += columns.length;
    } else if (message.type === 'event') {
      this.#writer.takeEvent(message.event);
      this.#taken++;
    } else if (message.type === 'targets') {
      this.#store.watch(message.targets);
      this.#writer.takeTargets(message.targets);
    } else if (message.type === 'ask') {
      this.#answer(message.id, message.question);
      return;
    } else {
      this.#close();
      return;
    }
    this.#batchTimer ??= setTimeout(() => {
      this.#write();
    }, BATCH_MS);
  }

  #write(): void {
    clearTimeout(this.#batchTimer);
    this.#batchTimer = undefined;
    this.#writer.write();
    if (this.#writer.lastError === null) this.#maintain();
    if (this.#writer.isWaiting) {
      this.#batchTimer = setTimeout(() => {
        this.#write();
      }, BATCH_MS);
    }
    this.#tellState();
  }

  #maintain(): void {
    try {
      this.#store.merge(this.#nowMs);
      if (this.#nowMs > 0 && this.#pruner.begin(this.#nowMs)) this.#sliceSoon();
    } catch (error) {
      this.#writer.fail(error);
    }
  }

  #sliceSoon(): void {
    this.#sliceTimer ??= setTimeout(() => {
      this.#sliceTimer = undefined;
      try {
        if (this.#pruner.slice()) this.#sliceSoon();
      } catch (error) {
        // Continues after the next batch.
        this.#writer.fail(error);
      }
    }, SLICE_PAUSE_MS);
  }

  #answer(id: number, question: Question): void {
    // Data that arrived before the query is part of the answer, unless writing fails.
    if (this.#writer.isWaiting && this.#writer.lastError === null) this.#write();
    try {
      tell({ type: 'answer', id, answer: this.#answerTo(question) });
    } catch (error) {
      tell({ type: 'failed', id, reason: (error as Error).message });
    }
  }

  #answerTo(question: Question): Answer {
    switch (question.of) {
      case 'columns': {
        const { widthMs, columns } = this.#store.columns(question.query);
        return { of: 'columns', widthMs, packed: packColumns(columns) };
      }
      case 'events':
        return { of: 'events', events: this.#store.events(question.query) };
      case 'series':
        return { of: 'series', series: this.#store.seriesList() };
    }
  }

  #tellState(): void {
    if (this.#oldestMs === null || this.#nowMs - this.#oldestAtMs >= OLDEST_EVERY_MS) {
      this.#oldestMs = this.#store.oldestMs;
      this.#oldestAtMs = this.#nowMs;
    }
    const { writeFailures, recordsLost, lastError } = this.#writer;
    const state: FileState = {
      bytes: sizeOf(this.#opened.path) + sizeOf(`${this.#opened.path}-wal`),
      oldestMs: this.#oldestMs,
      writeFailures,
      recordsLost,
      lastError,
      taken: this.#taken,
    };
    tell({ type: 'state', state });
  }

  #close(): void {
    clearTimeout(this.#sliceTimer);
    this.#write();
    clearTimeout(this.#batchTimer);
    this.#opened[Symbol.dispose]();
    port.close();
  }
}

function tell(message: FromHistory): void {
  const isPacked = message.type === 'answer' && message.answer.of === 'columns';
  port.postMessage(message, isPacked ? buffersOf(message.answer.packed) : []);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

async function start({ path, maxBytes }: HistoryWorkerData): Promise<void> {
  const sqlite = await loadSqlite();
  if (typeof sqlite === 'string') {
    tell({ type: 'unavailable', reason: sqlite });
    return;
  }
  try {
    const opened = openDatabase(sqlite, path, maxBytes);
    const thread = new HistoryThread(opened, maxBytes);
    port.on('message', (message: ToHistory) => {
      thread.take(message);
    });
    tell({ type: 'open', path: opened.path });
  } catch (error) {
    tell(refusalOf(error));
  }
}

function refusalOf(error: unknown): FromHistory {
  if (error instanceof HistoryTooNew) return { type: 'unavailable', reason: error.message };
  if (error instanceof HistoryRefused) {
    return { type: 'refused', rule: error.rule, remedy: error.remedy };
  }
  const reason = error instanceof Error ? error.message : systemCodeOf(error);
  return { type: 'refused', rule: `a file that can be opened (${reason})`, remedy: undefined };
}

void start(workerData as HistoryWorkerData);
