// SPDX-License-Identifier: MIT
// Flags that mean nothing without another.

import type { Command } from 'commander';
import { createError } from '../errors.ts';

/** Flags whose value is shown to nobody. */
const SECRET: ReadonlySet<string> = new Set(['--web-token']);

/**
 * Refuses each of `flags` without `needed`, rather than ignore it. A variable of the environment may
 * stand for another day.
 *
 * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE`
 */
export function requireWith(needed: string, flags: readonly string[], command: Command): void {
  const given = command.options.filter(
    (option) => command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (given.some(({ long }) => long === needed)) return;
  const lonely = given.find(({ long }) => flags.includes(long!));
  if (lonely === undefined) return;
  const value = String(command.getOptionValue(lonely.attributeName()));
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: lonely.long!,
    rule: `given with ${needed} only`,
    ...(SECRET.has(lonely.long!) ? {} : { value }),
  });
}
