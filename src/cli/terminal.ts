// SPDX-License-Identifier: MIT
// Finds out what a terminal can do, from the environment and the terminal itself.

import type { WriteStream } from 'node:tty';
import type { Jobs, Keyboard, Terminal } from './io.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The size to assume if the terminal does not know its own: a serial line, some CI systems. */
export const USUAL_COLUMNS = 80;
const USUAL_ROWS = 24;

/** Terminals that can't be redrawn: terminfo's names for terminals of unknown type. */
const PLAIN_TERMINALS = new Set(['', 'dumb', 'unknown']);

/** @returns `undefined` if the stream is not a terminal, or is one that can't be redrawn */
export function terminalOf(
  stream: Pick<WriteStream, 'isTTY' | 'columns' | 'rows' | 'hasColors'>,
  env: Environment,
  platform: NodeJS.Platform,
  jobs: Jobs,
  keyboard: Keyboard | undefined,
): Terminal | undefined {
  // A Windows console can, and has no TERM.
  const isPlain = platform !== 'win32' && PLAIN_TERMINALS.has(env['TERM'] ?? '');
  // Node leaves the property out for any other stream.
  if (!(stream.isTTY as boolean | undefined) || isPlain) return undefined;
  // https://no-color.org: any value except the empty string. In Node FORCE_COLOR takes precedence.
  const isColourless = (env['NO_COLOR'] ?? '') !== '';
  return {
    get columns() {
      return stream.columns > 0 ? stream.columns : USUAL_COLUMNS;
    },
    get rows() {
      return stream.rows > 0 ? stream.rows : USUAL_ROWS;
    },
    hasColour: !isColourless && stream.hasColors(256),
    hasUtf8: hasUtf8Locale(env, platform),
    jobs,
    keyboard,
  };
}

/**
 * True if terminals accept UTF-8: the codeset of the first of LC_ALL, LC_CTYPE and LANG that is set and not empty
 * decides (POSIX, Base Definitions, 8.2). If none is, the locale is C, which is ASCII. Windows has no such variables:
 * Node writes UTF-16 to its consoles, whatever their code page.
 */
export function hasUtf8Locale(env: Environment, platform: NodeJS.Platform): boolean {
  if (platform === 'win32') return true;
  const locale = ['LC_ALL', 'LC_CTYPE', 'LANG'].map((name) => env[name] ?? '').find(Boolean);
  // `en_GB.UTF-8`, `C.utf8`, `de_DE.UTF-8@euro`; macOS has `UTF-8` alone.
  return /(?:^|\.)utf-?8(?:@|$)/i.test(locale ?? 'C');
}
