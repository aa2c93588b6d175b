// SPDX-License-Identifier: MIT
// The settings of a result: the values of all options that have a place there.

import type { Option, OptionTable, SettingsOf } from './option.ts';

/** @param values  including every default */
export function settingsOf<Table extends OptionTable>(
  table: Table,
  values: Readonly<Partial<Record<keyof Table, unknown>>>,
): SettingsOf<Table> {
  const settings = placed(table).map(([name, setting, { kind }]) => [
    setting,
    kind.shown!.of(values[name]),
  ]);
  return Object.fromEntries(settings) as SettingsOf<Table>;
}

/** The options that have a place among the settings: their names, and their names there. */
export function placed(table: OptionTable): readonly (readonly [string, string, Option])[] {
  return Object.entries(table).flatMap(([name, option]) => {
    const [, setting] = /^config\.(\w+)$/.exec(option.place ?? '') ?? [];
    return setting === undefined ? [] : [[name, setting, option] as const];
  });
}
