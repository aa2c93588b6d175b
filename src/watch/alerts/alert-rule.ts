// SPDX-License-Identifier: MIT
// The rules of a configuration, checked.

import { faultAt, readAt, type ConfigPath } from '../config/config-fault.ts';
import type { AlertRule as AlertRuleConfig } from '../config/watch-config.ts';
import { labelFault } from '../labels.ts';
import type { WatchTarget } from '../target.ts';
import { CONDITION, type Condition } from './condition.ts';

export interface AlertRule {
  readonly name: string;
  readonly raise: Condition;
  /** Without one it is cleared as soon as `raise` does not hold. */
  readonly clear: Condition | undefined;
  readonly match: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Every rule is judged for every target that it matches. */
const MOST_RULES = 100;

const LONGEST_NAME = 200;

/** @throws ConfigFaultError */
export function planAlerts(rules: readonly AlertRuleConfig[] = []): readonly AlertRule[] {
  if (rules.length > MOST_RULES) {
    throw faultAt(['alerts'], `must be at most ${MOST_RULES} rules`, { value: rules.length });
  }
  return rules.map((rule, index) => planRule(rule, rules, index));
}

function planRule(
  rule: AlertRuleConfig,
  rules: readonly AlertRuleConfig[],
  index: number,
): AlertRule {
  const path: ConfigPath = ['alerts', index];
  const { name, raise, clear, match = {}, labels = {} } = rule;
  requireName(name, rules, path);
  for (const [label, value] of Object.entries(labels)) requireLabel(label, value, path);
  return {
    name,
    raise: readAt([...path, 'raise'], CONDITION, raise),
    clear: clear === undefined ? undefined : readAt([...path, 'clear'], CONDITION, clear),
    match,
    labels,
  };
}

function requireName(name: string, rules: readonly AlertRuleConfig[], path: ConfigPath): void {
  const place = [...path, 'name'];
  if (name.length > LONGEST_NAME || /\p{C}/u.test(name)) {
    const rule = `must be at most ${LONGEST_NAME} characters that can be printed`;
    throw faultAt(place, rule, { value: name });
  }
  const first = rules.findIndex((other) => other.name === name);
  if (first === path[1]) return;
  const remedy = 'give one of them a name of its own';
  throw faultAt(place, `must differ from that of alerts[${first}]`, { value: name, remedy });
}

function requireLabel(label: string, value: string, path: ConfigPath): void {
  const fault = labelFault(label, value);
  const place = [...path, 'labels', label];
  if (fault !== undefined) {
    const { rule, isOfName } = fault;
    throw faultAt(place, `must ${rule}`, isOfName ? { isOfName } : { value });
  }
  if (label !== 'alertname') return;
  throw faultAt(place, 'must not be alertname, which is the name of the rule', { isOfName: true });
}

export function isMatched({ match }: AlertRule, { labels, name, probe }: WatchTarget): boolean {
  const all: Readonly<Record<string, string>> = { ...labels, target: name, probe: probe.name };
  return Object.entries(match).every(([label, value]) => all[label] === value);
}
