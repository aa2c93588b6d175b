// SPDX-License-Identifier: MIT
// Parses --impair: loss=10%,delay=50ms±10ms,duplicate=1%,reorder=5%,corrupt=0.1%,seed=42

import { createError } from '../errors.ts';
import type { ImpairmentPlan } from '../server/impairment.ts';
import { durationMs, percentage, wholeNumber } from './flag-values.ts';

const RATIO_FIELDS: Readonly<Record<string, keyof ImpairmentPlan>> = {
  loss: 'lossRatio',
  duplicate: 'duplicateRatio',
  reorder: 'reorderRatio',
  corrupt: 'corruptRatio',
};

/** That of `ImpairmentPlan`. */
const LONGEST_DELAY = { ms: 60_000, words: '60 seconds' };

/** @throws OptionError naming the part that is wrong */
export function impairmentPlan(text: string): ImpairmentPlan {
  const plans = text.split(',').map((part): ImpairmentPlan => {
    const [name = '', value = ''] = part.split('=', 2);
    const field = Object.hasOwn(RATIO_FIELDS, name) ? RATIO_FIELDS[name] : undefined;
    if (field !== undefined) return { [field]: percentage(`--impair ${name}`)(value) };
    if (name === 'delay') return delay(value);
    if (name === 'seed') return { seed: wholeNumber('--impair seed', 0, 2 ** 32 - 1)(value) };
    throw wrong('--impair', 'parts named loss, delay, duplicate, reorder, corrupt or seed', part);
  });
  return Object.assign({}, ...plans) as ImpairmentPlan;
}

/** `50ms`, or `50ms±10ms`, for which `50ms+-10ms` stands on keyboards without the sign. */
function delay(text: string): ImpairmentPlan {
  const [mean = '', jitter] = text.split(/±|\+-/, 2);
  const parse = durationMs('--impair delay', LONGEST_DELAY);
  return { delayMs: parse(mean), ...(jitter === undefined ? {} : { jitterMs: parse(jitter) }) };
}

function wrong(option: string, rule: string, value: string): Error {
  const remedy = "write 'loss=10%,delay=50ms±10ms,seed=42'";
  return createError('ECHOGRAM_ERR_OPTION_VALUE', { option, rule, value, remedy });
}
