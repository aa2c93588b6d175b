// SPDX-License-Identifier: MIT
// Judges the rules of a watch on its columns, and tells whoever is to be notified. What was firing when the program ended,
// however that was, is firing when it starts again: the events in the history say so.

import type { WatchColumn } from '../column.ts';
import type { WatchConfig } from '../config/watch-config.ts';
import type { History } from '../history/history.ts';
import type { WatchTarget } from '../target.ts';
import type { WatchEvent } from '../watch-event.ts';
import type { AlertsHandlers, AlertsPart } from '../watch-parts.ts';
import { planAlerts, type AlertRule } from './alert-rule.ts';
import type { AlertState, NotifierStatus } from './alert-state.ts';
import { firingAlerts, type FiringAlert } from './firing-alerts.ts';
import { Notifier } from './notifier.ts';
import { planNotify } from './notify-plan.ts';
import { TargetAlerts, type Alert, type AlertChange } from './target-alerts.ts';

/** Discovery may find a target a while after the start; after this, one that was firing and is not there has left. */
const RETURN_MS = 600_000;

export interface AlertsOptions extends AlertsHandlers {
  readonly config: WatchConfig;
  /** Where the events are. */
  readonly history: Pick<History, 'events'>;
  /** In milliseconds since 1970. Default: the wall clock. */
  readonly now?: () => number;
}

/** @throws ConfigFaultError for rules that `planWatch` refuses */
export async function openAlerts(options: AlertsOptions): Promise<Alerts> {
  const { history, now = Date.now } = options;
  const rules = planAlerts(options.config.alerts);
  const names = rules.map(({ name }) => name);
  const firing = names.length === 0 ? [] : await firingAlerts(history, names, now());
  return new Alerts(options, rules, firing);
}

export class Alerts implements AlertsPart {
  readonly #options: AlertsOptions;
  readonly #now: () => number;
  readonly #openedAtMs: number;
  #rules: readonly AlertRule[];
  #notifiers = new Map<string, Notifier>();
  readonly #targets = new Map<string, TargetAlerts>();
  /** Of targets that have not come back yet. */
  #restored: FiringAlert[];

  constructor(
    options: AlertsOptions,
    rules: readonly AlertRule[],
    restored: readonly FiringAlert[],
  ) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#openedAtMs = this.#now();
    this.#rules = rules;
    this.#restored = [...restored];
    this.#openNotifiers(options.config);
  }

  get rules(): readonly string[] {
    return this.#rules.map(({ name }) => name);
  }

  get states(): readonly AlertState[] {
    return [...this.#targets.values()].flatMap(({ target, alerts }) =>
      alerts.flatMap(({ rule, machine: { state, sinceMs }, words }) =>
        state === 'quiet'
          ? []
          : [{ rule: rule.name, key: target.key, state, sinceMs, words, labels: rule.labels }],
      ),
    );
  }

  get notifiers(): readonly NotifierStatus[] {
    return [...this.#notifiers.values()].map(({ status }) => status);
  }

  setTargets(targets: readonly WatchTarget[]): void {
    const keys = new Set(targets.map(({ key }) => key));
    for (const [key, { target, alerts }] of this.#targets) {
      if (keys.has(key)) continue;
      this.#targets.delete(key);
      for (const alert of alerts) this.#end(alert, target, 'the target was removed');
    }
    for (const target of targets) this.#setTarget(target);
  }

  #setTarget(target: WatchTarget): void {
    const known = this.#targets.get(target.key);
    if (known === undefined) {
      const alerts = new TargetAlerts(target, this.#rules);
      this.#targets.set(target.key, alerts);
      this.#restore(alerts);
      return;
    }
    if (known.target === target) return;
    // Its labels may have changed, and with them which rules it has.
    known.target = target;
    this.#setRules(known);
  }

  #restore({ target, alerts }: TargetAlerts): void {
    this.#restored = this.#restored.filter(({ key, rule, sinceMs, words }) => {
      const alert = alerts.find((known) => key === target.key && known.rule.name === rule);
      if (alert === undefined) return true;
      alert.machine.restore(sinceMs);
      alert.words = words;
      this.#tell(alert, target, null, false);
      return false;
    });
  }

  add(columns: readonly WatchColumn[]): void {
    for (const column of columns) {
      const alerts = this.#targets.get(column.key);
      if (alerts === undefined) continue;
      const code = this.#options.stateOf(column.key);
      for (const change of alerts.add(column, code)) this.#change(change, alerts.target);
    }
    if (this.#restored.length > 0) this.#endLost();
  }

  #change({ alert, change }: AlertChange, target: WatchTarget): void {
    if (change === 'raised') {
      const nowMs = this.#now();
      alert.machine.sinceMs = nowMs;
      alert.machine.raisedAtMs = nowMs;
      this.#tellEvent('alert_raised', target.key, `${alert.rule.name}: ${alert.words}`);
      this.#tell(alert, target, null);
    } else {
      this.#tellEnd(alert, target, alert.words);
    }
  }

  /** Ends an alert for another reason than its rule. */
  #end(alert: Alert, target: WatchTarget, reason: string): void {
    if (alert.machine.state !== 'firing') return;
    alert.words = reason;
    this.#tellEnd(alert, target, reason);
  }

  #tellEnd(alert: Alert, target: WatchTarget, words: string): void {
    this.#tellEvent('alert_cleared', target.key, `${alert.rule.name}: ${words}`);
    this.#tell(alert, target, this.#now());
  }

  /** Those that were firing, and whose target or rule is gone. */
  #endLost(): void {
    if (this.#now() - this.#openedAtMs < RETURN_MS) return;
    for (const { rule, key } of this.#restored) {
      this.#tellEvent('alert_cleared', key, `${rule}: the target was removed`);
    }
    this.#restored = [];
  }

  #tellEvent(kind: WatchEvent['kind'], key: string | null, detail: string): void {
    this.#options.onEvent({ atMs: this.#now(), key, kind, detail });
  }

  #tell(alert: Alert, target: WatchTarget, endsAtMs: number | null, isNews = true): void {
    const { rule, words, machine } = alert;
    // A receiver is never told of an end before the beginning, as after the clock was set back.
    const startsAtMs = Math.min(machine.raisedAtMs, endsAtMs ?? Infinity);
    const status = endsAtMs === null ? 'firing' : 'resolved';
    for (const notifier of this.#notifiers.values()) {
      notifier.tell({ status, rule, target, startsAtMs, endsAtMs, words }, isNews);
    }
  }

  async reload(config: WatchConfig): Promise<void> {
    this.#rules = planAlerts(config.alerts);
    for (const alerts of this.#targets.values()) this.#setRules(alerts);
    await this.#closeNotifiers(this.#openNotifiers(config));
  }

  #setRules(alerts: TargetAlerts): void {
    for (const alert of alerts.setRules(this.#rules)) {
      this.#end(alert, alerts.target, 'the rule was removed');
    }
  }

  /** A receiver that stays keeps what it waits for; a new one is told what is firing. @returns those that go */
  #openNotifiers(config: WatchConfig): readonly Notifier[] {
    const before = this.#notifiers;
    this.#notifiers = new Map();
    const added: Notifier[] = [];
    for (const { url, format } of planNotify(config.notify)) {
      const id = `${format.kind} ${url}`;
      const known = before.get(id);
      const onFailure = (shownUrl: string, reason: string): void => {
        const detail = `${format.kind} ${shownUrl}: ${reason}; it is tried again`;
        this.#tellEvent('notify_failed', null, detail);
      };
      const notifier = known ?? new Notifier({ url, format, now: this.#now, onFailure });
      if (known === undefined) added.push(notifier);
      this.#notifiers.set(id, notifier);
      before.delete(id);
    }
    this.#tellFiring(added);
    return [...before.values()];
  }

  #tellFiring(notifiers: readonly Notifier[]): void {
    for (const { target, alerts } of this.#targets.values()) {
      for (const { rule, machine, words } of alerts) {
        if (machine.state !== 'firing') continue;
        const { raisedAtMs: startsAtMs } = machine;
        for (const notifier of notifiers) {
          notifier.tell({ status: 'firing', rule, target, startsAtMs, endsAtMs: null, words });
        }
      }
    }
  }

  async #closeNotifiers(notifiers: readonly Notifier[]): Promise<void> {
    await Promise.all(notifiers.map((notifier) => notifier[Symbol.asyncDispose]()));
  }

  /** Alerts that are firing stay so: receivers are told no end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closeNotifiers([...this.#notifiers.values()]);
  }
}
