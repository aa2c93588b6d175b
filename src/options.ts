// SPDX-License-Identifier: MIT
// Checks option objects against a table of rules: unknown names are refused, values are range-checked.

import { createError } from './errors.ts';

/** One option's rule: what a value must be, in words, and the test of it. */
export interface OptionRule {
  readonly rule: string;
  readonly accepts: (value: unknown) => boolean;
  /** What an error says and holds in place of a value that nobody may be shown. */
  readonly inWords?: (value: unknown) => string;
}

/** One rule for each option of `Options`; the compiler demands them all. */
export type OptionRules<Options> = { readonly [Name in keyof Options]-?: OptionRule };

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): OptionRule {
  return {
    rule: `a whole number from ${min} to ${max}`,
    accepts: (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
  };
}

/** A finite number from `min` to `max`. */
export function number(min: number, max: number): OptionRule {
  return {
    rule: `a number from ${min} to ${max}`,
    accepts: (value) => typeof value === 'number' && value >= min && value <= max,
  };
}

/** One of the given words or numbers. */
export function oneOf(...choices: readonly (string | number)[]): OptionRule {
  return {
    rule: choices.length === 1 ? String(choices[0]) : `one of ${choices.join(', ')}`,
    accepts: (value) => choices.includes(value as string | number),
  };
}

export const BOOLEAN: OptionRule = {
  rule: 'true or false',
  accepts: (value) => typeof value === 'boolean',
};

/** A name of 253 octets may end with a dot (RFC 1035 section 2.3.4); a zone's name is shorter. */
const HOST_MAX_LENGTH = 254;

// Controls, lone surrogates and what else prints nothing, and every blank. The system's resolver reads
// up to the first NUL, so that `localhost\0.example` would be localhost.
const HOST_TEXT = /^[^\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]+$/u;

/** A host name or an address, with its zone where it has one. Whether it resolves is another question. */
export const HOST: OptionRule = {
  rule: `a host name or an address of at most ${HOST_MAX_LENGTH} characters, without blanks or control characters`,
  accepts: (value) =>
    typeof value === 'string' && value.length <= HOST_MAX_LENGTH && HOST_TEXT.test(value),
};

export const ABORT_SIGNAL: OptionRule = {
  rule: 'an AbortSignal',
  accepts: (value) => value instanceof AbortSignal,
};

/** A UDP port to bind: 0 asks the system for a free one. */
export const BIND_PORT = integer(0, 65_535);

/** A UDP port to send to. */
export const REMOTE_PORT = integer(1, 65_535);

/** The lesson's port. */
export const ECHO_PORT = 10_000;

/** The port of STAMP and TWAMP-Test reflectors (RFC 8762 section 4.1). */
export const STAMP_PORT = 862;

/** RFC 2104 section 3 discourages keys shorter than the HMAC, which STAMP cuts to as many octets. */
export const STAMP_KEY_MIN_BYTES = 16;

/** The key of authenticated STAMP. */
export const STAMP_KEY: OptionRule = {
  rule: `a Uint8Array of ${STAMP_KEY_MIN_BYTES} octets or more`,
  accepts: (value) => value instanceof Uint8Array && value.length >= STAMP_KEY_MIN_BYTES,
  inWords: (value) =>
    value instanceof Uint8Array ? `${value.length} octets` : `a value of type ${typeof value}`,
};

/**
 * Returns `options` over `defaults` after checking every given value; `undefined` means not given.
 *
 * @throws OptionError `ECHOGRAM_ERR_OPTION_UNKNOWN` or `ECHOGRAM_ERR_OPTION_VALUE`
 */
export function parseOptions<Options extends object, Defaults extends Partial<Options>>(
  rules: OptionRules<Options>,
  options: Options,
  defaults: Defaults,
): Options & Defaults {
  const known = Object.keys(rules);
  const parsed: Record<string, unknown> = { ...defaults };
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (!Object.hasOwn(rules, name)) throw unknownOption(name, known);
    if (value === undefined) continue;
    const { rule, accepts, inWords } = rules[name as keyof Options];
    if (!accepts(value)) {
      const shown = inWords === undefined ? value : inWords(value);
      throw createError('ECHOGRAM_ERR_OPTION_VALUE', { option: name, rule, value: shown });
    }
    parsed[name] = value;
  }
  return parsed as Options & Defaults;
}

function unknownOption(option: string, known: readonly string[]): Error {
  const nearest = known.find((name) => name.toLowerCase() === option.toLowerCase());
  return createError('ECHOGRAM_ERR_OPTION_UNKNOWN', {
    option,
    known,
    ...(nearest === undefined ? {} : { nearest }),
  });
}
