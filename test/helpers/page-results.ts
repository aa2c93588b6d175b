// Results as pages show them: a hundred probes, one in each column of 10 ms; a single one; none.

import type { SessionResult } from '../../src/client/session/session-result.ts';
import type { EchogramSummary } from '../../src/stats/echogram.ts';
import { madeResult, madeStream, NO_DROPS, NO_VALUES } from './made-result.ts';
import { counts } from './made-session.ts';
import { COLUMNS, scenario } from './page-scenario.ts';

/** Where replies came back: 2^23 ns. */
const ROW = 13 * 32;

type Columns = Partial<Record<keyof EchogramSummary, (column: number) => number>>;

/** Columns as they are said to be; a probe was sent in each, and answered unless it was lost or late. */
function columnsOf(of: Columns): EchogramSummary {
  const list = (name: keyof EchogramSummary): number[] =>
    Array.from({ length: COLUMNS }, (_, column) => of[name]?.(column) ?? 0);
  const sent = Array.from({ length: COLUMNS }, (_, column) => of.sent?.(column) ?? 1);
  const [lost, late] = [list('lost'), list('late')];
  const received = sent.map((count, column) => count - lost[column]! - late[column]!);
  return {
    ...scenario().echogram,
    sent,
    received,
    lost,
    late,
    hostDropped: list('hostDropped'),
    sendFailed: list('sendFailed'),
    icmpErrors: list('icmpErrors'),
    corrupted: list('corrupted'),
    skipped: list('skipped'),
    rttRows: received.map((count) => (count === 0 ? [] : [ROW, count])),
  };
}

export function stateOf(columns: Columns, changes: Partial<SessionResult> = {}): SessionResult {
  const echogram = columnsOf(columns);
  const sum = (list: readonly number[]): number => list.reduce((all, one) => all + one, 0);
  const [sent, received] = [sum(echogram.sent), sum(echogram.received)];
  const base = madeResult();
  const datagrams = counts({
    sent,
    received,
    lost: sum(echogram.lost),
    late: sum(echogram.late),
    sendFailed: sum(echogram.sendFailed),
    corrupted: sum(echogram.corrupted),
    lossRatio: sent === 0 ? null : 1 - received / sent,
  });
  const missed = sent - received;
  return madeResult({
    echogram,
    datagrams: { ...datagrams, ...changes.datagrams },
    config: { ...base.config, intervalNs: 10e6, timeoutNs: 10e6, count: 100 },
    schedule: { ...base.schedule, intended: 100, skipped: sum(echogram.skipped) },
    hostDrops: NO_DROPS,
    rttNs: received === 0 ? NO_VALUES : base.rttNs,
    pdvNs: received === 0 ? NO_VALUES : base.pdvNs,
    smoothedJitterNs: received === 0 ? null : base.smoothedJitterNs,
    streams: [madeStream(40_001, sent, missed)],
    lossRuns: {
      count: missed === 0 ? 0 : 1,
      longest: missed,
      meanLength: missed === 0 ? null : missed,
      atEnd: 0,
      runsByLength: missed === 0 ? [] : [...Array<number>(Math.min(missed, 64) - 1).fill(0), 1],
    },
    ...omit(changes),
  });
}

/** What is counted is merged above. */
function omit(changes: Partial<SessionResult>): Partial<SessionResult> {
  const others = { ...changes };
  delete others.datagrams;
  return others;
}

export function oneProbe({ lost = 0 }: { readonly lost?: number }): SessionResult {
  const whole = stateOf({});
  const first = Object.fromEntries(
    Object.entries(whole.echogram).map(([name, value]: [string, unknown]) => [
      name,
      Array.isArray(value) ? value.slice(0, 1) : value,
    ]),
  ) as unknown as EchogramSummary;
  const echogram = {
    ...first,
    columnNs: 1e9,
    lost: [lost],
    received: [1 - lost],
    rttRows: [lost === 0 ? [ROW, 1] : []],
  };
  return madeResult({
    echogram,
    datagrams: counts({ sent: 1, received: 1 - lost, lost, lossRatio: lost }),
    rttNs: lost === 0 ? madeResult().rttNs : NO_VALUES,
    pdvNs: NO_VALUES,
    smoothedJitterNs: null,
    streams: [madeStream(40_001, 1, lost)],
    lossRuns: {
      count: lost,
      longest: lost,
      meanLength: lost === 0 ? null : 1,
      atEnd: lost,
      runsByLength: lost === 0 ? [] : [1],
    },
  });
}

export function nothingSent(endedBy: SessionResult['endedBy']): SessionResult {
  const { echogram } = madeResult();
  const none = Object.fromEntries(
    Object.entries(echogram).map(([name, value]) => [name, Array.isArray(value) ? [] : value]),
  ) as unknown as EchogramSummary;
  return madeResult({
    echogram: none,
    endedBy,
    datagrams: counts({ sent: 0, lossRatio: null }),
    rttNs: NO_VALUES,
    pdvNs: NO_VALUES,
    smoothedJitterNs: null,
    streams: [],
  });
}
