// SPDX-License-Identifier: MIT
// The kind of option for limits: one number, or two for monitoring, a warning and a critical one.

import { wrongText, type Kind } from './kind.ts';

/** A single limit is critical. */
export type Limit = number | readonly [warning: number, critical: number];

const PAIR_RULE = 'one limit, or WARN,CRIT with WARN not above CRIT';

/** @param kind  what each number must be */
export function limit(kind: Kind<number>): Kind<Limit> {
  const text = kind.text!;
  return {
    rule: `${kind.rule}, or two such numbers, the smaller first`,
    accepts: (value): value is Limit => kind.accepts(value) || isPair(value, kind),
    text: {
      read(name, written) {
        const limits = written.split(',').map((part) => text.read(name, part));
        if (limits.length === 1) return limits[0]!;
        if (isPair(limits, kind)) return limits;
        throw wrongText(name, PAIR_RULE, written);
      },
      write: (limit) =>
        levelsOf(limit)
          .map(({ limit }) => text.write(limit))
          .join(','),
    },
  };
}

function isPair(value: unknown, kind: Kind<number>): value is readonly [number, number] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [warning, critical] = value as unknown[];
  return kind.accepts(warning) && kind.accepts(critical) && warning <= critical;
}

/** The severity of exceeding a limit. */
export type Level = 'warning' | 'critical';

/** Each limit with its level, the lowest first. */
export function levelsOf(
  limit: Limit,
): readonly { readonly level: Level; readonly limit: number }[] {
  if (typeof limit === 'number') return [{ level: 'critical', limit }];
  const [warning, critical] = limit;
  return [
    { level: 'warning', limit: warning },
    { level: 'critical', limit: critical },
  ];
}
