// SPDX-License-Identifier: MIT
// The kinds of value that the command line alone has, and what its arguments are.

import { createError } from '../errors.ts';
import { formatHostPort } from '../host-port.ts';
import { HOST, wrongText, type Kind } from '../options/kind.ts';

const LISTEN_ADDRESS_TEXT = /^(?:(?:\[([\da-f:.%\w]+)\]|([^[\]:]+)):)?(\d{1,5})$/i;

// As a Host header has them: no port, no path, and no address, which needs no leave.
const HOST_NAME = /^[a-z\d_](?:[\w.-]{0,252}[\w.])?$/i;

const STANDARD_OUTPUT = new Set(['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1']);

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** A file's name. */
export const FILE_NAME: Kind<string> = {
  rule: "a file's name",
  accepts: (value): value is string => isText(value) && value !== '',
  text: {
    read(name, text) {
      if (text !== '') return text;
      throw wrongText(name, "a file's name", text);
    },
    write: String,
  },
};

/** A file to write: standard output has one name here, whichever the system has for it. */
export const OUTPUT_NAME: Kind<string> = {
  rule: "a file's name, or - for standard output",
  accepts: isText,
  text: { read: (_, text) => (STANDARD_OUTPUT.has(text) ? '-' : text), write: String },
};

/** A secret that goes into a URL, long enough not to be guessed. */
const TOKEN_TEXT = /^[\w.~-]{16,256}$/;

/** A secret; an error doesn't show it. */
export const TOKEN: Kind<string> = {
  rule: '16 to 256 letters, digits and any of . ~ _ -',
  accepts: (value): value is string => isText(value) && TOKEN_TEXT.test(value),
  text: {
    read(name, text) {
      if (TOKEN_TEXT.test(text)) return text;
      throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
        option: name,
        rule: TOKEN.rule,
        remedy: 'make one with: openssl rand -hex 16',
      });
    },
    write: String,
  },
};

/** Reads pairs of hexadecimal digits, white space and colons between the pairs allowed. */
export function hexBytes(text: string): Uint8Array {
  if (/^[\s:]*(?:[\da-f]{2}[\s:]*)*$/i.test(text)) {
    return Uint8Array.from(Buffer.from(text.replace(/[\s:]/g, ''), 'hex'));
  }
  const remedy = 'write 48 65 6c 6c 6f or 48656c6c6f';
  throw wrongText('the message with --hex', 'pairs of hexadecimal digits', text, remedy);
}

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Where to listen: `9100`, `127.0.0.1:9100`, `[::1]:9100`. Without a host it is loopback. */
export const LISTEN_ADDRESS: Kind<ListenAddress> = {
  rule: 'a port from 0 to 65535, with a host before it unless that is loopback',
  accepts: (value): value is ListenAddress => typeof value === 'object',
  text: {
    read(name, text) {
      const [, bracketed, plain, digits = ''] = LISTEN_ADDRESS_TEXT.exec(text) ?? [];
      const port = Number(digits);
      const host = HOST.text.read(`the host of ${name}`, bracketed ?? plain ?? '127.0.0.1');
      if (digits !== '' && port <= 65_535) return { host, port };
      const remedy = 'write 9100, 0.0.0.0:9100 or [::1]:9100';
      throw wrongText(name, LISTEN_ADDRESS.rule, text, remedy);
    },
    write: ({ host, port }) => formatHostPort(host, port),
  },
};

/** Host names; the flag may be given several times, or with several at once. */
export const HOST_NAMES: Kind<readonly string[]> = {
  rule: 'host names, without a port',
  accepts: (value): value is readonly string[] => Array.isArray(value) && value.every(isText),
  text: {
    read(name, text, previous = []) {
      const names = text.split(',');
      const wrong = names.find((part) => !HOST_NAME.test(part));
      if (wrong === undefined) return [...previous, ...names];
      throw wrongText(name, HOST_NAMES.rule, wrong, 'write echo.example.net');
    },
    write: (names) => names.join(','),
  },
};

/** Reads the target of a measurement: `host`, `host:7000`, `192.0.2.7:7000`, `2001:db8::7`, `[2001:db8::7]:7000`. */
export function remoteAddress(text: string, usualPort: number): { host: string; port: number } {
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text);
  const isBareIPv6 = text.split(':').length > 2;
  const plain = isBareIPv6 ? [text, text, undefined] : /^([^:]+)(?::(\d{1,5}))?$/.exec(text);
  const [, host, digits = String(usualPort)] = bracketed ?? plain ?? [];
  const port = Number(digits);
  if (host !== undefined && host !== '' && port >= 1 && port <= 65_535) {
    return { host: HOST.text.read('the host of the target', host), port };
  }
  const rule = `a host, with a port from 1 to 65535 after a colon unless that is ${usualPort}`;
  throw wrongText('the target', rule, text, 'write 192.0.2.7:7000 or [2001:db8::7]:7000');
}
