// SPDX-License-Identifier: MIT
// The flags of echogram history export.

import { oneOf, wrongText, type Kind } from '../../options/kind.ts';
import { option } from '../../options/option.ts';
import { duration } from '../../options/quantity.ts';
import { OUTPUT_NAME } from '../flag-values.ts';

const ISO_TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;

const AGO = duration({ maxMs: 1000 * 366 * 86_400_000 });

const TIME_RULE = 'a time such as 2026-11-27T10:00Z, a day, or a duration before now';

/** `Date` takes February 30 for March 2. */
function isDay(text: string): boolean {
  const day = new Date(text);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** A moment. */
const TIME: Kind<Date> = {
  rule: TIME_RULE,
  accepts: (value): value is Date => value instanceof Date,
  text: {
    read(name, text) {
      const time = new Date(text);
      if (ISO_TIME.test(text) && !Number.isNaN(time.getTime()) && isDay(text.slice(0, 10))) {
        return time;
      }
      if (!/^[\d.]+[a-z]+$/.test(text)) {
        throw wrongText(name, TIME_RULE, text, 'write 2026-11-27T10:00:00Z, 2026-11-27 or 24h');
      }
      return new Date(Date.now() - AGO.text!.read(name, text));
    },
    write: (time) => time.toISOString(),
  },
};

/** Names of targets; the flag may be given several times. */
const TARGET_NAMES: Kind<readonly string[]> = {
  rule: "targets' names",
  accepts: (value): value is readonly string[] => Array.isArray(value),
  text: {
    read: (_name, text, previous = []) => [...previous, text],
    write: (names) => names.join(),
  },
};

export const HISTORY_FLAGS = {
  from: option(TIME, {
    flags: [{ syntax: '--from <time>', help: 'first column to export (default: the oldest)' }],
  }),
  to: option(TIME, {
    flags: [{ syntax: '--to <time>', help: 'end of the columns to export (default: the latest)' }],
  }),
  tier: option(oneOf('10s', '1m', '10m', '1h'), {
    default: '1m',
    flags: [{ syntax: '--tier <width>', help: 'width of the columns' }],
  }),
  targets: option(TARGET_NAMES, {
    flags: [
      { syntax: '--target <name>', help: 'only this target; may be repeated (default: all)' },
    ],
  }),
  format: option(oneOf('csv', 'jsonl'), {
    default: 'csv',
    flags: [{ syntax: '--format <format>', help: 'CSV, or one JSON object per line' }],
  }),
  output: option(OUTPUT_NAME, {
    default: '-',
    flags: [{ syntax: '-o, --output <file>', help: 'file to write; - is standard output' }],
  }),
};

export const HISTORY_HELP = `
Examples:
  echogram history export watch.db                       each minute of all targets
  echogram history export watch.db --tier 1h -o year.csv
  echogram history export watch.db --tier 10s --from 2h --target fra
  echogram history export watch.db --format jsonl --from 2026-11-01 --to 2026-12-01

A file can be exported while a watch writes it. Columns of 10 seconds are kept for 2 days, of
1 minute for 14 days, of 10 minutes for a year and of 1 hour for two years. Times are UTC.
docs/history.md has the fields, and the file's tables for those who query it with SQL.`;
