// SPDX-License-Identifier: MIT
// What a measurement that still runs says right now: of its latest stretch, not of all since its start.

import type { ProbeRecord } from '../client/session/probe-record.ts';
import { isNoChance } from '../client/verdict/chance.ts';
import { gradeOf } from '../client/verdict/missed.ts';
import { OUTAGE_NS, OUTAGE_PROBES } from '../client/verdict/outage.ts';
import type { Verdict } from '../client/verdict/verdict-code.ts';
import { countOf, formatNs, formatRatio } from '../quantities.ts';

/** The stretch that is judged, and into how many parts it is cut, of which the oldest is forgotten. */
const STRETCH_NS = 10e9;
const PARTS = 10;

/** Probes that the stretch has at least. */
const STRETCH_PROBES = 20;

interface Part {
  index: number;
  answered: number;
  missed: number;
  unsent: number;
}

/** Takes records, and judges the latest stretch in constant memory. */
export class LiveVerdict {
  readonly #partNs: number;
  readonly #parts: readonly Part[] = Array.from({ length: PARTS }, () => emptyPart(-1));
  #newest = 0;
  #answered = 0;
  #missed = 0;
  #missedInARow = 0;
  /** When the first of those in a row was sent. */
  #silentSinceNs = 0;
  #latestNs = 0;
  /** Probes are given up in their order: all up to this one are settled. */
  #lastTimeout = -1;

  constructor(intervalNs: number) {
    this.#partNs = Math.max(STRETCH_NS, STRETCH_PROBES * intervalNs) / PARTS;
  }

  add(record: ProbeRecord): void {
    this.#latestNs = Math.max(this.#latestNs, record.atNs);
    switch (record.type) {
      case 'reply':
        this.#answer(record.sentNs);
        return;
      case 'late':
        // Too late to count, and yet it came.
        this.#missedInARow = 0;
        return;
      case 'timeout':
        this.#lastTimeout = record.sequence;
        this.#miss(record.sentNs, 'missed');
        return;
      case 'refused':
        // An error may take longer than the timeout: its probe is missed already then.
        if (record.sequence !== null && record.sequence > this.#lastTimeout)
          this.#miss(record.atNs, 'missed');
        return;
      case 'send-failed':
        this.#miss(record.atNs, 'unsent');
        return;
      default:
    }
  }

  /** @param nowNs  since the session's start; the latest record's time unless given */
  verdict(nowNs = this.#latestNs): Verdict {
    const settled = this.#answered + this.#missed;
    if (settled === 0) return said('NOTHING_SENT', 'Nothing is known yet.');
    if (this.#answered === 0) {
      return said('NO_REPLY', `No reply so far to ${countOf(settled, 'probe')}.`);
    }
    return this.#isDown(nowNs) ? this.#down(nowNs) : this.#graded(nowNs);
  }

  #isDown(nowNs: number): boolean {
    if (this.#missedInARow < OUTAGE_PROBES || nowNs - this.#silentSinceNs < OUTAGE_NS) return false;
    const missed = this.#missed - this.#missedInARow;
    return isNoChance(missed, this.#answered + missed, this.#missedInARow);
  }

  #down(nowNs: number): Verdict {
    const before = this.#answered + this.#missed - this.#missedInARow;
    return said(
      'DOWN_NOW',
      `UDP does not work right now. Nothing has come for ${formatNs(nowNs - this.#silentSinceNs)} (${this.#missedInARow} probes); before, ${formatRatio(this.#answered / before)} were answered.`,
    );
  }

  #graded(nowNs: number): Verdict {
    const parts = this.#parts.filter(({ index }) => index > this.#newest - PARTS);
    const unsent = sumOf(parts, 'unsent');
    const missed = sumOf(parts, 'missed') + unsent;
    const settled = sumOf(parts, 'answered') + missed;
    const stretch = `in the last ${formatNs(Math.min(nowNs, PARTS * this.#partNs))}`;
    const grade = gradeOf({ asked: settled, missed, unsent });
    if (grade === 'WORKS') return said(grade, `UDP works. Nothing lost of ${settled} ${stretch}.`);
    const silence =
      this.#missedInARow < 2
        ? ''
        : ` Nothing has come for ${formatNs(nowNs - this.#silentSinceNs)}.`;
    if (grade === 'NOT_ALL_SENT') {
      const text = `This host did not send ${unsent} of ${countOf(settled, 'probe')} ${stretch}.`;
      return said(grade, `${text}${silence}`);
    }
    const headline = grade === 'PARTLY_WORKS' ? 'UDP partly works' : 'UDP works with losses';
    const losses = `${formatRatio(missed / settled)} missed of ${settled} ${stretch}.${silence}`;
    return said(grade, `${headline}. ${losses}`);
  }

  #answer(sentNs: number): void {
    this.#answered++;
    this.#missedInARow = 0;
    const part = this.#partOf(sentNs);
    if (part !== undefined) part.answered++;
  }

  #miss(sentNs: number, kind: 'missed' | 'unsent'): void {
    this.#missed++;
    if (this.#missedInARow === 0) this.#silentSinceNs = sentNs;
    this.#missedInARow++;
    const part = this.#partOf(sentNs);
    if (part !== undefined) part[kind]++;
  }

  /** @returns `undefined` for what was sent before the stretch */
  #partOf(sentNs: number): Part | undefined {
    const index = Math.max(0, Math.floor(sentNs / this.#partNs));
    this.#newest = Math.max(this.#newest, index);
    const part = this.#parts[index % PARTS]!;
    if (part.index > index) return undefined;
    if (part.index < index) Object.assign(part, emptyPart(index));
    return part;
  }
}

function emptyPart(index: number): Part {
  return { index, answered: 0, missed: 0, unsent: 0 };
}

function sumOf(parts: readonly Part[], kind: 'answered' | 'missed' | 'unsent'): number {
  return parts.reduce((sum, part) => sum + part[kind], 0);
}

function said(code: Verdict['code'], sentence: string): Verdict {
  return { code, sentences: [sentence] };
}
