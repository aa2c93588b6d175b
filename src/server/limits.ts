// SPDX-License-Identifier: MIT
// The limits of one thread: the per-source limit, the thread's own limit, and the echo loop guard.

import type { DatagramBatch } from '../socket/datagram-batch.ts';
import { monotonicNs } from '../time.ts';
import { LoopGuard, type OctetRange } from './loop-guard.ts';
import { LIMITER_BYTES, SourceLimiter } from './source-limiter.ts';

/** Refusals because of how much arrived, or how often the same payload did. */
export const LIMIT_REFUSALS = ['source-limit', 'global-limit', 'echo-loop'] as const;

export type LimitRefusal = (typeof LIMIT_REFUSALS)[number];

/** The cell of each refusal in `LimitRules.sourceWanted`. */
export const WANTED_CELL = { 'source-limit': 0, 'global-limit': 1, 'echo-loop': 2 } as const;

/** Limits, as data that can be passed to any thread. */
export interface LimitRules {
  /** Maximum replies per second to one source: an IPv4 address, or an IPv6 /56. */
  readonly sourcePps: number;
  /** Maximum replies per second of this thread in total. */
  readonly threadPps: number;
  /** Random; see `SourceLimiterOptions`. */
  readonly salt: number;
  /** The table of sources, shared by all threads. */
  readonly memory: SharedArrayBuffer;
  /** Shared, see `WANTED_CELL`: 1 if the thread that refuses next should name the source. */
  readonly sourceWanted: Int32Array;
}

/** The memory that the threads of a server share. */
export function sharedMemory(): Pick<LimitRules, 'memory' | 'sourceWanted'> {
  const cells = new SharedArrayBuffer(LIMIT_REFUSALS.length * Int32Array.BYTES_PER_ELEMENT);
  return { memory: new SharedArrayBuffer(LIMITER_BYTES), sourceWanted: new Int32Array(cells) };
}

/** A bucket holds a fifth of a second's datagrams: 200 at the default rate of 1,000 per second. */
const BURST_SECONDS = 0.2;

export class Limits {
  readonly #sources: SourceLimiter;
  readonly #loops: LoopGuard;
  readonly #threadPps: number;
  #threadTokens: number;
  #nowMs = nowMs();
  readonly #sourceWanted: Int32Array;
  readonly #onRefused: (refusal: LimitRefusal, source: string) => void;

  /** @param onRefused  called with the address of a refused source, if one is wanted */
  constructor(
    { sourcePps, threadPps, salt, memory, sourceWanted }: LimitRules,
    onRefused: (refusal: LimitRefusal, source: string) => void,
  ) {
    const burst = Math.max(1, sourcePps * BURST_SECONDS);
    this.#sources = new SourceLimiter({ ratePps: sourcePps, burst, salt, memory });
    this.#loops = new LoopGuard({ salt, ratePps: threadPps, startMs: this.#nowMs });
    this.#threadPps = threadPps;
    this.#threadTokens = this.#threadBurst;
    this.#sourceWanted = sourceWanted;
    this.#onRefused = onRefused;
  }

  /** Reads the clock, once per batch. */
  startBatch(): void {
    const now = nowMs();
    const gained = ((now - this.#nowMs) / 1000) * this.#threadPps;
    this.#threadTokens = Math.min(this.#threadBurst, this.#threadTokens + gained);
    this.#nowMs = now;
  }

  /** How many of the datagrams may be answered under their source's limit. */
  takeFromSource(batch: DatagramBatch, index: number, datagrams: number): number {
    return this.#sources.take(batch.sourceWords, index * 4, datagrams, this.#nowMs);
  }

  /** How many of them may be answered under this thread's limit. */
  takeFromThread(datagrams: number): number {
    const taken = Math.min(datagrams, Math.floor(this.#threadTokens));
    this.#threadTokens -= taken;
    return taken;
  }

  /** See `LoopGuard.isLoop`. It gets only what the limits admit, so that nothing else can overload it. */
  isLoop(batch: DatagramBatch, index: number, datagram: number, changing?: OctetRange): boolean {
    return this.#loops.isLoop(batch, index, datagram, this.#nowMs, changing);
  }

  /** Names the source of the entry, if a source of this refusal is wanted. */
  noteRefused(refusal: LimitRefusal, batch: DatagramBatch, index: number): void {
    const cell = WANTED_CELL[refusal];
    // A plain load first, because a source is wanted at most every ten seconds.
    if (this.#sourceWanted[cell] !== 1) return;
    if (Atomics.exchange(this.#sourceWanted, cell, 0) !== 1) return;
    this.#onRefused(refusal, batch.peerOf(index).address);
  }

  get #threadBurst(): number {
    return Math.max(1, this.#threadPps * BURST_SECONDS);
  }
}

function nowMs(): number {
  return monotonicNs() / 1e6;
}
