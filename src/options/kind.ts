// SPDX-License-Identifier: MIT
// The kinds of value that options have: what a value must be, how a flag's text becomes one and is written
// again, and how a result shows it.

import { createError } from '../errors.ts';

/** A JSON schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A value as the text of a flag or a variable of the environment. */
export interface ValueText<Value> {
  /**
   * @param name  what the error names: the flag or the variable
   * @param previous  what the same flag gave before, if it may be given several times
   * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE`
   */
  read(name: string, text: string, previous?: Value): Value;
  /** As `read` takes it. */
  write(value: Value): string;
}

/** A value as the settings of a result show it. */
export interface ShownValue<Value, Shown> {
  readonly schema: JsonSchema;
  /** `null` where the value is not given, unless its absence says something. */
  of(value: Value | undefined): Shown | null;
  from(shown: Shown): Value;
}

/** What an option's value must be. */
export interface Kind<Value, Shown = Value> {
  /** Follows "must be" in an error. */
  readonly rule: string;
  accepts(value: unknown): value is Value;
  /** What an error says and holds in place of a value that nobody may be shown. */
  readonly inWords?: (value: unknown) => string;
  /** The words that it may be, if these are few. */
  readonly choices?: readonly string[];
  /** None where no flag can give it. */
  readonly text?: ValueText<Value>;
  /** None where no result shows it. */
  readonly shown?: ShownValue<Value, Shown>;
}

/** The error of a text that is none of its kind. */
export function wrongText(option: string, rule: string, value: string, remedy?: string): Error {
  const data = { option, rule, value, ...(remedy === undefined ? {} : { remedy }) };
  return createError('ECHOGRAM_ERR_OPTION_VALUE', data);
}

/** A value that a result shows as it is. */
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

/** A name of 253 octets may end with a dot (RFC 1035 section 2.3.4); a zone's name is shorter. */
const HOST_MAX_LENGTH = 254;

// Controls, lone surrogates and what else prints nothing, and every blank. The system's resolver reads
// up to the first NUL, so that `localhost\0.example` would be localhost.
const HOST_TEXT = /^[^\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]+$/u;

const HOST_RULE = `a host name or an address of at most ${HOST_MAX_LENGTH} characters, without blanks or control characters`;

/** A host name or an address, with its zone where it has one. Whether it resolves is another question. */
export const HOST = {
  rule: HOST_RULE,
  accepts: (value): value is string =>
    typeof value === 'string' && value.length <= HOST_MAX_LENGTH && HOST_TEXT.test(value),
  text: {
    read(name: string, text: string): string {
      if (HOST.accepts(text)) return text;
      throw wrongText(name, HOST_RULE, text);
    },
    write: (host: string): string => host,
  },
} as const satisfies Kind<string>;

export const ABORT_SIGNAL: Kind<AbortSignal> = {
  rule: 'an AbortSignal',
  accepts: (value) => value instanceof AbortSignal,
};
