// SPDX-License-Identifier: MIT
// The kinds of value that only the command line has, and its arguments.

import { createError } from '../errors.ts';
import type { NodeIdentity } from '../http/node-identity.ts';
import { formatHostPort, parseHostPort } from '../host-port.ts';
import { HOST, wrongText, type Kind } from '../options/kind.ts';

// As in a Host header, without port and path. Addresses are excluded, because they are always accepted.
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

/** A file to write. The system's various names for standard output are mapped to one. */
export const OUTPUT_NAME: Kind<string> = {
  rule: "a file's name, or - for standard output",
  accepts: isText,
  text: { read: (_, text) => (STANDARD_OUTPUT.has(text) ? '-' : text), write: String },
};

/** A secret for use in a URL, long enough not to be guessed. */
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

/** Reads pairs of hexadecimal digits; white space and colons may separate the pairs. */
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

const PORT_ALONE = /^\d+$/;

/** Where to listen: `9100`, `127.0.0.1:9100`, `[::1]:9100`. Without a host it is loopback. */
export const LISTEN_ADDRESS: Kind<ListenAddress> = {
  rule: '[HOST:]PORT with a port from 0 to 65535',
  accepts: (value): value is ListenAddress => typeof value === 'object',
  text: {
    read(name, text) {
      const asked = parseHostPort(PORT_ALONE.test(text) ? `127.0.0.1:${text}` : text);
      if (asked?.port !== undefined) {
        return { host: HOST.text.read(`the host of ${name}`, asked.host), port: asked.port };
      }
      const remedy = 'write 9100, 0.0.0.0:9100 or [::1]:9100';
      throw wrongText(name, LISTEN_ADDRESS.rule, text, remedy);
    },
    write: ({ host, port }) => formatHostPort(host, port),
  },
};

/** Where to listen, or nowhere: `none`. */
export const LISTEN_OR_NONE: Kind<ListenAddress | 'none'> = {
  rule: `${LISTEN_ADDRESS.rule}, or none`,
  accepts: (value): value is ListenAddress | 'none' =>
    value === 'none' || LISTEN_ADDRESS.accepts(value),
  text: {
    read: (name, text) => (text === 'none' ? text : LISTEN_ADDRESS.text!.read(name, text)),
    write: (value) => (value === 'none' ? value : LISTEN_ADDRESS.text!.write(value)),
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

/** The name and the zone of a node. No zone is one too: a pod whose node has no such label gives an empty text. */
const IDENTITY_PART = /^(name(?==.)|zone)=([\w.:-]{0,253})$/;

/** What a node is called in a mesh: `name=node-1,zone=a`, or one of them. */
export const IDENTITY: Kind<Partial<NodeIdentity>> = {
  rule: 'name=NAME,zone=ZONE, or one of them',
  accepts: (value): value is Partial<NodeIdentity> => typeof value === 'object',
  text: {
    read(name, text) {
      const parts = text.split(',').map((part) => IDENTITY_PART.exec(part));
      const names = new Set(parts.map((part) => part?.[1]));
      if (names.has(undefined) || names.size < parts.length) {
        throw wrongText(name, IDENTITY.rule, text, 'write name=node-1,zone=a');
      }
      const given = parts.map((part) => [part![1]!, part![2]!] as const);
      return Object.fromEntries(given.filter(([, value]) => value !== ''));
    },
    write: (identity) =>
      Object.entries(identity)
        .map(([name, value]) => `${name}=${value}`)
        .join(','),
  },
};

/** The target of a command. */
export interface Target {
  readonly host: string;
  /** From 1 to 65535; `undefined` if the text has none. */
  readonly port: number | undefined;
}

/** Reads a target: `host`, `host:7000`, `192.0.2.7:7000`, `2001:db8::7`, `[2001:db8::7]:7000`. */
export function readTarget(text: string): Target {
  const asked = parseHostPort(text);
  if (asked !== undefined && asked.port !== 0) {
    return { ...asked, host: HOST.text.read('the host of the target', asked.host) };
  }
  const rule = 'HOST[:PORT] with a port from 1 to 65535';
  throw wrongText('the target', rule, text, 'write 192.0.2.7:7000 or [2001:db8::7]:7000');
}
