// SPDX-License-Identifier: MIT
// Checks an object of options against their table: refuses unknown names, checks values, and adds defaults.

import { createError } from '../errors.ts';
import { nearestName } from './nearest-name.ts';
import { isDependent, type DefaultValues, type Option, type OptionTable } from './option.ts';

/** The table has every option of `Options`. */
type TableOf<Options> = { readonly [Name in keyof Options]-?: Option };

/**
 * Returns `options` over the defaults of their table after checking every given value; `undefined` means not given.
 *
 * @param prefix  precedes each name in an error: `stamp.`
 * @throws OptionError `ECHOGRAM_ERR_OPTION_UNKNOWN` or `ECHOGRAM_ERR_OPTION_VALUE`
 */
export function parseOptions<Options extends object, Table extends OptionTable>(
  table: Table & TableOf<Options>,
  options: Options,
  prefix = '',
): Options & DefaultValues<Table> {
  const parsed = defaultsOf(table);
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (!Object.hasOwn(table, name)) throw unknownOption(name, table, prefix);
    if (value === undefined) continue;
    const { kind } = (table as OptionTable)[name]!;
    if (!kind.accepts(value)) {
      const shown = kind.inWords === undefined ? value : kind.inWords(value);
      const data = { option: `${prefix}${name}`, rule: kind.rule, value: shown };
      throw createError('ECHOGRAM_ERR_OPTION_VALUE', data);
    }
    parsed[name] = value;
  }
  return parsed as Options & DefaultValues<Table>;
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
