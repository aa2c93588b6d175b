// SPDX-License-Identifier: MIT
// The command that measures the same again, from the settings that a result was made with.

import type { SessionStart } from '../client/session/session-result.ts';
import { formatHostPort } from '../host-port.ts';
import { isDependent, longName, type Option } from '../options/option.ts';
import { PING_OPTIONS } from '../options/ping.ts';

/** What every shell takes for itself, without quotes: no pattern, no option, nothing that it expands. */
const PLAIN_WORD = /^\w[\w.:/+-]*$/;

/**
 * `echogram ping --count 100 --interval 20ms -- 192.0.2.7:10000`; only what differs from the defaults.
 * It is made to be copied, and the result may be a stranger's: each value is one word to a POSIX shell,
 * whatever it holds, and the host is none of our options.
 */
export function pingCommand(start: SessionStart): string {
  const { target } = start;
  const flags = Object.entries(PING_OPTIONS).map(([name, option]) =>
    flagOf(option, valueOf(name, option, start)),
  );
  return [
    'echogram ping',
    ...flags.filter((flag) => flag !== undefined),
    '--',
    quoted(formatHostPort(target.host, target.port)),
  ].join(' ');
}

/** The value that the measurement had; `undefined` for none. */
function valueOf(
  name: string,
  option: Option,
  { config, supplied, ...start }: SessionStart,
): unknown {
  const { place, kind } = option;
  const given = supplied[name];
  // It follows from the rest again.
  if (isDependent(option.default) && given === undefined) return undefined;
  switch (place) {
    case undefined:
      return given;
    case 'target.protocol':
      return start.target.protocol;
    case 'tool.engine':
      return start.tool.engine;
    default: {
      const setting: unknown = config[place.slice('config.'.length) as keyof typeof config];
      return setting === null || setting === false ? undefined : kind.shown!.from(setting);
    }
  }
}

/** An option as a flag; `undefined` where it has none, or needs none. */
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

/** IEEE Std 1003.1, Shell Command Language, section 2.2.2: nothing ends single quotes but one of them. */
function quoted(word: string): string {
  return PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
