// SPDX-License-Identifier: MIT
// Reports the columns of all targets, a few per turn, so that no probe waits for it. Final columns are reported about once
// a second, the others on request.

import { isIPv4 } from 'node:net';
import type { ColumnSpan } from './column-clock.ts';
import { ColumnPacker, type PackedColumns } from './column-packer.ts';
import type { FromProber } from './fleet-messages.ts';
import type { FleetTarget } from './fleet-target.ts';

/** Takes some 50 µs. */
const TARGETS_PER_TURN = 16;

type Target = FleetTarget<unknown>;
type Post = (message: FromProber, transferred?: readonly ArrayBuffer[]) => void;

/** A request, and the answer so far. */
interface Question {
  readonly id: number;
  readonly packer: ColumnPacker;
  nextRow: number;
}

export class ColumnReporter {
  readonly #targets: readonly (Target | undefined)[];
  readonly #post: Post;
  readonly #packer = new ColumnPacker();
  /** The next row of the current round; Infinity if there is no round. */
  #nextRow = Infinity;
  #questions: Question[] = [];
  #leavers: { readonly row: number; readonly target: Target }[] = [];

  /** @param targets  by row */
  constructor(targets: readonly (Target | undefined)[], post: Post) {
    this.#targets = targets;
    this.#post = post;
  }

  /** True if work is left for the next turns. */
  get isBusy(): boolean {
    return this.#nextRow < Infinity || this.#questions.length > 0;
  }

  /** Begins a round unless one is under way. */
  begin(): void {
    if (this.#nextRow === Infinity) this.#nextRow = 0;
  }

  ask(id: number): void {
    this.#questions.push({ id, packer: new ColumnPacker(), nextRow: 0 });
  }

  /** Reports the remaining columns of a removed target with the next round. */
  leave(row: number, target: Target): void {
    this.#leavers.push({ row, target });
  }

  goOn(nowNs: number): void {
    if (this.#nextRow < Infinity) this.#goOnWithRound(nowNs);
    const [question] = this.#questions;
    if (question !== undefined) this.#goOnWithAnswer(question);
  }

  /** Reports all columns; nothing is counted afterwards. */
  reportAll(nowNs: number): void {
    for (const question of this.#questions.splice(0)) {
      this.#answer(question);
    }
    this.#targets.forEach((target, row) => {
      if (target === undefined) return;
      target.place?.session.sweep(nowNs);
      target.tally.current();
      this.#reportAllOf(row, target);
    });
    this.#endRound();
  }

  #goOnWithRound(nowNs: number): void {
    const end = Math.min(this.#targets.length, this.#nextRow + TARGETS_PER_TURN);
    for (let row = this.#nextRow; row < end; row++) {
      const target = this.#targets[row];
      if (target !== undefined) this.#report(row, target, nowNs);
    }
    this.#nextRow = end;
    if (end < this.#targets.length) return;
    this.#nextRow = Infinity;
    this.#endRound();
  }

  #endRound(): void {
    const leavers = this.#leavers.splice(0);
    for (const { row, target } of leavers) this.#reportAllOf(row, target);
    if (!this.#packer.isEmpty) {
      const columns = this.#packer.take();
      this.#post({ type: 'columns', columns }, buffersOf(columns));
    }
    if (leavers.length > 0) this.#post({ type: 'freed', rows: leavers.map(({ row }) => row) });
  }

  /** Reports the columns in which the outcome of each probe is known. */
  #report(row: number, target: Target, nowNs: number): void {
    const { tally, place } = target;
    place?.session.sweep(nowNs);
    const openNs = place?.session.oldestOpenNs ?? Infinity;
    // There is a column for each stretch in which the target was watched, even without a probe.
    const current = tally.current();
    for (let oldest = tally.columns[0]!; oldest !== current; oldest = tally.columns[0]!) {
      if (openNs < oldest.span.endNs) return;
      this.#packer.add(row, oldest, droppedOf(target, oldest.span), true);
      tally.dropOldest();
    }
  }

  #reportAllOf(row: number, target: Target): void {
    const { tally } = target;
    while (tally.columns.length > 0) {
      const oldest = tally.columns[0]!;
      this.#packer.add(row, oldest, droppedOf(target, oldest.span), true);
      tally.dropOldest();
    }
  }

  #goOnWithAnswer(question: Question): void {
    const end = Math.min(this.#targets.length, question.nextRow + TARGETS_PER_TURN);
    for (let row = question.nextRow; row < end; row++) {
      const target = this.#targets[row];
      if (target === undefined) continue;
      target.tally.current();
      for (const column of target.tally.columns) {
        question.packer.add(row, column, droppedOf(target, column.span), false);
      }
    }
    question.nextRow = end;
    if (end < this.#targets.length) return;
    this.#questions.shift();
    this.#answer(question);
  }

  #answer({ id, packer }: Question): void {
    const columns = packer.take();
    this.#post({ type: 'answer', id, columns }, buffersOf(columns));
  }
}

/** Drops of the sockets that the target uses; 0 without an address. */
function droppedOf({ plan: { address } }: Target, span: ColumnSpan): number {
  if (address === undefined) return 0;
  return span.droppedOf(isIPv4(address.address) ? 4 : 6);
}

function buffersOf({ numbers, rttRows }: PackedColumns): readonly ArrayBuffer[] {
  return [numbers.buffer, rttRows.buffer];
}
