// SPDX-License-Identifier: MIT
// Shows a payload as text that can't drive a terminal, forge a line or be mistaken for another payload.

/** Longest part of a payload that is shown. */
export const SHOWN_PAYLOAD_BYTES = 1024;

// Controls, formatting characters (bidirectional overrides among them), unassigned and private code
// points, surrogates, line and paragraph separators: Unicode categories C, Zl and Zp.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}\\]/gu;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
};

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Longest UTF-8 sequence, RFC 3629. */
const MAX_SEQUENCE_BYTES = 4;

/**
 * Returns the payload as text: printable UTF-8 as it is, everything else escaped (`\n`, `\x1b`,
 * `\u{202e}`, a byte that is no UTF-8 as `\xff`), a backslash doubled, so that no two differ unseen.
 *
 * @param payload       the payload, or its first bytes
 * @param payloadBytes  length of the whole payload
 */
export function payloadText(payload: Uint8Array, payloadBytes = payload.length): string {
  if (payloadBytes <= SHOWN_PAYLOAD_BYTES) return escapeBytes(payload);
  const shown = payload.subarray(0, sequenceBoundary(payload, SHOWN_PAYLOAD_BYTES));
  return `${escapeBytes(shown)}… (${shown.length} of ${payloadBytes} bytes shown)`;
}

/** Escapes text of a peer or a user for one line of output. */
export function escapeText(text: string): string {
  return text.replace(UNPRINTABLE, escapeCharacter);
}

function escapeBytes(bytes: Uint8Array): string {
  const whole = tryDecode(bytes);
  if (whole !== undefined) return escapeText(whole);
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    text +=
      length === 0
        ? escapeByte(bytes[at]!)
        : escapeText(tryDecode(bytes.subarray(at, at + length))!);
    at += Math.max(1, length);
  }
  return text;
}

/** The length of the valid UTF-8 sequence at `at`, or 0. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const longest = Math.min(MAX_SEQUENCE_BYTES, bytes.length - at);
  for (let length = 1; length <= longest; length++) {
    if (tryDecode(bytes.subarray(at, at + length)) !== undefined) return length;
  }
  return 0;
}

/** The last position up to `end` that doesn't cut a UTF-8 sequence in two. */
function sequenceBoundary(bytes: Uint8Array, end: number): number {
  if (end >= bytes.length) return bytes.length;
  for (let at = end; at > end - MAX_SEQUENCE_BYTES; at--) {
    const isContinuation = (bytes[at]! & 0xc0) === 0x80;
    if (!isContinuation) return at;
  }
  return end;
}

function tryDecode(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

function escapeCharacter(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  const codePoint = character.codePointAt(0)!;
  // From U+0080 on the braces tell a code point from a stray byte.
  return codePoint < 0x80 ? escapeByte(codePoint) : `\\u{${codePoint.toString(16)}}`;
}

function escapeByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}
