// SPDX-License-Identifier: MIT
// The command that measures the same again, from the settings that a result was made with.

import type { SessionStart } from '../client/session/session-result.ts';

/** What every shell takes for itself, without quotes: no pattern, no option, nothing that it expands. */
const PLAIN_WORD = /^\w[\w.:/+-]*$/;

/**
 * `echogram ping --count 100 --interval 20ms -- 192.0.2.7:10000`; only what differs from the defaults.
 * It is made to be copied, and the result may be a stranger's: each value is one word to a POSIX shell,
 * whatever it holds, and the host is none of our options.
 */
export function pingCommand({ config, supplied, target, tool }: SessionStart): string {
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  const flags = [
    ['--protocol', target.protocol === 'echo' ? null : target.protocol],
    ['--count', config.count],
    ['--interval', config.intervalNs === 1e9 ? null : duration(config.intervalNs)],
    ['--duration', config.durationNs === null ? null : duration(config.durationNs)],
    ['--timeout', config.timeoutNs === 1e9 ? null : duration(config.timeoutNs)],
    ['--size', config.payloadBytes === 64 ? null : config.payloadBytes],
    ['--schedule', config.schedule === 'periodic' ? null : config.schedule],
    ['--source-ports', config.sourcePorts === 1 ? null : config.sourcePorts],
    ['--ttl', config.ttl],
    ['--dscp', config.dscp],
    ['--engine', tool.engine],
    ['--max-loss', percentage(supplied['maxLossRatio'])],
    ['--max-p99', milliseconds(supplied['maxP99Ms'])],
  ] as const;
  const switches = [
    // Nothing says which: its content is nobody's business, and its name was not kept.
    [config.isAuthenticated, '--key-file FILE'],
    [supplied['ipVersion'] === 4, '--ipv4'],
    [supplied['ipVersion'] === 6, '--ipv6'],
    [supplied['allowBroadcast'] === true, '--allow-broadcast'],
    [supplied['allowFlood'] === true, '--flood'],
  ] as const;
  return [
    'echogram ping',
    ...flags
      .filter(([, value]) => value !== null)
      .map(([flag, value]) => `${flag} ${quoted(String(value))}`),
    ...switches.filter(([isOn]) => isOn).map(([, flag]) => flag),
    '--',
    quoted(`${host}:${target.port}`),
  ].join(' ');
}

/** A limit as its flag takes it: without exponent, and without the noise of doubles beyond 12 digits. */
function percentage(ratio: unknown): string | null {
  return typeof ratio === 'number' ? `${decimal(ratio * 100)}%` : null;
}

function milliseconds(ms: unknown): string | null {
  return typeof ms === 'number' ? `${decimal(ms)}ms` : null;
}

function decimal(value: number): string {
  return value.toFixed(12).replace(/\.?0+$/, '');
}

/** As flags write it: `20ms`. */
function duration(ns: number): string {
  const exact = [
    [1e9, 's'],
    [1e6, 'ms'],
    [1e3, 'us'],
  ] as const;
  const [size, unit] = exact.find(([size]) => ns % size === 0) ?? [1e3, 'us'];
  return `${ns / size}${unit}`;
}

/** IEEE Std 1003.1, Shell Command Language, section 2.2.2: nothing ends single quotes but one of them. */
function quoted(word: string): string {
  return PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
