// SPDX-License-Identifier: MIT
// The current state of all targets, the worst first.

import type { EngineName } from '../../socket/datagram-socket.ts';
import type { WatchColumn } from '../column.ts';
import type { FleetMember } from '../target.ts';
import type { BoardView, TargetStatus } from '../watch-view.ts';
import { rankOf, type BoardCode } from './states.ts';
import { Watched, type Moment, type TargetFacts, type TargetTotals } from './watched.ts';

export interface BoardSources {
  readonly engine: EngineName;
  /** `undefined` for a target that is not probed yet. */
  readonly factsOf: (key: string) => TargetFacts;
  readonly now: () => Moment;
}

export class Board implements BoardView {
  readonly #sources: BoardSources;
  readonly #targets = new Map<string, Watched>();

  constructor(sources: BoardSources) {
    this.#sources = sources;
  }

  /** Sets the targets. Those that stay keep what is known about them. */
  set(members: readonly FleetMember[]): void {
    const keys = new Set(members.map(({ target }) => target.key));
    for (const key of [...this.#targets.keys()]) if (!keys.has(key)) this.#targets.delete(key);
    for (const member of members) {
      const known = this.#targets.get(member.target.key);
      if (known !== undefined) known.member = member;
      else this.#targets.set(member.target.key, new Watched(member, this.#sources.now()));
    }
  }

  /** Adds final columns; those of targets that have left are ignored. */
  add(columns: readonly WatchColumn[]): void {
    const moment = this.#sources.now();
    for (const column of columns) this.#targets.get(column.key)?.add(column, moment);
  }

  /** Replaces the columns that are not final. */
  setOpen(columns: readonly WatchColumn[]): void {
    const moment = this.#sources.now();
    for (const [key, ofTarget] of groupByKey(columns)) {
      this.#targets.get(key)?.setOpen(ofTarget, moment);
    }
  }

  /** Marks everything known as out of date, because this host was suspended. */
  forgetNews(): void {
    for (const target of this.#targets.values()) target.forgetNews();
  }

  /** The worst first; among equals by loss ratio, and then by key. */
  get statuses(): readonly TargetStatus[] {
    const moment = this.#sources.now();
    return [...this.#targets.values()].map((target) => this.#status(target, moment)).sort(byNeed);
  }

  statusOf(key: string): TargetStatus | undefined {
    const target = this.#targets.get(key);
    return target === undefined ? undefined : this.#status(target, this.#sources.now());
  }

  /** Totals of a target since it was added. */
  totalsOf(key: string): TargetTotals | undefined {
    return this.#targets.get(key)?.totals;
  }

  #status(target: Watched, moment: Moment): TargetStatus {
    const { engine, factsOf } = this.#sources;
    return target.status(moment, factsOf(target.member.target.key), engine);
  }
}

function groupByKey(columns: readonly WatchColumn[]): Map<string, WatchColumn[]> {
  const groups = new Map<string, WatchColumn[]>();
  for (const column of columns) {
    const group = groups.get(column.key);
    if (group === undefined) groups.set(column.key, [column]);
    else group.push(column);
  }
  for (const group of groups.values()) group.sort((a, b) => a.startMs - b.startMs);
  return groups;
}

function byNeed(one: TargetStatus, other: TargetStatus): number {
  const rank = ({ state }: TargetStatus): number => rankOf(state.code as BoardCode);
  const loss = ({ window }: TargetStatus): number => window.lossRatio ?? 0;
  const byLoss = loss(other) - loss(one);
  const byKey = one.target.key < other.target.key ? -1 : 1;
  return rank(one) - rank(other) || byLoss || byKey;
}
