// SPDX-License-Identifier: MIT
// The current verdict on a running measurement: on its latest stretch, not on everything since its start.

import type {
  InTimeRecord,
  LateRecord,
  SendFailedRecord,
  TimeoutRecord,
} from '../client/session/probe-record.ts';
import type {
  AsideRecord,
  RecordCounts,
  RecordFollower,
} from '../client/session/record-reducer.ts';
import { isNoChance } from '../client/verdict/chance.ts';
import { gradeOf } from '../client/verdict/missed.ts';
import { OUTAGE_NS, OUTAGE_PROBES } from '../client/verdict/outage.ts';
import type { Verdict } from '../client/session/session-result.ts';
import { countOf, formatCount, formatNs, formatRatio } from '../quantities.ts';
import { unansweredSoFar } from './so-far.ts';

/** The length of the judged stretch, and the number of its parts, of which the oldest is dropped. */
const STRETCH_NS = 10e9;
export const STRETCH_PARTS = 10;

/** Minimum probes in the stretch. */
const STRETCH_PROBES = 20;

/** The length of a part of the stretch. */
export function stretchPartNs(intervalNs: number): number {
  return Math.max(STRETCH_NS, STRETCH_PROBES * intervalNs) / STRETCH_PARTS;
}

interface Part {
  index: number;
  answered: number;
  /** Lost or late. */
  unanswered: number;
  unsent: number;
}

/** Consecutive probes with the same outcome. */
interface Row {
  probes: number;
  /** Those of them that are evidence: a source port that never got a reply may itself be at fault. */
  telling: number;
  /** When the first of them was sent, or should have been. */
  sinceNs: number;
}

/** Follows records, and judges the latest stretch in constant memory. */
export class LiveVerdict implements RecordFollower {
  readonly #partNs: number;
  readonly #parts: readonly Part[] = Array.from({ length: STRETCH_PARTS }, () => emptyPart(-1));
  /** Source ports that have had a reply in time. */
  readonly #heard = new Set<number>();
  #newest = 0;
  /** Probes without a reply in time, all sent after the latest answered one. */
  readonly #unanswered = emptyRow();
  readonly #unsent = emptyRow();
  #latestAnsweredNs = -Infinity;
  #latestUnsentNs = -Infinity;
  /** When the latest datagram of any kind arrived from the other end. */
  #latestCameNs = -Infinity;

  constructor(intervalNs: number) {
    this.#partNs = stretchPartNs(intervalNs);
  }

  received({ sentNs, atNs, stream }: InTimeRecord): void {
    this.#heard.add(stream);
    this.#sent(sentNs);
    this.#came(atNs);
    this.#latestAnsweredNs = Math.max(this.#latestAnsweredNs, sentNs);
    const part = this.#partOf(sentNs);
    if (part !== undefined) part.answered++;
  }

  lost({ sentNs, stream }: TimeoutRecord): void {
    this.#sent(sentNs);
    this.#miss(sentNs, 'unanswered');
    if (sentNs > this.#latestAnsweredNs) {
      extend(this.#unanswered, sentNs, this.#heard.has(stream));
    }
  }

  /** A late reply does not count, but it shows that the other end is up. */
  late({ atNs }: LateRecord, sentNs: number, wasLost: boolean): void {
    if (!wasLost) this.#miss(sentNs, 'unanswered');
    this.#came(atNs);
  }

  unsent({ atNs }: SendFailedRecord): void {
    this.#miss(atNs, 'unsent');
    extend(this.#unsent, atNs, true);
    this.#latestUnsentNs = atNs;
  }

  aside(record: AsideRecord): void {
    switch (record.type) {
      case 'duplicate':
      case 'corrupted':
      case 'unaltered':
        this.#latestCameNs = record.atNs;
        return;
      case 'omitted':
        // What happened in between is unknown.
        clear(this.#unanswered);
        clear(this.#unsent);
        return;
      default:
    }
  }

  /**
   * @param counts  of all records so far
   * @param nowNs   since the session's start
   */
  verdict(counts: RecordCounts, nowNs: number): Verdict {
    return (
      unansweredSoFar(counts) ??
      this.#downUnsent(counts, nowNs) ??
      this.#downUnanswered(counts, nowNs) ??
      this.#graded(nowNs)
    );
  }

  /** The same rule as for a measurement that has ended: see the verdict's outage.ts. */
  #downUnanswered({ received, lost, late }: RecordCounts, nowNs: number): Verdict | undefined {
    const { probes, telling } = this.#unanswered;
    const missed = lost + late - probes;
    const before = received + missed;
    const silentNs = this.#silentNs(nowNs);
    if (!isOutage(telling, silentNs) || !isNoChance({ missed, sent: before }, telling)) {
      return undefined;
    }
    return said(
      'DOWN_NOW',
      `UDP does not work right now. Nothing has arrived for ${formatNs(silentNs)} (${formatCount(probes)} probes); before that, ${formatRatio(received / before)} were answered.`,
    );
  }

  #downUnsent(counts: RecordCounts, nowNs: number): Verdict | undefined {
    const { received, lost, late, sendFailed } = counts;
    const { probes, sinceNs } = this.#unsent;
    const missed = lost + late + sendFailed - probes;
    const silentNs = nowNs - sinceNs;
    if (!isOutage(probes, silentNs) || !isNoChance({ missed, sent: received + missed }, probes)) {
      return undefined;
    }
    return said(
      'DOWN_NOW',
      `UDP does not work right now. This host has sent nothing for ${formatNs(silentNs)} (${formatCount(probes)} probes).`,
    );
  }

  #graded(nowNs: number): Verdict {
    const parts = this.#parts.filter(({ index }) => index > this.#newest - STRETCH_PARTS);
    const unsent = sumOf(parts, 'unsent');
    const missed = sumOf(parts, 'unanswered') + unsent;
    const asked = sumOf(parts, 'answered') + missed;
    const stretch = `in the last ${formatNs(Math.min(nowNs, STRETCH_PARTS * this.#partNs))}`;
    const grade = gradeOf({ asked, missed, unsent });
    if (grade === 'WORKS')
      return said(grade, `UDP works. 0 lost of ${formatCount(asked)} ${stretch}.`);
    const silence =
      this.#unanswered.telling < 2
        ? ''
        : ` Nothing has arrived for ${formatNs(this.#silentNs(nowNs))}.`;
    if (grade === 'NOT_ALL_SENT') {
      const text = `This host did not send ${formatCount(unsent)} of ${countOf(asked, 'probe')} ${stretch}.`;
      return said(grade, `${text}${silence}`);
    }
    const headline = grade === 'PARTLY_WORKS' ? 'UDP partly works' : 'UDP works with losses';
    const losses = `${formatRatio(missed / asked)} of ${formatCount(asked)} missed ${stretch}.${silence}`;
    return said(grade, `${headline}. ${losses}`);
  }

  /** For how long nothing has arrived although probes were sent. */
  #silentNs(nowNs: number): number {
    return nowNs - Math.max(this.#unanswered.sinceNs, this.#latestCameNs);
  }

  #came(atNs: number): void {
    this.#latestCameNs = atNs;
    clear(this.#unanswered);
  }

  #sent(sentNs: number): void {
    if (sentNs > this.#latestUnsentNs) clear(this.#unsent);
  }

  #miss(sentNs: number, kind: 'unanswered' | 'unsent'): void {
    const part = this.#partOf(sentNs);
    if (part !== undefined) part[kind]++;
  }

  /** @returns `undefined` for a time before the stretch */
  #partOf(sentNs: number): Part | undefined {
    const index = Math.max(0, Math.floor(sentNs / this.#partNs));
    this.#newest = Math.max(this.#newest, index);
    const part = this.#parts[index % STRETCH_PARTS]!;
    if (part.index > index) return undefined;
    if (part.index < index) Object.assign(part, emptyPart(index));
    return part;
  }
}

function emptyRow(): Row {
  return { probes: 0, telling: 0, sinceNs: 0 };
}

function clear(row: Row): void {
  row.probes = 0;
  row.telling = 0;
}

function extend(row: Row, sentNs: number, isTelling: boolean): void {
  if (row.probes === 0) row.sinceNs = sentNs;
  row.probes++;
  if (isTelling) row.telling++;
}

function isOutage(probes: number, silentNs: number): boolean {
  return probes >= OUTAGE_PROBES && silentNs >= OUTAGE_NS;
}

function emptyPart(index: number): Part {
  return { index, answered: 0, unanswered: 0, unsent: 0 };
}

function sumOf(parts: readonly Part[], kind: 'answered' | 'unanswered' | 'unsent'): number {
  return parts.reduce((sum, part) => sum + part[kind], 0);
}

function said(code: Verdict['code'], sentence: string): Verdict {
  return { code, sentences: [sentence] };
}
