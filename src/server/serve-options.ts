// SPDX-License-Identifier: MIT
// The options of a server, and the rules that combine several of them.

import { createError } from '../errors.ts';
import { ABORT_SIGNAL } from '../options/kind.ts';
import { requireKnownParts } from '../options/impairment.ts';
import { option, type DefaultValues, type OptionValues } from '../options/option.ts';
import { parseOptions, requireOptions } from '../options/parse-options.ts';
import { SERVE_OPTIONS, STAMP_OPTIONS } from '../options/serve.ts';

/** A STAMP Session-Reflector (RFC 8762). */
export type StampOptions = OptionValues<typeof STAMP_OPTIONS>;

/** The options of a server. Every field has a default. */
export interface ServeOptions extends OptionValues<typeof SERVE_OPTIONS> {
  /** Closes the server when aborted. */
  readonly signal?: AbortSignal;
}

const OPTIONS = { ...SERVE_OPTIONS, signal: option(ABORT_SIGNAL) };

/** The options with every default. */
export type ParsedOptions = ServeOptions & DefaultValues<typeof SERVE_OPTIONS>;

/**
 * The options with all defaults.
 *
 * @throws OptionError for an invalid option
 */
export function parseServeOptions(options: ServeOptions): ParsedOptions {
  requireOptions(options);
  requireKnownParts(options.impair, 'impair');
  const parsed: ParsedOptions = parseOptions(OPTIONS, options);
  requireOnePlace(options);
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

/** What sockets that are bound already have settled. */
const SETTLED = ['host', 'port', 'workers'] as const;

function requireOnePlace(options: ServeOptions): void {
  const { fds, stamp } = options;
  const stampOptions = typeof stamp === 'object' ? stamp : {};
  const given: Readonly<Record<string, unknown>> = { ...options, 'stamp.port': stampOptions.port };
  const settled = fds === undefined ? [] : [...SETTLED, 'stamp.port'];
  const idle = settled.find((name) => given[name] !== undefined);
  if (idle !== undefined) {
    const rule = 'undefined if sockets are given as fds, which are bound already';
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', { option: idle, rule, value: given[idle] });
  }
  const hasStamp = stamp !== undefined && stamp !== false;
  if (!hasStamp || (fds === undefined) === (stampOptions.fds === undefined)) return;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'stamp.fds',
    rule: 'given if fds is, and only then',
    value: stampOptions.fds,
    remedy: 'a server binds all of its services or none',
  });
}
