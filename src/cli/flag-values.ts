// SPDX-License-Identifier: MIT
// From the text of a flag's value to a checked number; a wrong one names the flag, the rule and the value.

import { createError } from '../errors.ts';
import { HOST } from '../options.ts';
import { isCidr } from '../server/cidr-list.ts';

const DURATION = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)$/;

const PERCENTAGE = /^(\d+(?:\.\d+)?)%$/;

const LISTEN_ADDRESS = /^(?:(?:\[([\da-f:.%\w]+)\]|([^[\]:]+)):)?(\d{1,5})$/i;

const STANDARD_OUTPUT = new Set(['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1']);

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const SHORTEST_DURATION_MS = 0.001;

export interface LongestDuration {
  readonly ms: number;
  readonly words: string;
}

/** setTimeout holds a 32-bit number of milliseconds: 24 whole days. */
const LONGEST: LongestDuration = { ms: 24 * 24 * 3_600_000, words: '24 days' };

/** Parser of a whole number from `min` to `max`. */
export function wholeNumber(flag: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    const rule = `a whole number from ${min} to ${max}`;
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', { option: flag, rule, value: text });
  };
}

/** Parser of a host name or an address. */
export function hostName(flag: string): (text: string) => string {
  return (text) => {
    requireHost(flag, text);
    return text;
  };
}

function requireHost(option: string, value: string): void {
  if (HOST.accepts(value)) return;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', { option, rule: HOST.rule, value });
}

/** Parser of a file's name. */
export function fileName(flag: string): (text: string) => string {
  return (text) => {
    if (text !== '') return text;
    const rule = "a file's name";
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', { option: flag, rule, value: text });
  };
}

/** A file to write: standard output has one name here, whichever the system has for it. */
export function outputName(text: string): string {
  return STANDARD_OUTPUT.has(text) ? '-' : text;
}

/** A secret that goes into a URL, long enough not to be guessed. */
export const TOKEN = /^[\w.~-]{16,256}$/;

export const TOKEN_RULE = '16 to 256 letters, digits and any of . ~ _ -';

/** Parses a secret; the error doesn't show it. */
export function token(text: string): string {
  if (TOKEN.test(text)) return text;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'the token of --web-token or ECHOGRAM_WEB_TOKEN',
    rule: TOKEN_RULE,
    remedy: 'make one with: openssl rand -hex 16',
  });
}

/** Parser of a duration with its unit, from a microsecond up, into milliseconds. */
export function durationMs(
  flag: string,
  longest: LongestDuration = LONGEST,
): (text: string) => number {
  return (text) => {
    const [, amount, unit] = DURATION.exec(text) ?? [];
    const value = Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
    if (value >= SHORTEST_DURATION_MS && value <= longest.ms) return value;
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: flag,
      rule: `a duration from 1us to ${longest.words}, with its unit`,
      value: text,
      remedy: 'write 500ms, 1s or 2m',
    });
  };
}

/** Parses a differentiated services code point: a number, or a name of RFC 2474, 2597 or 3246. */
export function dscp(text: string): number {
  const value = codePoint(text);
  if (value !== undefined) return value;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: '--dscp',
    rule: 'a code point from 0 to 63, or one of EF, CS0 to CS7 and AF11 to AF43',
    value: text,
  });
}

/** Parser of several code points, with commas between them; `all` and `none` are what they say. */
export function dscps(flag: string): (text: string) => number[] {
  return (text) => {
    if (text === 'none') return [];
    if (text === 'all') return Array.from({ length: 64 }, (_, value) => value);
    return text.split(',').map((part) => {
      const value = codePoint(part);
      if (value !== undefined) return value;
      throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
        option: flag,
        rule: 'all, none, or code points from 0 to 63, EF, CS0 to CS7 and AF11 to AF43',
        value: part,
        remedy: 'write EF,AF41,10',
      });
    });
  };
}

function codePoint(text: string): number | undefined {
  const name = text.toUpperCase();
  if (name === 'EF') return 46;
  const [, selector] = /^CS([0-7])$/.exec(name) ?? [];
  if (selector !== undefined) return Number(selector) * 8;
  const [, assured, precedence] = /^AF([1-4])([1-3])$/.exec(name) ?? [];
  if (assured !== undefined) return Number(assured) * 8 + Number(precedence) * 2;
  return /^\d{1,2}$/.test(text) && Number(text) <= 63 ? Number(text) : undefined;
}

/** Parses pairs of hexadecimal digits, white space and colons between the pairs allowed. */
export function hexBytes(text: string): Uint8Array {
  if (/^[\s:]*(?:[\da-f]{2}[\s:]*)*$/i.test(text)) {
    return Uint8Array.from(Buffer.from(text.replace(/[\s:]/g, ''), 'hex'));
  }
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'the message with --hex',
    rule: 'pairs of hexadecimal digits',
    value: text,
    remedy: 'write 48 65 6c 6c 6f or 48656c6c6f',
  });
}

/** Parser of networks; the flag may be given several times, or with several at once. */
export function cidrs(flag: string): (text: string, previous?: readonly string[]) => string[] {
  return (text, previous = []) => {
    const networks = text.split(',');
    const wrong = networks.find((network) => !isCidr(network));
    if (wrong === undefined) return [...previous, ...networks];
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: flag,
      rule: 'IP addresses or networks',
      value: wrong,
      remedy: 'write 192.0.2.0/24 or 2001:db8::/32',
    });
  };
}

/** Where to listen: `9100`, `127.0.0.1:9100`, `[::1]:9100`. Without a host it is loopback. */
export function listenAddress(flag: string): (text: string) => { host: string; port: number } {
  return (text) => {
    const [, bracketed, plain, digits = ''] = LISTEN_ADDRESS.exec(text) ?? [];
    const port = Number(digits);
    const host = bracketed ?? plain ?? '127.0.0.1';
    requireHost(`the host of ${flag}`, host);
    if (digits !== '' && port <= 65_535) return { host, port };
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: flag,
      rule: 'a port from 0 to 65535, with a host before it unless that is loopback',
      value: text,
      remedy: 'write 9100, 0.0.0.0:9100 or [::1]:9100',
    });
  };
}

/** Parser of host names; the flag may be given several times, or with several at once. */
export function hostNames(flag: string): (text: string, previous?: readonly string[]) => string[] {
  return (text, previous = []) => {
    const names = text.split(',');
    // As a Host header has them: no port, no path, and no address, which needs no leave.
    const wrong = names.find((name) => !/^[a-z\d_](?:[\w.-]{0,252}[\w.])?$/i.test(name));
    if (wrong === undefined) return [...previous, ...names];
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: flag,
      rule: 'host names, without a port',
      value: wrong,
      remedy: 'write echo.example.net',
    });
  };
}

/** Parser of a percentage with its sign, into a ratio from 0 to 1. */
export function percentage(flag: string): (text: string) => number {
  return (text) => {
    const [, digits = ''] = PERCENTAGE.exec(text) ?? [];
    // Not divided: 0.7 / 100 is another double than 0.007.
    const ratio = digits === '' ? Number.NaN : Number(`${digits}e-2`);
    if (ratio >= 0 && ratio <= 1) return ratio;
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: flag,
      rule: 'a percentage from 0% to 100%',
      value: text,
      remedy: 'write 1% or 0.5%',
    });
  };
}

/** Parses the target of a measurement: `host`, `host:7000`, `192.0.2.7:7000`, `2001:db8::7`, `[2001:db8::7]:7000`. */
export function remoteAddress(text: string, usualPort: number): { host: string; port: number } {
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text);
  const isBareIPv6 = text.split(':').length > 2;
  const plain = isBareIPv6 ? [text, text, undefined] : /^([^:]+)(?::(\d{1,5}))?$/.exec(text);
  const [, host, digits = String(usualPort)] = bracketed ?? plain ?? [];
  const port = Number(digits);
  if (host !== undefined && host !== '' && port >= 1 && port <= 65_535) {
    requireHost('the host of the target', host);
    return { host, port };
  }
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'the target',
    rule: `a host, with a port from 1 to 65535 after a colon unless that is ${usualPort}`,
    value: text,
    remedy: 'write 192.0.2.7:7000 or [2001:db8::7]:7000',
  });
}
