// SPDX-License-Identifier: MIT
// The options of a relay, checked together.

import { createError } from '../errors.ts';
import type { ImpairmentPlan } from '../impairment/impairments.ts';
import { requireKnownParts } from '../options/impairment.ts';
import { IMPAIR_OPTIONS, readTarget } from '../options/impair.ts';
import { ABORT_SIGNAL } from '../options/kind.ts';
import { option, type DefaultValues, type OptionValues, type ValueOf } from '../options/option.ts';
import { parseOptions, requireOptions } from '../options/parse-options.ts';

/** How to relay. Every field but `to` has a default. */
export interface ImpairOptions extends OptionValues<typeof IMPAIR_OPTIONS> {
  readonly to: ValueOf<(typeof IMPAIR_OPTIONS)['to']>;
  /** Closes the relay when it is aborted. */
  readonly signal?: AbortSignal;
}

/** New plans for a running relay. A direction that is not named keeps its plan. */
export interface PlanChange {
  /** For both directions; `{}` impairs nothing. */
  readonly plan?: ImpairmentPlan;
  /** For the way to the server, instead of `plan`. */
  readonly forward?: ImpairmentPlan;
  /** For the way back to the clients, instead of `plan`. */
  readonly backward?: ImpairmentPlan;
}

const OPTIONS = { ...IMPAIR_OPTIONS, signal: option(ABORT_SIGNAL) };

const { plan, forward, backward } = IMPAIR_OPTIONS;
const PLAN_OPTIONS = { plan, forward, backward };

/** The options with every default. */
export type ParsedImpairOptions = ImpairOptions & DefaultValues<typeof IMPAIR_OPTIONS>;

/**
 * The options with all defaults.
 *
 * @throws OptionError for an invalid option, or without `to`
 */
export function parseImpairOptions(options: ImpairOptions): ParsedImpairOptions {
  requireKnownPlans(options);
  const parsed = parseOptions(OPTIONS, options);
  if (readTarget(parsed.to) !== undefined) return parsed;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'to',
    rule: 'given: the host and the port of the server to forward to',
    remedy: 'write 192.0.2.7:7000 or [2001:db8::7]:7000',
  });
}

/**
 * The new plans of a running relay.
 *
 * @throws OptionError for a plan outside its rule
 */
export function parsePlanChange(change: PlanChange): PlanChange {
  requireKnownPlans(change);
  return parseOptions(PLAN_OPTIONS, change);
}

function requireKnownPlans(change: PlanChange): void {
  requireOptions(change);
  const { plan, forward, backward } = change;
  requireKnownParts(plan, 'plan');
  requireKnownParts(forward, 'forward');
  requireKnownParts(backward, 'backward');
}
