// SPDX-License-Identifier: MIT
// Keeps a number of worker threads running: replaces one that dies, within limits, and says so.

import { Worker } from 'node:worker_threads';

export interface WorkerPoolOptions<Message> {
  readonly url: URL;
  readonly count: number;
  /** Flags of Node for the workers; those of this process where there are none here. */
  readonly execArgv?: string[];
  /** What worker `index` is given as its workerData. */
  readonly dataFor: (index: number) => object;
  /** Called with what a worker posts, its first `'ready'` apart. */
  readonly onMessage: (message: Message) => void;
  /** Told of each death and what was done about it. */
  readonly onNotice: (notice: string) => void;
}

/** Deaths of one worker within `RESTART_WINDOW_MS` after which it stays dead. */
const MAX_RESTARTS = 5;

const RESTART_WINDOW_MS = 60_000;

export class WorkerPool<Message> {
  /** Resolves when every worker has posted `'ready'`; rejects where one dies before. */
  readonly started: Promise<void>;
  /** Resolves when every worker has ended and none will be started. */
  readonly ended: Promise<void>;
  readonly #options: WorkerPoolOptions<Message>;
  readonly #deathTimes: number[][];
  #isRetired = false;
  #alive = 0;
  #running = 0;
  #settleEnded: () => void = () => undefined;

  constructor(options: WorkerPoolOptions<Message>) {
    this.#options = options;
    this.#deathTimes = Array.from({ length: options.count }, () => []);
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve;
    });
    // Counted as one that runs, so that a first worker which fails at once is not the last to end.
    this.#running++;
    const starts = Array.from({ length: options.count }, (_, index) => this.#start(index));
    this.#running--;
    this.#settleWhereEnded();
    this.started = Promise.all(starts).then(() => undefined);
  }

  /** Workers that have posted `'ready'` and not ended. */
  get alive(): number {
    return this.#alive;
  }

  /** From now on a worker that ends is not replaced. */
  retire(): void {
    this.#isRetired = true;
  }

  /** Starts worker `index`; resolves when it is ready. The first time it must become so. */
  #start(index: number, isRestart = false): Promise<void> {
    this.#running++;
    return new Promise((resolve, reject) => {
      let failure: unknown;
      let isReady = false;
      const onEnd = (): void => {
        this.#running--;
        if (isReady) this.#alive--;
        if (!isReady && !isRestart) this.#isRetired = true;
        reject(failure ?? new Error('a worker ended before it was ready'));
        if (!this.#isRetired) this.#afterDeath(index, failure);
        this.#settleWhereEnded();
      };
      try {
        const worker = this.#create(index);
        worker.on('message', (message: Message | 'ready') => {
          if (message !== 'ready') {
            this.#options.onMessage(message);
            return;
          }
          isReady = true;
          this.#alive++;
          resolve();
        });
        worker.on('error', (error) => {
          failure = error;
        });
        worker.on('exit', onEnd);
      } catch (error) {
        // The system refuses one more thread.
        failure = error;
        onEnd();
      }
    });
  }

  #settleWhereEnded(): void {
    if (this.#running === 0) this.#settleEnded();
  }

  #create(index: number): Worker {
    const { url, dataFor, execArgv } = this.#options;
    const flags = execArgv === undefined ? {} : { execArgv };
    return new Worker(url, { workerData: dataFor(index), ...flags });
  }

  #afterDeath(index: number, failure: unknown): void {
    const now = performance.now();
    const deaths = this.#deathTimes[index]!.filter((time) => now - time < RESTART_WINDOW_MS);
    deaths.push(now);
    this.#deathTimes[index] = deaths;
    const death = `worker ${index} died (${describe(failure)})`;
    if (deaths.length > MAX_RESTARTS) {
      this.#options.onNotice(
        `${death} for the ${deaths.length}th time in a minute and is not started again; its share of the clients gets no answer`,
      );
      return;
    }
    this.#options.onNotice(`${death} and was started again`);
    this.#start(index, true).catch(() => undefined);
  }
}

function describe(failure: unknown): string {
  if (failure === undefined) return 'it ended without an error';
  return failure instanceof Error ? `${failure.name}: ${failure.message}` : typeof failure;
}
