// SPDX-License-Identifier: MIT
// The condition of a rule: `loss >= 5% over 1m for 3m`, `state = DOWN_NOW`.

import { wrongText, type Kind } from '../../options/kind.ts';
import { nearestName } from '../../options/nearest-name.ts';
import { duration } from '../../options/quantity.ts';
import { OptionError } from '../../errors.ts';
import { STATE_LABEL, type BoardCode } from '../board/states.ts';
import { COLUMN_MS } from '../column.ts';
import { ALERT_METRICS, type AlertMetricName } from './alert-metrics.ts';

const COMPARE = {
  '>=': (a: number, b: number) => a >= b,
  '>': (a: number, b: number) => a > b,
  '<=': (a: number, b: number) => a <= b,
  '<': (a: number, b: number) => a < b,
  '=': (a: number, b: number) => a === b,
} as const;

type Operator = keyof typeof COMPARE;

interface Timed {
  /** As it was written. */
  readonly text: string;
  /** Length of the stretch that is judged, a multiple of 10 s. */
  readonly overMs: number;
  /** How long it must hold before it counts. */
  readonly forMs: number;
}

export interface NumberCondition extends Timed {
  readonly of: 'number';
  readonly metric: AlertMetricName;
  readonly operator: Operator;
  readonly threshold: number;
}

export interface StateCondition extends Timed {
  readonly of: 'state';
  readonly code: BoardCode;
}

export type Condition = NumberCondition | StateCondition;

const DEFAULT_OVER_MS = 60_000;

/** A target keeps as many columns for it. */
const LONGEST_OVER_MS = 3_600_000;

const RULE = 'METRIC OPERATOR VALUE [over DURATION] [for DURATION], or state = CODE [for DURATION]';

const EXAMPLE = 'write loss >= 5% over 1m for 3m';

const FORM =
  /^\s*(?<metric>\w+)\s*(?<operator>>=|<=|>|<|=)\s*(?<value>[^\s<>=]+)(?<times>(?:\s+(?:over|for)\s+\S+)*)\s*$/d;

const TIMES = /(?<word>over|for)\s+(?<value>\S+)/dg;

const OVER = duration({ minMs: COLUMN_MS, maxMs: LONGEST_OVER_MS });

const FOR = duration({ minMs: COLUMN_MS, maxMs: 7 * 86_400_000 });

/** True if both numbers are in that relation. */
export function compare(a: number, operator: Operator, b: number): boolean {
  return COMPARE[operator](a, b);
}

/** The text of a rule; its errors name the place in it. */
export const CONDITION: Required<Pick<Kind<Condition>, 'text'>> = {
  text: { read: (name, text) => readCondition(name, text), write: ({ text }) => text },
};

function readCondition(name: string, text: string): Condition {
  const fail = wrongIn(name, text);
  const match = FORM.exec(text);
  const groups = match?.groups;
  if (groups === undefined) throw fail(1, `${EXAMPLE}; the form is ${RULE}`);
  const { metric = '', operator = '', value = '', times = '' } = groups;
  const places = match!.indices!.groups!;
  const timed = { text: text.trim(), ...readTimes(times, places['times']![0], fail) };
  const valueAt = places['value']![0] + 1;
  if (metric === 'state') {
    if (operator !== '=')
      throw fail(places['operator']![0] + 1, 'a state can only be compared by =');
    return { ...timed, of: 'state', code: readCode(value, valueAt, fail) };
  }
  if (!Object.hasOwn(ALERT_METRICS, metric)) {
    throw fail(places['metric']![0] + 1, unknownName('metric', metric, METRIC_NAMES));
  }
  const known = metric as AlertMetricName;
  const threshold = readPart(ALERT_METRICS[known].text, value, valueAt, fail);
  return { ...timed, of: 'number', metric: known, operator: operator as Operator, threshold };
}

const METRIC_NAMES = ['state', ...Object.keys(ALERT_METRICS)];

type Fail = (character: number, problem: string) => Error;

/** @returns what makes an error of a place, from 1, and what is wrong or to be done there */
function wrongIn(name: string, text: string): Fail {
  return (character, problem) =>
    wrongText(name, 'a condition', text, `at character ${character}: ${problem}`);
}

function readCode(value: string, at: number, fail: Fail): BoardCode {
  if (Object.hasOwn(STATE_LABEL, value)) return value as BoardCode;
  throw fail(at, unknownName('state', value, Object.keys(STATE_LABEL)));
}

function unknownName(what: string, name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  const remedy =
    nearest === undefined ? `known are ${known.join(', ')}` : `did you mean ${nearest}?`;
  return `${name} is no ${what}; ${remedy}`;
}

function readTimes(times: string, begin: number, fail: Fail): Omit<Timed, 'text'> {
  const given = new Map<string, number>();
  for (const match of times.matchAll(TIMES)) {
    const { word = '', value = '' } = match.groups!;
    const at = begin + match.indices!.groups!['value']![0] + 1;
    if (given.has(word)) throw fail(at, `${word} must stand once`);
    if (word === 'over' && given.has('for')) throw fail(at, 'over must stand before for');
    const kind = word === 'over' ? OVER : FOR;
    const ms = readPart(kind.text!, value, at, fail);
    if (word === 'over' && ms % COLUMN_MS !== 0) throw fail(at, 'over must be a multiple of 10s');
    given.set(word, ms);
  }
  return { overMs: given.get('over') ?? DEFAULT_OVER_MS, forMs: given.get('for') ?? 0 };
}

function readPart(
  kind: { read(name: string, text: string): number },
  text: string,
  at: number,
  fail: Fail,
): number {
  try {
    return kind.read('', text);
  } catch (error) {
    if (!OptionError.is(error) || error.code !== 'ECHOGRAM_ERR_OPTION_VALUE') throw error;
    const { rule, remedy } = error.data;
    throw fail(at, `${text} must be ${rule}${remedy === undefined ? '' : `; ${remedy}`}`);
  }
}
