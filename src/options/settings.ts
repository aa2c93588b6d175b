// SPDX-License-Identifier: MIT
// The settings of a result: what became of each option that has its place there.

import type { Option, OptionTable, SettingsOf } from './option.ts';

/** @param values  with every default */
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

/** The options that have a place among the settings: their names, and what they are called there. */
export function placed(table: OptionTable): readonly (readonly [string, string, Option])[] {
  return Object.entries(table).flatMap(([name, option]) => {
    const [, setting] = /^config\.(\w+)$/.exec(option.place ?? '') ?? [];
    return setting === undefined ? [] : [[name, setting, option] as const];
  });
}
