// SPDX-License-Identifier: MIT
// The alerts of one target: its latest stretches, and where each rule stands.

import type { WatchColumn } from '../column.ts';
import type { WatchTarget } from '../target.ts';
import { countOf } from '../../quantities.ts';
import { ALERT_METRICS } from './alert-metrics.ts';
import { AlertMachine } from './alert-machine.ts';
import { isMatched, type AlertRule } from './alert-rule.ts';
import { compare, type Condition } from './condition.ts';
import { SlidingWindow } from './sliding-window.ts';

/** A rule for this target. */
export interface Alert {
  readonly rule: AlertRule;
  readonly machine: AlertMachine;
  /** What was measured last, in one line. */
  words: string;
}

export interface AlertChange {
  readonly alert: Alert;
  readonly change: 'raised' | 'cleared';
}

export class TargetAlerts {
  target: WatchTarget;
  #alerts: Alert[] = [];
  #windows = new Map<number, SlidingWindow>();
  #latestEndMs: number | undefined;

  constructor(target: WatchTarget, rules: readonly AlertRule[]) {
    this.target = target;
    this.setRules(rules);
  }

  get alerts(): readonly Alert[] {
    return this.#alerts;
  }

  /** What is known of a rule with the same name stays. @returns the alerts that no rule has any more */
  setRules(rules: readonly AlertRule[]): readonly Alert[] {
    const before = this.#alerts;
    this.#alerts = rules
      .filter((rule) => isMatched(rule, this.target))
      .map((rule) => {
        const known = before.find((alert) => alert.rule.name === rule.name);
        return { rule, machine: known?.machine ?? new AlertMachine(), words: known?.words ?? '' };
      });
    this.#setWindows();
    return before.filter((old) => !this.#alerts.some(({ machine }) => machine === old.machine));
  }

  #setWindows(): void {
    const lengths = this.#alerts.flatMap(({ rule: { raise, clear } }) =>
      clear === undefined ? [raise.overMs] : [raise.overMs, clear.overMs],
    );
    this.#windows = new Map(
      lengths.map((ms) => [ms, this.#windows.get(ms) ?? new SlidingWindow(ms)]),
    );
  }

  /** The rules after this column. @param code  the target's state now */
  add(column: WatchColumn, code: string | undefined): AlertChange[] {
    for (const window of this.#windows.values()) window.add(column);
    const endMs = column.startMs + column.widthMs;
    const sinceMs = this.#latestEndMs === undefined ? 0 : endMs - this.#latestEndMs;
    this.#latestEndMs = endMs;
    return this.#alerts.flatMap((alert) => {
      const change = this.#judge(alert, { code, sinceMs, column });
      return change === undefined ? [] : [{ alert, change }];
    });
  }

  #judge(
    alert: Alert,
    { code, sinceMs, column }: { code: string | undefined; sinceMs: number; column: WatchColumn },
  ): AlertChange['change'] | undefined {
    const { raise, clear } = alert.rule;
    const holds = this.#holds(raise, code);
    // A gap longer than the stretch was not watched; the clock may also have been set back.
    const isWatched = sinceMs >= 0 && sinceMs <= Math.max(raise.overMs, column.widthMs);
    alert.words = this.#wordsOf(raise, code) ?? alert.words;
    return alert.machine.judge({
      raise: holds,
      clear: clear === undefined ? not(holds) : this.#holds(clear, code),
      raiseForMs: raise.forMs,
      clearForMs: clear?.forMs ?? 0,
      watchedMs: isWatched ? sinceMs : column.widthMs,
      atMs: column.startMs + column.widthMs,
    });
  }

  #holds(condition: Condition, code: string | undefined): boolean | undefined {
    if (condition.of === 'state') return code === undefined ? undefined : code === condition.code;
    const value = this.#valueOf(condition);
    return value === undefined
      ? undefined
      : compare(value, condition.operator, condition.threshold);
  }

  #valueOf(condition: Extract<Condition, { of: 'number' }>): number | undefined {
    return ALERT_METRICS[condition.metric].valueOf(this.#windows.get(condition.overMs)!);
  }

  #wordsOf(condition: Condition, code: string | undefined): string | undefined {
    const { text } = condition;
    if (condition.of === 'state') return code === undefined ? undefined : `state ${code} (${text})`;
    const value = this.#valueOf(condition);
    if (value === undefined) return undefined;
    const { format, isOfLoss } = ALERT_METRICS[condition.metric];
    const { hostDropped, counts } = this.#windows.get(condition.overMs)!;
    const isUnclear = isOfLoss && hostDropped > 0 && counts.lost + counts.late > 0;
    const doubt = isUnclear
      ? `; the cause is unknown, as this host dropped ${countOf(hostDropped, 'datagram')} meanwhile`
      : '';
    return `${condition.metric} ${format(value)} (${text})${doubt}`;
  }
}

function not(holds: boolean | undefined): boolean | undefined {
  return holds === undefined ? undefined : !holds;
}
