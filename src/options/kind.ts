// SPDX-License-Identifier: MIT
// The kinds of value that options have: what a value must be, how it is read from a flag's text and written as one, and
// how a result shows it.

import { createError } from '../errors.ts';
import { parseHostPort } from '../host-port.ts';

/** A JSON schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A value as the text of a flag or an environment variable. */
export interface ValueText<Value> {
  /**
   * @param name      the flag or variable that an error names
   * @param previous  the earlier value of the same flag, if it may be given several times
   * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE`
   */
  read(name: string, text: string, previous?: Value): Value;
  /** The text that `read` accepts. */
  write(value: Value): string;
}

/** A value as the settings of a result show it. */
export interface ShownValue<Value, Shown> {
  readonly schema: JsonSchema;
  /** `null` if the value is not given, unless its absence has a meaning. */
  of(value: Value | undefined): Shown | null;
  from(shown: Shown): Value;
}

/** What an option's value must be. */
export interface Kind<Value, Shown = Value> {
  /** Follows "must be" in an error. */
  readonly rule: string;
  accepts(value: unknown): value is Value;
  /** What an error contains in place of a secret value. */
  readonly inWords?: (value: unknown) => string;
  /** The permitted words, if there are few. */
  readonly choices?: readonly string[];
  /** None if no flag can give it. */
  readonly text?: ValueText<Value>;
  /** None if no result shows it. */
  readonly shown?: ShownValue<Value, Shown>;
}

/** The error for a text that is not of its kind. */
export function wrongText(option: string, rule: string, value: string, remedy?: string): Error {
  const data = { option, rule, value, ...(remedy === undefined ? {} : { remedy }) };
  return createError('ECHOGRAM_ERR_OPTION_VALUE', data);
}

/** A value that a result shows unchanged. */
export function shownAsItIs<Value>(schema: JsonSchema): ShownValue<Value, Value> {
  return { schema, of: (value) => value ?? null, from: (shown) => shown };
}

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): Kind<number> {
  const rule = `a whole number from ${min} to ${max}`;
  return {
    rule,
    accepts: (value): value is number =>
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max,
    text: {
      read(name, text) {
        const value = Number(text);
        if (/^\d+$/.test(text) && value >= min && value <= max) return value;
        throw wrongText(name, rule, text);
      },
      write: String,
    },
    shown: shownAsItIs({ type: 'integer', minimum: min, maximum: max }),
  };
}

/** One of the given words or numbers. */
export function oneOf<const Choice extends string | number>(
  ...values: readonly Choice[]
): Kind<Choice> {
  const choices = values.map(String);
  const rule = choices.length === 1 ? choices[0]! : `one of ${choices.join(', ')}`;
  return {
    rule,
    accepts: (value): value is Choice => values.includes(value as Choice),
    choices,
    text: {
      read(name, text) {
        const value = values[choices.indexOf(text)];
        if (value !== undefined) return value;
        throw wrongText(name, rule, text);
      },
      write: String,
    },
    shown: shownAsItIs({ enum: values }),
  };
}

/** True or false: as a flag it takes no value. */
export const SWITCH: Kind<boolean> = {
  rule: 'true or false',
  accepts: (value) => typeof value === 'boolean',
};

/** A name of 253 octets may be followed by a dot (RFC 1035 section 2.3.4); a zone's name is shorter. */
const HOST_MAX_LENGTH = 254;

// Excludes controls, lone surrogates and other invisible characters, and every blank. The system's resolver reads up to
// the first NUL, so `localhost\0.example` would be localhost.
const HOST_TEXT = /^[^\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]+$/u;

const HOST_RULE = `a host name or address of at most ${HOST_MAX_LENGTH} characters, without spaces or control characters`;

/** A host name or an address, with its zone if it has one. Whether it resolves is not checked here. */
export const HOST = {
  rule: HOST_RULE,
  accepts: (value): value is string =>
    typeof value === 'string' && value.length <= HOST_MAX_LENGTH && HOST_TEXT.test(value),
  text: {
    /** An IPv6 address may be in brackets, as before a port. */
    read(name: string, text: string): string {
      const { host, port } = parseHostPort(text) ?? {};
      if (port !== undefined) {
        throw wrongText(name, 'a host without a port', text, 'give the port in its own option');
      }
      if (HOST.accepts(host)) return host;
      throw wrongText(name, HOST_RULE, text);
    },
    write: (host: string): string => host,
  },
} as const satisfies Kind<string>;

/** A function of the caller, whose type the options have. */
export const CALLBACK: Kind<(value: never) => void> = {
  rule: 'a function',
  accepts: (value): value is (value: never) => void => typeof value === 'function',
};

export const ABORT_SIGNAL: Kind<AbortSignal> = {
  rule: 'an AbortSignal',
  accepts: (value) => value instanceof AbortSignal,
};
