// SPDX-License-Identifier: MIT
// The bad network in a box: loses, delays, duplicates, reorders and corrupts replies, the same ones
// each time for the same seed.

import type { IMPAIRMENT_OPTIONS } from '../options/impairment.ts';
import type { OptionValues } from '../options/option.ts';
import { Random } from '../random.ts';
import { ANSWER, FIRST_WITHHELD, type DatagramBatch } from '../socket/datagram-batch.ts';
import type { DatagramSocket } from '../socket/datagram-socket.ts';
import { monotonicNs } from '../time.ts';

/** What can be done to a reply, each with its counter. */
export const IMPAIRMENTS = [
  'lost',
  'delayed',
  'duplicated',
  'reordered',
  'corrupted',
  'overflowed',
] as const;

export type Impairment = (typeof IMPAIRMENTS)[number];

/** How much longer a reordered reply is held: others that came within that time overtake it. */
const REORDER_HOLD_MS = 20;

/** What each impairment does, for people and for the documentation. */
export const IMPAIRMENT_MEANING: Readonly<Record<Impairment, string>> = {
  lost: 'not sent',
  delayed: 'sent later',
  duplicated: 'sent twice',
  reordered: `held back ${REORDER_HOLD_MS} ms more than the others`,
  corrupted: 'sent with one bit flipped',
  overflowed: 'not sent, because too many were being held back or the server closed first',
};

/** The network to imitate. Ratios are 0 to 1; each datagram's fate is drawn by itself. */
export type ImpairmentPlan = OptionValues<typeof IMPAIRMENT_OPTIONS>;

/** What became of a reply that does not leave now. */
const WITHHELD = ['lost', 'delayed', 'overflowed'] as const satisfies readonly Impairment[];

export type Withheld = (typeof WITHHELD)[number];

/** The verdict on a reply that does not leave now. */
function verdictOf(withheld: Withheld): number {
  return FIRST_WITHHELD + WITHHELD.indexOf(withheld);
}

/** Why a reply with this verdict does not leave now; `null` where that has no reason here. */
export function withheldBy(verdict: number): Withheld | null {
  return WITHHELD[verdict - FIRST_WITHHELD] ?? null;
}

/**
 * Replies, and payload bytes of them, that may be held back at once. Each also costs some 7 KiB of
 * memory for itself, 115 MB for all.
 */
const HELD_LIMIT = 16_384;
const HELD_LIMIT_BYTES = 64 * 1024 * 1024;

interface Held {
  readonly dueMs: number;
  readonly bytes: number;
  readonly reply: DatagramBatch;
}

export class ImpairedNetwork {
  readonly #plan: Required<ImpairmentPlan>;
  readonly #random: Random;
  readonly #cells: Float64Array;
  /** By due time, the earliest first; of equals the first come first. */
  readonly #held: Held[] = [];
  #heldBytes = 0;

  /** @param cells  one cell for each of `IMPAIRMENTS` */
  constructor(plan: ImpairmentPlan, cells: Float64Array) {
    // Field by field: one that is there and undefined takes its default too.
    this.#plan = {
      lossRatio: plan.lossRatio ?? 0,
      duplicateRatio: plan.duplicateRatio ?? 0,
      reorderRatio: plan.reorderRatio ?? 0,
      corruptRatio: plan.corruptRatio ?? 0,
      delayMs: plan.delayMs ?? 0,
      jitterMs: plan.jitterMs ?? 0,
      seed: plan.seed ?? 1,
    };
    this.#random = new Random(this.#plan.seed);
    this.#cells = cells;
  }

  /** Decides the fate of each reply of the batch; what does not leave now gets a verdict that says why. */
  apply(batch: DatagramBatch): void {
    const nowMs = monotonicNs() / 1e6;
    for (let index = 0; index < batch.count; index++) {
      if (batch.verdicts[index] === ANSWER) this.#applyTo(batch, index, nowMs);
    }
  }

  /** Sends what is due. */
  release(socket: Pick<DatagramSocket, 'send'>): void {
    if (this.#held.length === 0) return;
    const nowMs = monotonicNs() / 1e6;
    let due = 0;
    while (due < this.#held.length && this.#held[due]!.dueMs <= nowMs) due++;
    for (const { reply, bytes } of this.#held.splice(0, due)) {
      this.#heldBytes -= bytes;
      socket.send(reply);
    }
  }

  /** Gives up what is held back, as the server closes; counted like what found no room. */
  discard(): void {
    for (const _held of this.#held.splice(0)) this.#count('overflowed');
    this.#heldBytes = 0;
  }

  /** Milliseconds until the next reply is due; `undefined` where none is held back. */
  get dueInMs(): number | undefined {
    const first = this.#held[0];
    return first === undefined ? undefined : Math.max(0, first.dueMs - monotonicNs() / 1e6);
  }

  #applyTo(batch: DatagramBatch, index: number, nowMs: number): void {
    const plan = this.#plan;
    // Every datagram takes the same number of draws, so that one fate doesn't shift the next.
    const isLost = this.#draw(plan.lossRatio);
    const isDuplicated = this.#draw(plan.duplicateRatio);
    const isReordered = this.#draw(plan.reorderRatio);
    const isCorrupted = this.#draw(plan.corruptRatio);
    const bit = this.#random.next();
    const jitterMs = (this.#random.next() * 2 - 1) * plan.jitterMs;
    if (isLost) {
      this.#count('lost');
      batch.verdicts[index] = verdictOf('lost');
      return;
    }
    if (isCorrupted) this.#corrupt(batch, index, bit);
    const delayMs = Math.max(0, plan.delayMs + jitterMs);
    const holdMs = delayMs + (isReordered ? REORDER_HOLD_MS : 0);
    if (isReordered) this.#count('reordered');
    if (delayMs > 0) this.#count('delayed');
    if (isDuplicated) this.#count('duplicated');
    const isCopyHeld = isDuplicated && this.#hold(batch, index, nowMs + holdMs);
    if (holdMs === 0) return;
    const isHeld = this.#hold(batch, index, nowMs + holdMs) || isCopyHeld;
    batch.verdicts[index] = verdictOf(isHeld ? 'delayed' : 'overflowed');
  }

  /** Sends a copy of the reply later. @returns false where there is no room for it */
  #hold(batch: DatagramBatch, index: number, dueMs: number): boolean {
    const bytes = batch.lengths[index]!;
    if (this.#held.length >= HELD_LIMIT || this.#heldBytes + bytes > HELD_LIMIT_BYTES) {
      this.#count('overflowed');
      return false;
    }
    this.#heldBytes += bytes;
    this.#held.splice(this.#placeFor(dueMs), 0, { dueMs, bytes, reply: batch.copyOf(index) });
    return true;
  }

  /** Where a reply due then belongs: after all that are due no later. */
  #placeFor(dueMs: number): number {
    let low = 0;
    let high = this.#held.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#held[middle]!.dueMs <= dueMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #corrupt(batch: DatagramBatch, index: number, where: number): void {
    const bits = batch.lengths[index]! * 8;
    if (bits === 0) return;
    const bit = Math.floor(where * bits);
    const at = batch.offsetOf(index) + (bit >>> 3);
    const bytes = batch.bytesOf(index);
    bytes[at] = bytes[at]! ^ (1 << (bit & 7));
    this.#count('corrupted');
  }

  #draw(ratio: number): boolean {
    return this.#random.next() < ratio;
  }

  #count(impairment: Impairment): void {
    const cell = IMPAIRMENTS.indexOf(impairment);
    this.#cells[cell] = this.#cells[cell]! + 1;
  }
}
