// SPDX-License-Identifier: MIT
// The option for the bad network that a server imitates: its parts, and how one flag spells them.

import { wholeNumber, wrongText, type Kind, type ValueText } from './kind.ts';
import { option, type OptionTable, type OptionValues } from './option.ts';
import { parseOptions } from './parse-options.ts';
import { duration, RATIO } from './quantity.ts';

const DELAY = duration({ minMs: 0, maxMs: 60_000 });

/** The network to imitate. Ratios are 0 to 1; each datagram's fate is drawn independently. */
export const IMPAIRMENT_OPTIONS = {
  lossRatio: option(RATIO),
  duplicateRatio: option(RATIO),
  reorderRatio: option(RATIO),
  corruptRatio: option(RATIO),
  delayMs: option(DELAY),
  /** Delays are uniformly distributed from `delayMs − jitterMs` to `delayMs + jitterMs`. */
  jitterMs: option(DELAY),
  /** How long a blackout lasts, in which nothing passes. */
  blackoutMs: option(duration()),
  /** When the first blackout starts, counted from the moment the plan takes effect. Default 0. */
  blackoutStartMs: option(duration({ minMs: 0 })),
  /** How long after the start of one blackout the next one starts. Default: there is only one. */
  blackoutEveryMs: option(duration()),
  /** The same seed gives the n-th datagram the same fate. Default 1. */
  seed: option(wholeNumber(0, 2 ** 32 - 1)),
};

type Plan = OptionValues<typeof IMPAIRMENT_OPTIONS>;

/** Maps the name of each part in the text to its field. */
const PART_OF: Readonly<Record<string, keyof Plan>> = {
  loss: 'lossRatio',
  delay: 'delayMs',
  duplicate: 'duplicateRatio',
  reorder: 'reorderRatio',
  corrupt: 'corruptRatio',
  blackout: 'blackoutMs',
  seed: 'seed',
};

/** `loss=10%,delay=50ms±10ms,duplicate=1%,reorder=5%,corrupt=0.1%,blackout=2s@10s/60s,seed=42` */
const TEXT: ValueText<Plan> = {
  read(name, text) {
    const plans = text.split(',').map((part) => readPart(name, part));
    return Object.assign({}, ...plans) as Plan;
  },
  write(plan) {
    const parts = Object.entries(PART_OF).filter(([, field]) => plan[field] !== undefined);
    return parts.map(([part, field]) => `${part}=${writePart(plan, field)}`).join(',');
  },
};

function readPart(name: string, text: string): Plan {
  const [part = '', value = ''] = text.split('=', 2);
  const field = Object.hasOwn(PART_OF, part) ? PART_OF[part] : undefined;
  if (field === undefined) {
    const rule = `parts named ${Object.keys(PART_OF).join(', ')}`;
    throw wrongText(name, rule, text, "write 'loss=10%,delay=50ms±10ms,seed=42'");
  }
  const read = (field: keyof Plan, text: string): number =>
    IMPAIRMENT_OPTIONS[field].kind.text!.read(`${name} ${part}`, text);
  const further = FURTHER_VALUES[field] ?? [];
  const values: Record<string, number> = {};
  let rest = value;
  for (const { field: last, sign } of further.toReversed()) {
    const [before = '', after] = rest.split(sign, 2);
    if (after !== undefined) values[last] = read(last, after);
    rest = before;
  }
  return { [field]: read(field, rest), ...values };
}

/** Values that may follow the first one of a part, in this order, each after its sign. */
const FURTHER_VALUES: Partial<Record<keyof Plan, readonly FurtherValue[]>> = {
  // `50ms±10ms`, or `50ms+-10ms` on keyboards without the sign.
  delayMs: [{ field: 'jitterMs', sign: /±|\+-/, written: '±' }],
  // `2s@10s/60s`: two seconds long, first after ten seconds, then every minute.
  blackoutMs: [
    { field: 'blackoutStartMs', sign: /@/, written: '@' },
    { field: 'blackoutEveryMs', sign: /\//, written: '/' },
  ],
};

interface FurtherValue {
  readonly field: keyof Plan;
  readonly sign: RegExp;
  readonly written: string;
}

function writePart(plan: Plan, field: keyof Plan): string {
  const write = (field: keyof Plan): string =>
    IMPAIRMENT_OPTIONS[field].kind.text!.write(plan[field]!);
  const further = (FURTHER_VALUES[field] ?? []).filter(({ field }) => plan[field] !== undefined);
  return write(field) + further.map(({ field, written }) => written + write(field)).join('');
}

export const IMPAIRMENT: Kind<Plan> = {
  rule: 'an impairment plan: ratios from 0 to 1, and delays in milliseconds',
  accepts: isPlan,
  text: TEXT,
};

/** True for a plan whose fields are all known and in range. */
function isPlan(value: unknown): value is Plan {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const table: OptionTable = IMPAIRMENT_OPTIONS;
  return Object.entries(value).every(
    ([name, field]) =>
      Object.hasOwn(table, name) && (field === undefined || table[name]!.kind.accepts(field)),
  );
}

/**
 * Checks the parts of a plan one by one, so that the error names the wrong one.
 *
 * @param name  of the option that has the plan
 * @throws OptionError for an unknown part, or one outside its rule
 */
export function requireKnownParts(plan: unknown, name: string): void {
  const isObject = typeof plan === 'object' && plan !== null && !Array.isArray(plan);
  if (isObject) parseOptions(IMPAIRMENT_OPTIONS, plan, `${name}.`);
}
