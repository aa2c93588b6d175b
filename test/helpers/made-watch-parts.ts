// The parts of a watch as a test sets them: what they tell is told by the test, and what they are told is kept.

import type { WatchColumn } from '../../src/watch/column.ts';
import type { WatchConfig } from '../../src/watch/config/watch-config.ts';
import { noCounts } from '../../src/watch/counts.ts';
import type { Fleet, FleetCounters } from '../../src/watch/fleet/fleet.ts';
import { FleetReports } from '../../src/watch/fleet-reports.ts';
import type { History } from '../../src/watch/history/history.ts';
import type { FleetMember, WatchTarget } from '../../src/watch/target.ts';
import type { WatchEvent } from '../../src/watch/watch-event.ts';
import type {
  AlertsPart,
  TargetsHandlers,
  TargetsPart,
  WatchParts,
} from '../../src/watch/watch-parts.ts';

const COUNTERS: FleetCounters = {
  hostDropped: { ipv4: 0, ipv6: null },
  clockSteps: 0,
  strangers: 0,
  sendErrorNs: { p50: null, p99: null, max: null },
};

export class MadeFleet implements Fleet {
  readonly engine = 'linux';
  readonly engineReason = null;
  readonly counters = COUNTERS;
  members: readonly FleetMember[] = [];
  open: readonly WatchColumn[] = [];
  asked = 0;
  /** What it still has to tell when it is stopped. */
  last: readonly WatchColumn[] = [];
  lastReplyAtMs: number | null = null;
  hasStopped = false;
  hasEnded = false;
  readonly #reports: FleetReports;

  constructor(reports: FleetReports) {
    this.#reports = reports;
  }

  set(members: readonly FleetMember[]): void {
    this.members = members;
  }

  countersOf(key: string): ReturnType<Fleet['countersOf']> {
    if (!this.members.some(({ target }) => target.key === key)) return undefined;
    return { counts: noCounts(), rttBuckets: [], rttSumNs: 0, lastReplyAtMs: this.lastReplyAtMs };
  }

  async openColumns(): Promise<readonly WatchColumn[]> {
    this.asked++;
    await Promise.resolve();
    return this.open;
  }

  async stop(): Promise<void> {
    this.hasStopped = true;
    await Promise.resolve();
    this.#reports.onColumns(this.last);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hasEnded = true;
    await Promise.resolve();
  }
}

export class MadeHistory implements Pick<History, 'write' | 'writeEvent' | 'setTargets'> {
  readonly columns: WatchColumn[] = [];
  readonly events: WatchEvent[] = [];
  targets: readonly WatchTarget[] = [];
  hasEnded = false;
  trouble: (error: string | null) => void = () => undefined;

  write(columns: readonly WatchColumn[]): void {
    this.columns.push(...columns);
  }

  writeEvent(event: WatchEvent): void {
    this.events.push(event);
  }

  setTargets(targets: readonly WatchTarget[]): void {
    this.targets = targets;
  }

  onTrouble(listener: (error: string | null) => void): void {
    this.trouble = listener;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hasEnded = true;
    await Promise.resolve();
  }
}

export class MadeTargets implements TargetsPart {
  readonly sources = [];
  readonly handlers: TargetsHandlers;
  readonly reloaded: WatchConfig[] = [];
  refusal: Error | undefined;
  hasEnded = false;

  constructor(handlers: TargetsHandlers) {
    this.handlers = handlers;
  }

  resolutionOf(): undefined {
    return undefined;
  }

  async reload(config: WatchConfig): Promise<void> {
    await Promise.resolve();
    if (this.refusal !== undefined) throw this.refusal;
    this.reloaded.push(config);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hasEnded = true;
    await Promise.resolve();
  }
}

/** Parts whose targets are `members` from the start. */
export class MadeParts implements WatchParts {
  readonly config: WatchConfig = { targets: [] };
  readonly reports = new FleetReports();
  readonly fleet = new MadeFleet(this.reports);
  readonly made = new MadeHistory();
  readonly history = this.made as unknown as History;
  targets: MadeTargets | undefined;
  readonly #members: readonly FleetMember[];

  constructor(members: readonly FleetMember[]) {
    this.#members = members;
  }

  readonly openTargets = (handlers: TargetsHandlers): Promise<TargetsPart> => {
    this.targets = new MadeTargets(handlers);
    handlers.onMembers(this.#members);
    return Promise.resolve(this.targets);
  };

  readonly openAlerts = (): Promise<AlertsPart | undefined> => Promise.resolve(undefined);
}
