// SPDX-License-Identifier: MIT
// Basic authentication (RFC 7617) against bcrypt hashes. A check costs a tenth of a second of a processor, so it is made
// in a thread of its own, one at a time, and its outcome is remembered.

import { createHmac, randomBytes } from 'node:crypto';
import type { Worker } from 'node:worker_threads';
import { startThread } from '../package-files.ts';

export type PasswordVerdict = 'right' | 'wrong' | 'busy';

/** What is asked of the thread. */
export interface Comparison {
  readonly password: string;
  readonly hash: string;
}

/** Wrong passwords that are remembered; the oldest goes first. Of right ones there is one for each user. */
const MOST_WRONG = 100;

/** Checks that may wait: whoever guesses can't fill the memory, and is slowed down to some ten guesses a second. */
const MOST_WAITING = 16;

/** Version and cost of a hash, such as `$2b$10$`. */
const PREFIX_LENGTH = 7;

export class PasswordCheck implements AsyncDisposable {
  readonly #hashes: ReadonlyMap<string, string>;
  /** Makes digests of passwords that are worth nothing elsewhere. */
  readonly #secret = randomBytes(32);
  readonly #right = new Set<string>();
  readonly #wrong = new Set<string>();
  #worker: Worker | undefined;
  readonly #waiting = new Map<string, Promise<boolean>>();
  #last: Promise<unknown> = Promise.resolve();

  /** For users that don't exist, as costly as the others, so that the time of an answer doesn't tell who does. */
  readonly #nobody: string;

  /** @param hashes  bcrypt hashes of users' passwords, at least one */
  constructor(hashes: ReadonlyMap<string, string>) {
    this.#hashes = hashes;
    const [first = ''] = hashes.values();
    this.#nobody = first.slice(0, PREFIX_LENGTH).padEnd(first.length, '.');
  }

  /** @param header  of the request, if it has one */
  async check(header: string | undefined): Promise<PasswordVerdict> {
    const given = readBasic(header);
    if (given === undefined) return 'wrong';
    const key = this.#keyOf(given.user, given.password);
    if (this.#right.has(key)) return 'right';
    if (this.#wrong.has(key)) return 'wrong';
    if (!this.#waiting.has(key) && this.#waiting.size >= MOST_WAITING) return 'busy';
    const isRight = await this.#compareOnce(key, given.user, given.password);
    return isRight ? 'right' : 'wrong';
  }

  /** Finishes what it was asked. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#worker?.terminate();
  }

  #keyOf(user: string, password: string): string {
    const text = JSON.stringify([user, password]);
    return createHmac('sha256', this.#secret).update(text).digest('base64');
  }

  /** Whoever asks the same meanwhile gets the same answer. */
  #compareOnce(key: string, user: string, password: string): Promise<boolean> {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return waiting;
    const turn = this.#last.then(() => this.#compare(user, password));
    const outcome = turn
      .then((isRight) => {
        this.#remember(key, isRight);
        return isRight;
      })
      .finally(() => this.#waiting.delete(key));
    this.#last = outcome.catch(() => undefined);
    this.#waiting.set(key, outcome);
    return outcome;
  }

  #remember(key: string, isRight: boolean): void {
    (isRight ? this.#right : this.#wrong).add(key);
    const [oldest] = this.#wrong;
    if (this.#wrong.size > MOST_WRONG) this.#wrong.delete(oldest!);
  }

  async #compare(user: string, password: string): Promise<boolean> {
    const hash = this.#hashes.get(user);
    const isEqual = await this.#ask({ password, hash: hash ?? this.#nobody });
    return isEqual && hash !== undefined;
  }

  async #ask(comparison: Comparison): Promise<boolean> {
    const worker = (this.#worker ??= this.#start());
    return await new Promise<boolean>((resolve, reject) => {
      worker.once('message', resolve).once('error', reject).once('exit', reject);
      worker.postMessage(comparison);
    }).finally(() => {
      worker.removeAllListeners('message').removeAllListeners('error').removeAllListeners('exit');
    });
  }

  /** What keeps the program running is something else. */
  #start(): Worker {
    const worker = startThread('bcrypt-worker');
    worker.unref();
    return worker;
  }
}

function readBasic(header = ''): { user: string; password: string } | undefined {
  const [, encoded] = /^basic +([\w+/=-]+) *$/i.exec(header) ?? [];
  if (encoded === undefined) return undefined;
  const [, user, password] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  return user === undefined || password === undefined ? undefined : { user, password };
}
