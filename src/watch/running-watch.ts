// SPDX-License-Identifier: MIT
// Public: a running watch. It connects its parts: it passes targets to the prober, and columns to board, history and alerts.

import { EventEmitter } from 'node:events';
import { ClosedPromise } from '../closed-promise.ts';
import { createError, type EchogramError } from '../errors.ts';
import { EventTeller } from '../event-teller.ts';
import { escapeText } from '../printable.ts';
import type { EngineName } from '../socket/datagram-socket.ts';
import type { AlertsView } from './alerts/alert-state.ts';
import { Board } from './board/board.ts';
import { StateChanges } from './board/state-changes.ts';
import type { Moment, TargetFacts } from './board/watched.ts';
import type { WatchColumn } from './column.ts';
import type { WatchConfig } from './config/watch-config.ts';
import { noCounts } from './counts.ts';
import { RTT_BUCKETS_NS, type Fleet, type TargetCounters } from './fleet/fleet.ts';
import type { History } from './history/history.ts';
import { FleetView } from './fleet-view.ts';
import { Reloads } from './reloads.ts';
import type { FleetMember, WatchTarget } from './target.ts';
import type { WatchEvent, WatchEventKind } from './watch-event.ts';
import type { WatchEvents } from './watch-events.ts';
import type { AlertsPart, TargetsPart, WatchParts } from './watch-parts.ts';
import { targetSummary, type WatchSummary } from './watch-summary.ts';
import type { BoardView, ConfigStatus, SourceStatus } from './watch-view.ts';

/** How often states are evaluated if no column arrives: half a minute without news is a state too. */
const JUDGE_MS = 5000;

/**
 * A running watch, made by `watch`. It probes its targets until it is stopped; an error thrown by a listener is an
 * uncaught exception and does not affect it.
 */
export class Watch extends EventEmitter<WatchEvents> implements AsyncDisposable {
  /** By the wall clock, in milliseconds since 1970. */
  readonly startedAtMs = Date.now();
  /** The current state of each target: all of them, the worst first, in `statuses`; one from `statusOf`. */
  readonly board: BoardView;
  /** The columns and events of the past. */
  readonly history: Pick<History, 'status' | 'columns' | 'events' | 'series'>;
  /** Counters, and columns that are not final yet: a request for these also updates the board. */
  readonly fleet: Pick<Fleet, 'counters' | 'countersOf' | 'openColumns'>;
  /**
   * Resolves when the watch has stopped on request; rejects with `ECHOGRAM_ERR_WATCH_FAILED` when it has stopped because
   * it could no longer probe.
   */
  readonly closed: Promise<void>;
  readonly #parts: WatchParts;
  readonly #board: Board;
  readonly #changes = new StateChanges();
  readonly #teller = new EventTeller<WatchEvents>(this);
  readonly #closed = new ClosedPromise<EchogramError<'ECHOGRAM_ERR_WATCH_FAILED'>>();
  readonly #reloads: Reloads;
  readonly #judging: NodeJS.Timeout;
  #members: readonly FleetMember[] = [];
  #phase: Watch['phase'] = 'starting';
  /** When it was told to stop: after that nothing is sent, so silence means nothing. */
  #stoppedAt: Moment | undefined;
  #targets: TargetsPart | undefined;
  #alerts: AlertsPart | undefined;
  #stopping: Promise<WatchSummary> | undefined;

  private constructor(parts: WatchParts) {
    super();
    this.#parts = parts;
    const { fleet, history, reports } = parts;
    this.history = history;
    this.#board = new Board({ engine: fleet.engine, factsOf: this.#factsOf, now: this.#now });
    this.board = this.#board;
    this.fleet = new FleetView(fleet, (columns) => {
      this.#board.setOpen(columns);
      this.#judge();
    });
    this.#reloads = new Reloads({ apply: this.#apply, onEvent: this.#event });
    this.#judging = setInterval(this.#judge, JUDGE_MS).unref();
    this.closed = this.#closed.promise;
    history.onTrouble(this.#noteTrouble);
    reports.listen({
      onColumns: this.#add,
      onEvent: this.#event,
      onFailure: this.#fail,
    });
  }

  /**
   * Begins to probe.
   *
   * @internal
   */
  static async begin(parts: WatchParts): Promise<Watch> {
    const watch = new Watch(parts);
    try {
      await watch.#begin();
    } catch (error) {
      await watch.stop();
      throw error;
    }
    return watch;
  }

  /** The engine in use. */
  get engine(): EngineName {
    return this.#parts.fleet.engine;
  }

  /** Why the Linux engine is not used although it was preferred; else `null`. */
  get engineReason(): string | null {
    return this.#parts.fleet.engineReason;
  }

  /** `starting` until the targets are known, `stopping` from the moment it is told to stop. */
  get phase(): 'starting' | 'probing' | 'stopping' {
    return this.#phase;
  }

  /** The targets that are watched now. */
  get targets(): readonly WatchTarget[] {
    return this.#members.map(({ target }) => target);
  }

  /** The sources of targets that may fail. */
  get sources(): readonly SourceStatus[] {
    return this.#targets?.sources ?? [];
  }

  /** The alerts that are pending or firing; `undefined` without a rule. */
  get alerts(): AlertsView | undefined {
    // A reload may add the first rule.
    return this.#alerts?.rules.length === 0 ? undefined : this.#alerts;
  }

  /** The outcome of the latest `reload`. */
  get configStatus(): ConfigStatus {
    return this.#reloads.status;
  }

  /**
   * Replaces the configuration. Targets that stay keep their sockets, numbering and counters. If it is refused, nothing
   * changes, and `configStatus` says why.
   *
   * @param config  or a promise of one; if that rejects, the configuration is refused for that reason
   * @throws OptionError for an invalid configuration
   */
  async reload(config: WatchConfig | Promise<WatchConfig>): Promise<void> {
    await this.#reloads.reload(config);
  }

  /**
   * Stops sending, waits for outstanding replies (at most twice the longest timeout), and emits `close`. May be called
   * more than once.
   */
  stop(): Promise<WatchSummary> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #begin(): Promise<void> {
    const { openTargets, openAlerts } = this.#parts;
    this.#alerts = await openAlerts({
      onEvent: this.#event,
      stateOf: (key) => this.#board.statusOf(key)?.state.code,
    });
    this.#tellEvent('started', `echogram watch started on the ${this.engine} engine`);
    const targets = await openTargets({ onMembers: this.#set, onEvent: this.#event });
    // It may have been stopped meanwhile.
    if (this.#phase === 'stopping') {
      await targets[Symbol.asyncDispose]();
      return;
    }
    this.#targets = targets;
    // Nobody could listen yet to the event that told it.
    for (const { kind, source, error } of targets.sources) {
      if (error !== null) this.#teller.warn(`${kind} ${source}: ${escapeText(error)}`);
    }
  }

  readonly #set = (members: readonly FleetMember[]): void => {
    if (this.#phase === 'stopping') return;
    const before = this.#members;
    this.#members = members;
    // The board first: readers ask it for a target as soon as the target has counters.
    this.#board.set(members);
    this.#parts.fleet.set(members);
    this.#phase = 'probing';
    if (haveSameTargets(before, members)) return;
    this.#parts.history.setTargets(this.targets);
    this.#alerts?.setTargets(this.targets);
    this.#teller.tell('targets', this.targets);
  };

  readonly #add = (columns: readonly WatchColumn[]): void => {
    this.#board.add(columns);
    this.#parts.history.write(columns);
    this.#alerts?.add(columns);
    this.#teller.tell('columns', columns);
    this.#judge();
  };

  readonly #event = (event: WatchEvent): void => {
    if (event.kind === 'suspended') this.#board.forgetNews();
    this.#parts.history.writeEvent(event);
    this.#teller.tell('event', event);
  };

  #tellEvent(kind: WatchEventKind, detail: string): void {
    this.#event({ atMs: Date.now(), key: null, kind, detail });
  }

  readonly #now = (): Moment => this.#stoppedAt ?? now();

  readonly #judge = (): void => {
    if (this.#phase === 'stopping') return;
    for (const { status, before } of this.#changes.take(this.board.statuses)) {
      this.#teller.tell('state', status, before);
    }
  };

  readonly #factsOf = (key: string): TargetFacts => {
    const resolution = this.#targets?.resolutionOf(key);
    return {
      counters: this.#parts.fleet.countersOf(key) ?? NO_COUNTERS,
      resolveError: resolution?.error ?? null,
      addressChanges: resolution?.addressChanges ?? 0,
      resolveFailures: resolution?.failures ?? 0,
    };
  };

  readonly #apply = async (config: WatchConfig): Promise<void> => {
    await this.#targets?.reload(config);
    await this.#alerts?.reload(config);
    if (config.history?.path !== this.#parts.config.history?.path) {
      this.#teller.warn('history.path stays as it is until the watch is started again');
    }
  };

  /** A failure reaches only the listeners, because the history can't store it. */
  readonly #noteTrouble = (error: string | null): void => {
    if (error === null) this.#tellEvent('history_recovered', 'the history is written again');
    else this.#tellEvent('history_failed', `the history can't be written: ${error}`);
  };

  readonly #fail = (cause: Error): void => {
    if (this.#closed.failure !== undefined) return;
    const data = { engine: this.engine, reason: cause.message };
    const failure = createError('ECHOGRAM_ERR_WATCH_FAILED', data, cause);
    this.#closed.failWith(failure);
    this.#teller.tell('error', failure);
    void this.stop();
  };

  async #stop(): Promise<WatchSummary> {
    this.#phase = 'stopping';
    this.#stoppedAt = now();
    clearInterval(this.#judging);
    const { fleet, history } = this.#parts;
    await this.#targets?.[Symbol.asyncDispose]();
    if (this.#closed.failure === undefined) await fleet.stop();
    const summary = this.#summary();
    this.#tellEvent('stopped', this.#closed.failure?.message ?? 'the watch was stopped');
    await this.#alerts?.[Symbol.asyncDispose]();
    await fleet[Symbol.asyncDispose]();
    await history[Symbol.asyncDispose]();
    this.#closed.settle();
    this.#teller.tell('close', summary);
    return summary;
  }

  #summary(): WatchSummary {
    const targets = this.board.statuses.map((status) =>
      targetSummary(status, this.#board.totalsOf(status.target.key)!),
    );
    return { startedAtMs: this.startedAtMs, endedAtMs: Date.now(), targets };
  }
}

/** The counters of a target that the prober does not know yet. */
const NO_COUNTERS: TargetCounters = {
  counts: noCounts(),
  rttBuckets: Array.from({ length: RTT_BUCKETS_NS.length + 1 }, () => 0),
  rttSumNs: 0,
  lastReplyAtMs: null,
};

function now(): Moment {
  return { nowMs: Date.now(), steadyMs: performance.now() };
}

/** True even if their addresses differ. */
function haveSameTargets(some: readonly FleetMember[], others: readonly FleetMember[]): boolean {
  if (some.length !== others.length) return false;
  return some.every(({ target }, at) => target === others[at]!.target);
}
