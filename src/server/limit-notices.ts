// SPDX-License-Identifier: MIT
// Reports what the limits refuse, while they do: a client sees only loss, and only the server's operator can find out why.

import { countOf } from '../quantities.ts';
import { LIMIT_REFUSALS, WANTED_CELL, type LimitRefusal, type LimitRules } from './limits.ts';

/** The pause between two notices, whatever they report. */
const PAUSE_MS = 10_000;

/** What a thread refused, and from which source. */
export interface LimitedSource {
  readonly refusal: LimitRefusal;
  /** The address of one of the refused sources. */
  readonly source: string;
}

/**
 * Collects the refusals of all threads. Threads name one source each time that they are asked to, and count the rest.
 */
export class LimitNotices {
  readonly #rules: LimitRules;
  readonly #threads: number;
  readonly #notify: (notice: string) => void;
  readonly #sources = new Map<LimitRefusal, string>();
  #told = noCounts();
  /** When the refusals that were not reported yet began. */
  #sinceMs: number;
  #nextMs = 0;
  #waitsForSource = false;

  constructor(
    rules: LimitRules,
    threads: number,
    notify: (notice: string) => void,
    nowMs = performance.now(),
  ) {
    this.#rules = rules;
    this.#threads = threads;
    this.#notify = notify;
    this.#sinceMs = nowMs;
    for (const refusal of LIMIT_REFUSALS) this.#askForSource(refusal);
  }

  note({ refusal, source }: LimitedSource): void {
    this.#sources.set(refusal, source);
  }

  /**
   * Reports what was refused since the last notice, if anything. Call it about once a second.
   *
   * @param refused  what all threads have refused so far
   */
  look(refused: Readonly<Record<LimitRefusal, number>>, nowMs = performance.now()): void {
    const news = LIMIT_REFUSALS.filter((refusal) => refused[refusal] > this.#told[refusal]);
    if (news.length === 0) this.#sinceMs = nowMs;
    if (news.length === 0 || nowMs < this.#nextMs) return;
    // The counts are shared memory, and may be ahead of the message that names the source.
    this.#waitsForSource = !this.#waitsForSource && !news.every((one) => this.#sources.has(one));
    if (this.#waitsForSource) return;
    const when = periodOf(nowMs - this.#sinceMs);
    const parts = news.map((refusal) => {
      const datagrams = countOf(refused[refusal] - this.#told[refusal], 'datagram');
      return `${this.#limitOf(refusal)} refused ${datagrams} ${when}${this.#suchAs(refusal)}`;
    });
    this.#told = { ...refused };
    this.#sinceMs = nowMs;
    this.#nextMs = nowMs + PAUSE_MS;
    for (const refusal of news) this.#askForSource(refusal);
    this.#notify(parts.join('; '));
  }

  #limitOf(refusal: LimitRefusal): string {
    const { sourcePps, threadPps } = this.#rules;
    if (refusal === 'source-limit') {
      return `the per-source limit of ${sourcePps} per second (--limit)`;
    }
    if (refusal === 'echo-loop') return 'the echo loop guard (--limit 0 turns it off)';
    const threads = this.#threads;
    const each = threads > 1 ? ` divided among ${threads} workers` : '';
    const factor = Math.round((threadPps * threads) / sourcePps);
    return `the server-wide limit of ${factor * sourcePps} per second${each} (${factor} times --limit)`;
  }

  #suchAs(refusal: LimitRefusal): string {
    const source = this.#sources.get(refusal);
    return source === undefined ? '' : `, for example from ${source}`;
  }

  #askForSource(refusal: LimitRefusal): void {
    this.#sources.delete(refusal);
    Atomics.store(this.#rules.sourceWanted, WANTED_CELL[refusal], 1);
  }
}

function noCounts(): Readonly<Record<LimitRefusal, number>> {
  return { 'source-limit': 0, 'global-limit': 0, 'echo-loop': 0 };
}

function periodOf(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds === 1 ? 'in the last second' : `in the last ${seconds} seconds`;
}
