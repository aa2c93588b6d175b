// SPDX-License-Identifier: MIT
// The bad network that a server imitates, as an option: its parts, and their text in one flag.

import { wholeNumber, wrongText, type Kind, type ValueText } from './kind.ts';
import { option, type OptionTable, type OptionValues } from './option.ts';
import { duration, RATIO } from './quantity.ts';

const DELAY = duration(0, 60_000);

/** The network to imitate. Ratios are 0 to 1; each datagram's fate is drawn by itself. */
export const IMPAIRMENT_OPTIONS = {
  lossRatio: option(RATIO),
  duplicateRatio: option(RATIO),
  reorderRatio: option(RATIO),
  corruptRatio: option(RATIO),
  delayMs: option(DELAY),
  /** The delay is drawn evenly from `delayMs − jitterMs` to `delayMs + jitterMs`. */
  jitterMs: option(DELAY),
  /** The same seed gives the n-th datagram the same fate. Default 1. */
  seed: option(wholeNumber(0, 2 ** 32 - 1)),
};

type Plan = OptionValues<typeof IMPAIRMENT_OPTIONS>;

/** What each part of the text is called there. */
const PART_OF: Readonly<Record<string, keyof Plan>> = {
  loss: 'lossRatio',
  delay: 'delayMs',
  duplicate: 'duplicateRatio',
  reorder: 'reorderRatio',
  corrupt: 'corruptRatio',
  seed: 'seed',
};

/** `loss=10%,delay=50ms±10ms,duplicate=1%,reorder=5%,corrupt=0.1%,seed=42` */
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
  if (field !== 'delayMs') return { [field]: read(field, value) };
  // `50ms`, or `50ms±10ms`, for which `50ms+-10ms` stands on keyboards without the sign.
  const [mean = '', jitter] = value.split(/±|\+-/, 2);
  const delayMs = read('delayMs', mean);
  return { delayMs, ...(jitter === undefined ? {} : { jitterMs: read('jitterMs', jitter) }) };
}

function writePart(plan: Plan, field: keyof Plan): string {
  const write = (field: keyof Plan): string =>
    IMPAIRMENT_OPTIONS[field].kind.text!.write(plan[field]!);
  const hasJitter = field === 'delayMs' && plan.jitterMs !== undefined;
  return hasJitter ? `${write(field)}±${write('jitterMs')}` : write(field);
}

export const IMPAIRMENT: Kind<Plan> = {
  rule: 'an impairment plan: ratios from 0 to 1, and delays in milliseconds',
  accepts: isPlan,
  text: TEXT,
};

/** True for a plan all of whose fields are known and in range. */
function isPlan(value: unknown): value is Plan {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const table: OptionTable = IMPAIRMENT_OPTIONS;
  return Object.entries(value).every(
    ([name, field]) =>
      Object.hasOwn(table, name) && (field === undefined || table[name]!.kind.accepts(field)),
  );
}
