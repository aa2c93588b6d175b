// SPDX-License-Identifier: MIT
// The command that repeats a measurement, from the settings of its result.

import type { SessionStart } from '../client/session/session-result.ts';
import { formatHostPort } from '../host-port.ts';
import { isDependent, longName, type Option, type OptionTable } from '../options/option.ts';
import { PING_OPTIONS } from '../options/ping.ts';

/** A word that every shell takes literally without quotes: no pattern, no option, nothing to expand. */
const PLAIN_WORD = /^\w[\w.:/+-]*$/;

/** The parts of a result that tell how to repeat its measurement. */
export interface Repeatable {
  readonly config: object;
  readonly supplied: Readonly<Record<string, unknown>>;
  readonly target: Pick<SessionStart['target'], 'host' | 'port' | 'protocol'>;
  readonly tool: Pick<SessionStart['tool'], 'engine'>;
}

/** `echogram ping --count 100 --interval 20ms -- 192.0.2.7:10000` */
export function pingCommand(start: SessionStart): string {
  // Only a check has two limits for one threshold.
  const isCheck = Object.values(start.supplied).some(Array.isArray);
  return commandOf('ping', PING_OPTIONS, start, isCheck ? ['--nagios'] : []);
}

/**
 * The command with only what differs from the defaults. It is meant to be copied, and the result may come from a
 * stranger. So each value is one word to a POSIX shell, whatever it contains, and the host can't be an option.
 *
 * @param more  further flags
 */
export function commandOf(
  command: string,
  table: OptionTable,
  start: Repeatable,
  more: readonly string[] = [],
): string {
  const { target } = start;
  const flags = Object.entries(table).map(([name, option]) =>
    flagOf(option, valueOf(name, option, start)),
  );
  return [
    `echogram ${command}`,
    ...flags.filter((flag) => flag !== undefined),
    ...more,
    '--',
    quoted(formatHostPort(target.host, target.port)),
  ].join(' ');
}

/** The value that the measurement had; `undefined` for none. */
function valueOf(
  name: string,
  option: Option,
  { config, supplied, ...start }: Repeatable,
): unknown {
  const { place, kind } = option;
  const given = supplied[name];
  // It follows from the other values.
  if (isDependent(option.default) && given === undefined) return undefined;
  switch (place) {
    case undefined:
      return given;
    case 'target.port':
      // It is part of the target.
      return undefined;
    case 'target.protocol':
      return start.target.protocol;
    case 'tool.engine':
      return start.tool.engine;
    default: {
      const setting = (config as Record<string, unknown>)[place.slice('config.'.length)];
      const isNone = setting === undefined || setting === null || setting === false;
      return isNone ? undefined : kind.shown!.from(setting);
    }
  }
}

/** An option as a flag; `undefined` if it has none, or needs none. */
function flagOf(option: Option, value: unknown): string | undefined {
  if (!option.kind.accepts(value) || value === option.default) return undefined;
  if (option.command !== undefined) return option.command;
  const bare = option.flags.find((flag) => (flag.value ?? true) === value);
  const [flag] = bare === undefined ? option.flags : [bare];
  if (flag === undefined) return undefined;
  const long = longName(flag);
  if (flag === bare) return long;
  return `${long} ${quoted((flag.text ?? option.kind.text)!.write(value))}`;
}

/** IEEE Std 1003.1, Shell Command Language, section 2.2.2: only a single quote ends single quotes. */
function quoted(word: string): string {
  return PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
