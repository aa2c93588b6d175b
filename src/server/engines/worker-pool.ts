// SPDX-License-Identifier: MIT
// Keeps a number of worker threads running: replaces one that dies, within limits, and says so.

import type { Worker, WorkerOptions } from 'node:worker_threads';
import { threadProblem } from '../../socket/linux/availability.ts';

export interface WorkerPoolOptions<Message> {
  readonly startThread: (options: WorkerOptions) => Worker;
  readonly count: number;
  /** Node flags for the workers; default: those of this process. */
  readonly execArgv?: string[];
  /** Returns the workerData of worker `index`. */
  readonly dataFor: (index: number) => object;
  /** Called with every message of a worker, except its first `'ready'`. */
  readonly onMessage: (message: Message) => void;
  /** Called for a worker that died too often and is not restarted, if others are left. */
  readonly onGivenUp: (index: number) => void;
  /** Called with the reason, instead of `onGivenUp`, if it was the last one. */
  readonly onLastGivenUp: (reason: string) => void;
  /** Called for each death, with what was done about it. */
  readonly onNotice: (notice: string) => void;
}

/** Deaths of one worker within `RESTART_WINDOW_MS` after which it stays dead. */
const MAX_RESTARTS = 5;

const RESTART_WINDOW_MS = 60_000;

/** The pause after a second death; each further death doubles it, because the failure may be transient. */
const FIRST_PAUSE_MS = 100;

export class WorkerPool<Message> {
  /** Resolves when every worker has posted `'ready'`; rejects if one dies before. */
  readonly started: Promise<void>;
  /** Resolves when every worker has ended and none will be started. */
  readonly ended: Promise<void>;
  readonly #options: WorkerPoolOptions<Message>;
  readonly #deathTimes: number[][];
  #isRetired = false;
  #alive = 0;
  #deaths = 0;
  #givenUp = 0;
  /** Workers that are running, or will be started after a pause. */
  #running = 0;
  readonly #pauses = new Set<NodeJS.Timeout>();
  readonly #workers = new Set<Worker>();
  #isKept = true;
  #settleEnded: () => void = () => undefined;

  constructor(options: WorkerPoolOptions<Message>) {
    this.#options = options;
    this.#deathTimes = Array.from({ length: options.count }, () => []);
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve;
    });
    // Counts as a running worker, so that a first worker that fails at once is not taken for the last one.
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

  /** How many times any worker died. */
  get deaths(): number {
    return this.#deaths;
  }

  /** Sets whether its threads, including future ones, keep the process running; initially they do. */
  keepRunning(isKept: boolean): void {
    this.#isKept = isKept;
    for (const handle of [...this.#workers, ...this.#pauses]) this.#keep(handle);
  }

  /** From now on, workers that end are not replaced. */
  retire(): void {
    this.#isRetired = true;
    for (const pause of this.#pauses) {
      clearTimeout(pause);
      this.#running--;
    }
    this.#pauses.clear();
    this.#settleWhereEnded();
  }

  /** Starts worker `index`; resolves when it is ready. The first start must succeed. */
  #start(index: number, isRestart = false): Promise<void> {
    this.#running++;
    return new Promise((resolve, reject) => {
      let failure: unknown;
      let isReady = false;
      const onEnd = (): void => {
        this.#running--;
        if (isReady) this.#alive--;
        if (!isReady && !isRestart) this.#isRetired = true;
        reject(failure ?? new Error('a worker exited before it was ready'));
        if (!this.#isRetired) this.#afterDeath(index, failure);
        this.#settleWhereEnded();
      };
      try {
        const worker = this.#create(index);
        this.#workers.add(worker);
        this.#keep(worker);
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
        worker.on('exit', () => {
          this.#workers.delete(worker);
          onEnd();
        });
      } catch (error) {
        // The system refuses another thread.
        failure = error;
        onEnd();
      }
    });
  }

  #keep(handle: Worker | NodeJS.Timeout): void {
    if (this.#isKept) handle.ref();
    else handle.unref();
  }

  #settleWhereEnded(): void {
    if (this.#running === 0) this.#settleEnded();
  }

  #create(index: number): Worker {
    const { startThread, dataFor, execArgv } = this.#options;
    const flags = execArgv === undefined ? {} : { execArgv };
    return startThread({ workerData: dataFor(index), ...flags });
  }

  #afterDeath(index: number, failure: unknown): void {
    this.#deaths++;
    const now = performance.now();
    const deaths = this.#deathTimes[index]!.filter((time) => now - time < RESTART_WINDOW_MS);
    deaths.push(now);
    this.#deathTimes[index] = deaths;
    const death = `worker ${index} died (${describe(failure)})`;
    if (deaths.length > MAX_RESTARTS) {
      this.#giveUp(index, `${death} for the ${deaths.length}th time in a minute`);
      return;
    }
    this.#options.onNotice(`${death} and is being restarted`);
    if (deaths.length === 1) this.#restart(index);
    else this.#restartAfter(FIRST_PAUSE_MS * 2 ** (deaths.length - 2), index);
  }

  #giveUp(index: number, death: string): void {
    this.#givenUp++;
    const left = this.#options.count - this.#givenUp;
    if (left === 0) {
      this.#options.onLastGivenUp(death);
      return;
    }
    this.#options.onGivenUp(index);
    const others = left === 1 ? 'the remaining worker answers' : `the remaining ${left} answer`;
    this.#options.onNotice(`${death} and is not restarted; ${others} its clients`);
  }

  #restart(index: number): void {
    this.#start(index, true).catch(() => undefined);
  }

  #restartAfter(pauseMs: number, index: number): void {
    this.#running++;
    const pause = setTimeout(() => {
      this.#pauses.delete(pause);
      this.#running--;
      this.#restart(index);
    }, pauseMs);
    this.#pauses.add(pause);
    this.#keep(pause);
  }
}

function describe(failure: unknown): string {
  if (failure === undefined) return 'it exited without an error';
  return failure instanceof Error ? threadProblem(failure) : typeof failure;
}
