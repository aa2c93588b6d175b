// SPDX-License-Identifier: MIT
// The options that a command was given, and by what. A command needs no more of the parser, which takes long to load.

import { createError, EchogramError, type ErrorData } from '../errors.ts';
import {
  longName,
  type Flag,
  type Option,
  type OptionTable,
  type OptionValues,
} from '../options/option.ts';

/** The source of an option's value. */
export interface Source {
  /** A flag or a variable. */
  readonly name: string;
  /** None if it has no value. */
  readonly text: string | undefined;
}

/** The options that a command was given, and their sources. */
export interface Given<Table> {
  readonly values: OptionValues<Table>;
  readonly sources: ReadonlyMap<string, Source>;
  readonly table: Table;
}

/** The flag or the variable that gave an option; its flag, if nothing did. */
export function sourceOf<Table extends OptionTable>(
  name: string & keyof Table,
  { sources, table }: Given<Table>,
): string {
  return sources.get(name)?.name ?? longName(table[name]!.flags[0]!);
}

/** The values whose options are in `table`. */
export function only<Table extends OptionTable>(
  table: Table,
  values: OptionValues<Table>,
): OptionValues<Table> {
  const named = Object.entries(values).filter(([name]) => Object.hasOwn(table, name));
  return Object.fromEntries(named) as OptionValues<Table>;
}

/** Rewrites an error that names an option of the library, so that it names the flag or variable. */
export function asGiven(error: unknown, { sources, table }: Given<OptionTable>): unknown {
  if (!EchogramError.is(error) || !('option' in error.data)) return error;
  const { code, data } = error;
  const option = Object.hasOwn(table, data.option) ? table[data.option] : undefined;
  const flag = option?.flags[0];
  if (option === undefined || flag === undefined) return error;
  const source = sources.get(data.option);
  const value =
    'value' in data ? { value: source?.text ?? writtenValue(option, flag, data.value) } : {};
  const named = { ...data, ...value, option: source?.name ?? longName(flag) };
  return createError(code, named as ErrorData<typeof code>);
}

/** A value as its flag would spell it. */
function writtenValue({ kind }: Option, flag: Flag, value: unknown): string {
  return (flag.text ?? kind.text)?.write(value) ?? String(value);
}
