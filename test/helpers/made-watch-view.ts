// A watch as its listener sees it, whose targets, numbers and past are set by a test.

import { noCounts, type Counts } from '../../src/watch/counts.ts';
import type { WatchColumn } from '../../src/watch/column.ts';
import { Board } from '../../src/watch/board/board.ts';
import {
  RTT_BUCKETS_NS,
  type FleetCounters,
  type TargetCounters,
} from '../../src/watch/fleet/fleet.ts';
import type { ColumnQuery, EventQuery, HistoryStatus } from '../../src/watch/history/history.ts';
import type { WatchTarget } from '../../src/watch/target.ts';
import type { WatchEvent } from '../../src/watch/watch-event.ts';
import type { WatchView } from '../../src/watch/watch-view.ts';
import { madeMember } from './made-watch.ts';

const STATUS: HistoryStatus = {
  kind: 'memory',
  reason: null,
  path: null,
  bytes: 4096,
  oldestMs: null,
  writeFailures: 0,
  recordsLost: 0,
  lastError: null,
};

interface Mutable {
  phase: WatchView['phase'];
  alerts: WatchView['alerts'];
  sources: WatchView['sources'];
  configStatus: WatchView['configStatus'];
}

export class MadeWatchView implements WatchView, Mutable {
  readonly engine = 'linux';
  readonly engineReason = null;
  readonly startedAtMs = 1_800_000_000_000;
  phase: WatchView['phase'] = 'probing';
  alerts: WatchView['alerts'] = undefined;
  sources: WatchView['sources'] = [];
  configStatus: WatchView['configStatus'] = {
    isGood: true,
    lastGoodAtMs: 1_800_000_000_000,
    error: null,
  };
  targets: readonly WatchTarget[] = [];
  readonly counters = new Map<string, TargetCounters>();
  fleetCounters: FleetCounters = {
    hostDropped: { ipv4: 0, ipv6: null },
    clockSteps: 0,
    strangers: 0,
    sendErrorNs: { p50: 10_000, p99: 200_000, max: 1_000_000 },
  };
  /** Of the history; `widthMs` is that of all. */
  past: readonly WatchColumn[] = [];
  pastEvents: readonly WatchEvent[] = [];
  readonly asked: (ColumnQuery | EventQuery)[] = [];
  readonly board = new Board({
    engine: 'linux',
    factsOf: (key) => ({
      counters: this.countersOf(key),
      resolveError: null,
      addressChanges: 0,
      resolveFailures: 0,
    }),
    now: () => ({ nowMs: Date.now(), steadyMs: performance.now() }),
  });

  constructor(targets: readonly WatchTarget[]) {
    this.watch(targets);
  }

  readonly on = (): void => undefined;
  readonly off = (): void => undefined;

  get fleet(): WatchView['fleet'] {
    return {
      counters: this.fleetCounters,
      countersOf: (key) => this.countersOf(key),
      openColumns: () => Promise.resolve([]),
    };
  }

  get history(): WatchView['history'] {
    return {
      status: STATUS,
      columns: (query) => {
        this.asked.push(query);
        const widthMs = this.past[0]?.widthMs ?? 10_000;
        const columns = this.past.filter(
          ({ key, startMs }) =>
            (query.keys ?? [key]).includes(key) && startMs >= query.fromMs && startMs < query.toMs,
        );
        return Promise.resolve({ widthMs, columns });
      },
      events: (query) => {
        this.asked.push(query);
        return Promise.resolve(this.pastEvents);
      },
      series: () => Promise.resolve([]),
    };
  }

  watch(targets: readonly WatchTarget[]): void {
    this.targets = targets;
    this.board.set(targets.map((target) => madeMember(target)));
  }

  count(
    key: string,
    counts: Partial<Counts>,
    buckets: Readonly<Record<number, number>> = {},
    rttSumNs = 0,
  ): void {
    const rttBuckets = Array.from(
      { length: RTT_BUCKETS_NS.length + 1 },
      (_, at) => buckets[at] ?? 0,
    );
    this.counters.set(key, {
      counts: { ...noCounts(), ...counts },
      rttBuckets,
      rttSumNs,
      lastReplyAtMs: null,
    });
  }

  countersOf(key: string): TargetCounters {
    if (!this.counters.has(key)) this.count(key, {});
    return this.counters.get(key)!;
  }
}
