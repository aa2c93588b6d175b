// SPDX-License-Identifier: MIT
// What receivers are told of an alert: its latest state.

import type { WatchTarget } from '../target.ts';
import type { AlertRule } from './alert-rule.ts';

export interface Notice {
  readonly status: 'firing' | 'resolved';
  readonly rule: AlertRule;
  readonly target: WatchTarget;
  readonly startsAtMs: number;
  /** `null` while it is firing. */
  readonly endsAtMs: number | null;
  /** What was measured, or why it ended, in one line. */
  readonly words: string;
}

/** One alert, whatever becomes of it. */
export function noticeId({ rule, target }: Pick<Notice, 'rule' | 'target'>): string {
  return `${rule.name}\n${target.key}`;
}

/** Its labels: those of the target, then those of the rule. */
export function labelsOf({ rule, target }: Notice): Record<string, string> {
  const { name, probe, ipVersion, labels } = target;
  return {
    ...labels,
    ...rule.labels,
    alertname: rule.name,
    target: name,
    probe: probe.name,
    ...(ipVersion === undefined ? {} : { family: `ipv${ipVersion}` }),
  };
}

export function summaryOf({ status, rule, target }: Notice): string {
  return `${rule.name}: ${target.name}${status === 'firing' ? '' : ' is well again'}`;
}

export function descriptionOf({ target, words, rule }: Notice): string {
  const { host, port, probe } = target;
  return `${target.name} (${host} port ${port}, ${probe.protocol}): ${words}. Rule: ${rule.raise.text}.`;
}
