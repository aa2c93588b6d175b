// SPDX-License-Identifier: MIT
// What a server may be asked for: its options, and the rules that join several of them.

import { createError } from '../errors.ts';
import { ABORT_SIGNAL } from '../options/kind.ts';
import { IMPAIRMENT_OPTIONS } from '../options/impairment.ts';
import { option, type DefaultValues, type OptionValues } from '../options/option.ts';
import { parseOptions } from '../options/parse-options.ts';
import { SERVE_OPTIONS, STAMP_OPTIONS } from '../options/serve.ts';

/** A STAMP Session-Reflector (RFC 8762). */
export type StampOptions = OptionValues<typeof STAMP_OPTIONS>;

/** How to serve. Every field has a default. */
export interface ServeOptions extends OptionValues<typeof SERVE_OPTIONS> {
  /** Closes the server when it is aborted. */
  readonly signal?: AbortSignal;
}

const OPTIONS = { ...SERVE_OPTIONS, signal: option(ABORT_SIGNAL) };

/** With every default. */
export type ParsedOptions = ServeOptions & DefaultValues<typeof SERVE_OPTIONS>;

/**
 * The options with all defaults.
 *
 * @throws OptionError for an option outside its rule
 */
export function parseServeOptions(options: ServeOptions): ParsedOptions {
  requireKnownParts(options.impair);
  const parsed: ParsedOptions = parseOptions(OPTIONS, options);
  if (typeof parsed.stamp !== 'object') return parsed;
  // An error never holds the key.
  parseOptions(STAMP_OPTIONS, parsed.stamp, 'stamp.');
  const { answerShort = false, key } = parsed.stamp;
  if (answerShort && (parsed.allow.length === 0 || key !== undefined)) {
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: 'stamp.answerShort',
      rule: 'false without allowed networks, or with a key',
      value: true,
      remedy: 'name the networks of the senders with allow',
    });
  }
  return parsed;
}

/** Of a plan, so that the error names the part that is wrong. */
function requireKnownParts(plan: unknown): void {
  const isObject = typeof plan === 'object' && plan !== null && !Array.isArray(plan);
  if (isObject) parseOptions(IMPAIRMENT_OPTIONS, plan, 'impair.');
}
