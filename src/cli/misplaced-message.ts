// SPDX-License-Identifier: MIT
// Recognizes a message that was given to `echogram send` in place of the host, and shows the call that sends it.

import { isIPv4 } from 'node:net';
import { parseHostPort } from '../host-port.ts';
import { escapeText } from '../printable.ts';

const NAME = /^\w[\w.-]*$/;

/** Non-ASCII letters may occur in a name with a dot (RFC 5891); a single such word is hardly a host. */
const INTERNATIONAL_NAME = /^[\p{L}\p{M}\p{N}_-]+(?:\.[\p{L}\p{M}\p{N}_-]+)+\.?$/u;

/** A host with a wrong port, or a malformed IPv6 address, but not a message. */
const FAULTY_ADDRESS = /^\[?[\w.-]*\]?:\d*$|^\[?[\da-f]*:[\da-f]*:|^\[[\da-f]*:/i;

/** A longer message is not repeated. */
const SHOWN_CHARACTERS = 60;

/** True if `text` can't be a host, and is not a misspelled host either. */
export function looksLikeMessage(text: string): boolean {
  const asked = parseHostPort(text);
  if (asked === undefined) return !FAULTY_ADDRESS.test(text);
  const { host } = asked;
  return !host.includes(':') && !NAME.test(host) && !INTERNATIONAL_NAME.test(host);
}

/** True for an address rather than a message: an IP address, a name of this host, or a host with a port. */
export function isPlainlyHost(text: string): boolean {
  const { host = '', port } = parseHostPort(text) ?? {};
  return port !== undefined || host === 'localhost' || host.includes(':') || isIPv4(host);
}

/**
 * `to send it as a message: echogram send localhost "hello world"`
 *
 * @param words  the message in one or more words; or the message and the host, in the wrong order
 */
export function messageHint(words: readonly string[], isHex: boolean): string {
  const [first = '', second] = words;
  const isSwapped = second !== undefined && isPlainlyHost(second);
  const [host, message] = isSwapped ? [second, first] : ['localhost', words.join(' ')];
  const flag = isHex ? '--hex ' : '';
  // Words after a lone -- are not options.
  const mark = /^-./.test(message) ? '-- ' : '';
  return `to send it as a message: echogram send ${flag}${mark}${shellWord(host)} ${shellWord(message)}`;
}

/** One word for a shell; `MESSAGE` for a text that is long, or would be changed in an error. */
function shellWord(text: string): string {
  if (text.length > SHOWN_CHARACTERS || escapeText(text) !== text) return 'MESSAGE';
  if (/^[\w.:,+/-]+$/.test(text)) return text;
  if (!/["$`!]/.test(text)) return `"${text}"`;
  return text.includes("'") ? 'MESSAGE' : `'${text}'`;
}
