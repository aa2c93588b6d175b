// A watch of made-up targets with seeded random networks, as its API shows them: each column follows from the target's name
// and its time alone, so that the same question has the same answer.

import { Random } from '../../src/random.ts';
import { rowOf } from '../../src/stats/echogram.ts';
import { addRttRows, percentileOfRows, type RttRows } from '../../src/watch/rtt-rows.ts';
import { noCounts, sentOf, type Counts } from '../../src/watch/counts.ts';
import type { TargetState } from '../../src/watch/watch-view.ts';
import {
  OVERVIEW_ROWS,
  type ApiColumn,
  type ApiStatus,
  type OverviewColumn,
} from '../../src/web/watch-api.ts';

/** Noon, so that times are whole. */
export const SCENE_NOW_MS = Date.UTC(2026, 10, 27, 12);

export const MINUTE_MS = 60_000;

/** What a target's network does at a time. */
export interface Weather {
  readonly lossRatio: number;
  /** Of the lost, on the way there; `undefined` if nothing tells. */
  readonly forwardShare?: number;
  readonly lateRatio?: number;
  readonly hostDropped?: number;
  /** Slots that this host left out, of all. */
  readonly skippedRatio?: number;
  readonly portUnreachable?: boolean;
  /** Nothing was watched then. */
  readonly isAbsent?: boolean;
  readonly rttMs: number;
  /** As a power of two, up and down. */
  readonly spread: number;
}

export interface SceneTarget {
  readonly name: string;
  readonly state: Omit<TargetState, 'sinceMs'>;
  readonly sinceMs?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly perSecond?: number;
  readonly protocol?: 'echo' | 'stamp';
  readonly address?: null;
  readonly resolveError?: string;
  readonly weather: (atMs: number) => Weather;
}

export function keyOf({ name }: SceneTarget): string {
  return `${name} default`;
}

/** A column of a target as the history has it; `undefined` where nobody watched. */
export function sceneColumn(
  target: SceneTarget,
  startMs: number,
  widthMs: number,
): ApiColumn | undefined {
  const weather = target.weather(startMs);
  if (weather.isAbsent === true) return undefined;
  const random = new Random(hashOf(target.name) ^ (startMs / 10_000));
  const slots = Math.round(((target.perSecond ?? 1) * widthMs) / 1000);
  const counts = countsOf(weather, slots, random);
  const rows = rowsOf(weather, counts.received, random);
  const mean = weather.rttMs * 1e6;
  const rttNs =
    counts.received === 0
      ? null
      : {
          min: mean * 2 ** -weather.spread,
          max: mean * 2 ** weather.spread,
          sum: mean * counts.received,
        };
  return {
    startMs,
    counts,
    rttNs,
    rows: [...rows].sort(([a], [b]) => a - b).flat(),
    hostDropped: weather.hostDropped ?? 0,
    isFinal: true,
  };
}

function countsOf(weather: Weather, slots: number, random: Random): Counts {
  const { lossRatio, forwardShare, lateRatio = 0, skippedRatio = 0 } = weather;
  const skipped = rounded(slots * skippedRatio, random);
  const sent = slots - skipped;
  const lost = rounded(sent * lossRatio, random);
  const late = Math.min(sent - lost, rounded(sent * lateRatio, random));
  const lostForward = forwardShare === undefined ? 0 : rounded(lost * forwardShare, random);
  return {
    ...noCounts(),
    received: sent - lost - late,
    late,
    lost,
    lostForward,
    lostBackward: forwardShare === undefined ? 0 : lost - lostForward,
    portUnreachable: weather.portUnreachable === true ? lost : 0,
    skipped,
  };
}

/** Up or down by chance, so that the mean is kept. */
function rounded(value: number, random: Random): number {
  return Math.floor(value) + (random.next() < value % 1 ? 1 : 0);
}

/** Some tens of samples stand for all: twice as dense at the middle, with a tail above. */
function rowsOf({ rttMs, spread }: Weather, received: number, random: Random): RttRows {
  const rows = new Map<number, number>();
  const samples = Math.min(received, 48);
  for (let sample = 0; sample < samples; sample++) {
    const shift = (random.next() + random.next() + random.next() - 1.2) * spread;
    const count =
      Math.floor((received * (sample + 1)) / samples) - Math.floor((received * sample) / samples);
    const row = rowOf(Math.round(rttMs * 1e6 * 2 ** shift));
    rows.set(row, (rows.get(row) ?? 0) + count);
  }
  return rows;
}

function hashOf(text: string): number {
  let hash = 0;
  for (const character of text) hash = (Math.imul(hash, 31) + character.codePointAt(0)!) | 0;
  return hash;
}

export function columnsOf(
  target: SceneTarget,
  fromMs: number,
  toMs: number,
  widthMs: number,
  nowMs: number,
): readonly ApiColumn[] {
  const columns: ApiColumn[] = [];
  const first = Math.floor(fromMs / widthMs) * widthMs;
  for (let startMs = first; startMs < Math.min(toMs, nowMs); startMs += widthMs) {
    const column = sceneColumn(target, startMs, widthMs);
    if (column !== undefined) columns.push(column);
  }
  return columns;
}

export function overviewColumnOf({
  startMs,
  counts,
  rows,
  hostDropped,
}: ApiColumn): OverviewColumn {
  const coarse = new Map<number, number>();
  for (let at = 0; at < rows.length; at += 2)
    addRttRows(coarse, new Map([[Math.floor(rows[at]! / OVERVIEW_ROWS), rows[at + 1]!]]));
  const unsent = counts.skipped + counts.unresolved + counts.sendFailed;
  return [
    startMs,
    sentOf(counts),
    counts.lost,
    counts.late,
    unsent,
    hostDropped,
    [...coarse].flat(),
  ];
}

/** How it does now: its numbers are those of the last minute. */
export function statusOf(target: SceneTarget, nowMs: number): ApiStatus {
  const { name, state, labels = {}, perSecond = 1, protocol = 'echo' } = target;
  const column = sceneColumn(target, nowMs - MINUTE_MS, MINUTE_MS);
  const counts = column?.counts ?? noCounts();
  const rows = rowMapOf(column?.rows ?? []);
  const sent = sentOf(counts);
  const isUnresolved = target.address === null;
  return {
    target: {
      key: keyOf(target),
      name,
      host: `${name}.example.net`,
      port: 7,
      ipVersion: undefined,
      labels,
      probe: {
        name: 'default',
        protocol,
        intervalMs: 1000 / perSecond,
        timeoutMs: 2000,
        payloadBytes: 64,
        dscp: undefined,
        flows: 1,
        isAuthenticated: false,
      },
    },
    address: isUnresolved ? null : { address: `192.0.2.${(hashOf(name) >>> 0) % 250}`, port: 7 },
    resolveError: target.resolveError ?? null,
    addressChanges: 0,
    resolveFailures: isUnresolved ? 12 : 0,
    state: { ...state, sinceMs: target.sinceMs ?? nowMs - 5 * 3_600_000 },
    window: {
      seconds: 60,
      sent: isUnresolved ? 0 : sent,
      received: counts.received,
      late: counts.late,
      lost: counts.lost,
      lostForward: counts.lostForward,
      lostBackward: counts.lostBackward,
      lossRatio: sent === 0 || isUnresolved ? null : (counts.lost + counts.late) / sent,
      p50Ns: percentileOfRows(rows, 50),
      p99Ns: percentileOfRows(rows, 99),
    },
    lastReplyAtMs: lastReplyOf(target, counts, nowMs),
  };
}

function lastReplyOf(target: SceneTarget, counts: Counts, nowMs: number): number | null {
  if (target.address === null) return null;
  return counts.received > 0 ? nowMs - 400 : (target.sinceMs ?? null);
}

function rowMapOf(rows: readonly number[]): Map<number, number> {
  return new Map(
    Array.from({ length: rows.length / 2 }, (_, at) => [rows[2 * at]!, rows[2 * at + 1]!]),
  );
}
