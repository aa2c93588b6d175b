// SPDX-License-Identifier: MIT
// Checks an object of options against their table: refuses unknown names, checks values, and adds defaults.

import { createError } from '../errors.ts';
import type { Kind } from './kind.ts';
import { nearestName } from './nearest-name.ts';
import { ownCopy } from './own-copy.ts';
import { isDependent, type DefaultValues, type Option, type OptionTable } from './option.ts';

/** The table has every option of `Options`. */
type TableOf<Options> = { readonly [Name in keyof Options]-?: Option };

/**
 * Returns `options` over the defaults of their table after checking every given value; `undefined` means not given.
 *
 * @param prefix  precedes each name in an error: `stamp.`
 * @throws OptionError `ECHOGRAM_ERR_OPTION_UNKNOWN` or `ECHOGRAM_ERR_OPTION_VALUE`, also for a missing option
 */
export function parseOptions<Options extends object, Table extends OptionTable>(
  table: Table & TableOf<Options>,
  options: Options,
  prefix = '',
): Options & DefaultValues<Table> {
  requireOptions(options);
  const parsed = defaultsOf(table);
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (!Object.hasOwn(table, name)) throw unknownOption(name, table, prefix);
    if (value === undefined) continue;
    const { kind } = (table as OptionTable)[name]!;
    if (!kind.accepts(value)) throw wrongValue(`${prefix}${name}`, kind, value);
    parsed[name] = ownCopy(value);
  }
  for (const [name, { kind, isRequired }] of Object.entries<Option>(table)) {
    if (isRequired && parsed[name] === undefined) throw wrongValue(name, kind, undefined);
  }
  return parsed as Options & DefaultValues<Table>;
}

/**
 * Refuses anything but an object: plain JavaScript may pass any value.
 *
 * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE`
 */
export function requireOptions(options: unknown): void {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  const data = { option: 'options', rule: 'an object', value: options };
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', data);
}

function wrongValue(
  option: string,
  { rule, inWords }: Kind<unknown, unknown>,
  value: unknown,
): Error {
  const shown = inWords === undefined ? value : inWords(value);
  return createError('ECHOGRAM_ERR_OPTION_VALUE', { option, rule, value: shown });
}

function defaultsOf(table: OptionTable): Record<string, unknown> {
  const defaults = Object.entries(table).filter(
    ([, option]) => option.default !== undefined && !isDependent(option.default),
  );
  return Object.fromEntries(defaults.map(([name, option]) => [name, option.default]));
}

function unknownOption(option: string, table: OptionTable, prefix: string): Error {
  const names = Object.keys(table);
  const nearest = nearestName(option, names);
  return createError('ECHOGRAM_ERR_OPTION_UNKNOWN', {
    option: `${prefix}${option}`,
    known: names.map((name) => `${prefix}${name}`),
    ...(nearest === undefined ? {} : { nearest: `${prefix}${nearest}` }),
  });
}
