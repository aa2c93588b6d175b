// SPDX-License-Identifier: MIT
// One direction of the imitated bad network: loses, delays, duplicates, reorders and corrupts datagrams, and counts
// what it does.

import { monotonicNs } from '../time.ts';
import { Fates, type Fate } from './fates.ts';
import { HeldDatagrams } from './held-datagrams.ts';
import { IMPAIRMENTS, type Impairment, type ImpairmentPlan, type Withheld } from './impairments.ts';

/** @typeParam Copy  a datagram that outlives the call that passed it */
export class ImpairedPath<Copy> {
  readonly #cells: Float64Array;
  readonly #held = new HeldDatagrams<Copy>();
  #fates: Fates;

  /** @param cells  one cell for each of `IMPAIRMENTS` */
  constructor(plan: ImpairmentPlan, cells: Float64Array) {
    this.#cells = cells;
    this.#fates = new Fates(plan, nowMs());
  }

  /** Sets a new plan, with its seed from the beginning. Datagrams that are held back leave at their due time. */
  change(plan: ImpairmentPlan): void {
    this.#fates = new Fates(plan, nowMs());
  }

  /** Number of datagrams held back. */
  get heldDatagrams(): number {
    return this.#held.count;
  }

  /** Milliseconds until the next datagram is due; `undefined` if none is held back. */
  get dueInMs(): number | undefined {
    const dueMs = this.#held.nextDueMs;
    return dueMs === undefined ? undefined : Math.max(0, dueMs - nowMs());
  }

  /**
   * Decides the fate of one datagram. The caller sends it if it leaves now; its duplicate leaves through `release`.
   *
   * @param payload  a bit of it may be flipped in place
   * @param copyOf   creates the copy that leaves later
   * @returns why it does not leave now; `null` if it does
   */
  pass(payload: Uint8Array, copyOf: () => Copy): Withheld | null {
    const now = nowMs();
    const fate = this.#fates.next(now);
    const gone = goneBy(fate);
    if (gone !== null) {
      this.#count(gone);
      return gone;
    }
    const { isDuplicated, isReordered, delayMs, holdMs } = fate;
    if (fate.isCorrupted) this.#corrupt(payload, fate.bit);
    if (isReordered) this.#count('reordered');
    if (delayMs > 0) this.#count('delayed');
    if (isDuplicated) this.#count('duplicated');
    const hold = (): boolean => this.#hold(copyOf, payload.length, now + holdMs);
    const isCopyHeld = isDuplicated && hold();
    if (holdMs === 0) return null;
    const isHeld = hold() || isCopyHeld;
    return isHeld ? 'delayed' : 'overflowed';
  }

  /** Sends the datagrams that are due. */
  release(send: (copy: Copy) => void): void {
    if (this.#held.count === 0) return;
    for (const copy of this.#held.takeDue(nowMs())) send(copy);
  }

  /** Discards what is held back, at the end. It counts like datagrams that found no room. */
  discard(): void {
    for (const _copy of this.#held.takeAll()) this.#count('overflowed');
  }

  /** @returns false if there is no room for it */
  #hold(copyOf: () => Copy, bytes: number, dueMs: number): boolean {
    if (!this.#held.hasRoomFor(bytes)) {
      this.#count('overflowed');
      return false;
    }
    this.#held.hold(copyOf(), bytes, dueMs);
    return true;
  }

  #corrupt(payload: Uint8Array, where: number): void {
    const bits = payload.length * 8;
    if (bits === 0) return;
    const bit = Math.floor(where * bits);
    const at = bit >>> 3;
    payload[at] = payload[at]! ^ (1 << (bit & 7));
    this.#count('corrupted');
  }

  #count(impairment: Impairment): void {
    const cell = IMPAIRMENTS.indexOf(impairment);
    this.#cells[cell] = this.#cells[cell]! + 1;
  }
}

/** Why a datagram will never leave. */
function goneBy({ isLost, isBlackedOut }: Fate): (Impairment & Withheld) | null {
  if (isBlackedOut) return 'blackout';
  return isLost ? 'lost' : null;
}

function nowMs(): number {
  return monotonicNs() / 1e6;
}
