// SPDX-License-Identifier: MIT
// Finds echo loops on any port: two services that answer everything, sending one forged datagram to
// and fro for ever. Each holds one datagram at a time, so that dropping a single one ends the loop.

import type { DatagramBatch } from '../socket/datagram-batch.ts';
import { mix } from '../random.ts';

/**
 * How often the same payload may come from the same peer before it is taken for a loop. One
 * repetition a second is forgotten, so that a program which sends the same payload at that rate or
 * slower is never cut; a faster one loses one datagram in a hundred. A loop comes round once in a
 * round-trip time, so one over 9 ms ends within a second, one over 100 ms within 12, and none whose
 * way is shorter than a second goes on for ever.
 */
const REPETITIONS = 100;
const FORGOTTEN_PER_MS = 1 / 1000;

/** Payloads followed at once; a power of two. */
const ENTRIES = 4096;

/** Bytes looked at from each end of a payload: a measuring client's numbers are among them. */
const HASHED_BYTES = 64;

/** Octets of a payload, from its start. */
export interface OctetRange {
  readonly from: number;
  /** The first that is not among them. */
  readonly to: number;
}

const NO_OCTETS: OctetRange = { from: 0, to: 0 };

export class LoopGuard {
  readonly #salt: number;
  readonly #keys = new Uint32Array(ENTRIES);
  readonly #scores = new Float64Array(ENTRIES);
  readonly #timesMs = new Float64Array(ENTRIES);

  /** @param salt  random, so that nobody can aim at another peer's entry */
  constructor(salt: number) {
    this.#salt = salt;
  }

  /**
   * True where entry `index` of the batch is a loop's and must be dropped.
   *
   * @param changing  octets that the service itself changes in each reply, and so in each round of a loop
   */
  isLoop(batch: DatagramBatch, index: number, nowMs: number, changing = NO_OCTETS): boolean {
    const key = this.#keyOf(batch, index, changing);
    const entry = key & (ENTRIES - 1);
    const elapsedMs = Math.max(0, nowMs - this.#timesMs[entry]!);
    const score = Math.max(0, this.#scores[entry]! - elapsedMs * FORGOTTEN_PER_MS);
    this.#timesMs[entry] = nowMs;
    if (this.#keys[entry] !== key) {
      this.#challenge(entry, key, score);
      return false;
    }
    if (score < REPETITIONS) {
      this.#scores[entry] = score + 1;
      return false;
    }
    this.#scores[entry] = 0;
    return true;
  }

  /**
   * Another payload meets an occupied entry: it wears the occupant down and takes over when nothing
   * is left, so that a loop outlives traffic that repeats less than it.
   */
  #challenge(entry: number, key: number, score: number): void {
    if (score >= 1) {
      this.#scores[entry] = score - 1;
      return;
    }
    this.#keys[entry] = key;
    this.#scores[entry] = 1;
  }

  #keyOf(batch: DatagramBatch, index: number, changing: OctetRange): number {
    const words = batch.sourceWords;
    const at = index * 4;
    let key = this.#salt ^ batch.sourcePorts[index]!;
    for (let word = at; word < at + 4; word++) key = mix(key ^ words[word]!);
    return mix(key ^ hashPayload(batch, index, changing)) >>> 0;
  }
}

/** FNV-1a over the length and the payload's two ends, without what changes. */
function hashPayload(batch: DatagramBatch, index: number, changing: OctetRange): number {
  const length = batch.lengths[index]!;
  const bytes = batch.bytesOf(index);
  const start = batch.offsetOf(index);
  const end = start + length;
  const headEnd = Math.min(end, start + HASHED_BYTES);
  // Too short to hold what changes, it comes back as it was.
  const { from, to } = length < changing.to ? NO_OCTETS : changing;
  let hash = 0x811c_9dc5 ^ length;
  hash = hashOctets(hash, bytes, start, start + from);
  hash = hashOctets(hash, bytes, start + to, headEnd);
  return hashOctets(hash, bytes, Math.max(headEnd, end - HASHED_BYTES), end);
}

function hashOctets(hash: number, bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x0100_0193);
  return hash;
}
