// Alerts on a simulated clock, and what they tell.

import type { AlertState } from '../../src/watch/alerts/alert-state.ts';
import { openAlerts, type Alerts } from '../../src/watch/alerts/open-alerts.ts';
import type { WatchConfig } from '../../src/watch/config/watch-config.ts';
import type { Counts } from '../../src/watch/counts.ts';
import { MemoryHistory } from '../../src/watch/history/memory-history.ts';
import type { History } from '../../src/watch/history/history.ts';
import type { WatchTarget } from '../../src/watch/target.ts';
import type { WatchEvent } from '../../src/watch/watch-event.ts';
import type { TargetStateCode } from '../../src/watch/watch-view.ts';
import { madeColumn, madeTarget } from './made-watch.ts';

/** 2026-01-01T00:00:00Z. */
export const ALERTS_START_MS = Date.UTC(2026, 0, 1);

export type Given = Partial<Counts> & { readonly hostDropped?: number; readonly rttNs?: number };

export class AlertsBench {
  nowMs = ALERTS_START_MS;
  code: TargetStateCode = 'WORKS';
  readonly events: WatchEvent[] = [];
  readonly history: History;
  readonly target: WatchTarget = { ...madeTarget('fra'), labels: { site: 'main' } };
  alerts!: Alerts;

  static async open(
    config: Partial<WatchConfig>,
    history?: History,
    hasTarget = true,
  ): Promise<AlertsBench> {
    const bench = new AlertsBench(history ?? new MemoryHistory(null));
    await bench.#open(config);
    if (hasTarget) bench.alerts.setTargets([bench.target]);
    return bench;
  }

  private constructor(history: History) {
    this.history = history;
  }

  async #open(config: Partial<WatchConfig>): Promise<void> {
    this.alerts = await openAlerts({
      config: { targets: [], ...config },
      history: this.history,
      onEvent: (event) => {
        this.events.push(event);
        this.history.writeEvent(event);
      },
      stateOf: () => this.code,
      now: () => this.nowMs,
    });
  }

  /** Ten seconds each. @returns the state of its one alert after each */
  add(...columns: readonly Given[]): readonly string[] {
    const states: string[] = [];
    for (const given of columns) {
      this.nowMs += 10_000;
      this.alerts.add([madeColumn(this.target.key, this.nowMs - 10_000, given)]);
      states.push(this.state?.state ?? 'quiet');
    }
    return states;
  }

  get state(): AlertState | undefined {
    return this.alerts.states[0];
  }

  /** Kinds and details of events, in order. */
  get told(): readonly string[] {
    return this.events.map(({ kind, detail }) => `${kind} ${detail}`);
  }
}
