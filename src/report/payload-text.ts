// SPDX-License-Identifier: MIT
// Shows a payload as text that can't drive a terminal, forge a line or be mistaken for another payload.

import { isUtf8 } from 'node:buffer';
import { escapeByte, escapeText } from '../printable.ts';

/** Longest part of a payload that is shown. */
export const SHOWN_PAYLOAD_BYTES = 1024;

// A byte order mark is shown like any other character.
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Longest UTF-8 sequence, RFC 3629. */
const MAX_SEQUENCE_BYTES = 4;

/**
 * Returns the payload as text: printable UTF-8 as it is, everything else escaped (`\n`, `\x1b`, `\u{202e}`, a byte that
 * is not UTF-8 as `\xff`), a backslash doubled, so that different payloads always look different.
 *
 * @param payload       the payload, or its first bytes
 * @param payloadBytes  length of the whole payload
 */
export function payloadText(payload: Uint8Array, payloadBytes = payload.length): string {
  if (payloadBytes <= SHOWN_PAYLOAD_BYTES) return escapeBytes(payload);
  const shown = withoutCutSequence(payload.subarray(0, SHOWN_PAYLOAD_BYTES));
  return `${escapeBytes(shown)}… (${shown.length} of ${payloadBytes} bytes shown)`;
}

// An invalid byte costs one check and no exception: hostile payloads may arrive as fast as the server answers.
function escapeBytes(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return escapeText(UTF8.decode(bytes));
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const sequence = bytes.subarray(at, at + announcedBytes(bytes[at]!));
    const isValid = isUtf8(sequence);
    text += isValid ? escapeText(UTF8.decode(sequence)) : escapeByte(bytes[at]!);
    at += isValid ? sequence.length : 1;
  }
  return text;
}

/** The length of a UTF-8 sequence, given by the leading ones of its first byte (RFC 3629). */
function announcedBytes(lead: number): number {
  return Math.max(1, Math.clz32(~(lead << 24)));
}

/** Removes an incomplete UTF-8 sequence at the end. */
function withoutCutSequence(bytes: Uint8Array): Uint8Array {
  for (let tail = 1; tail < MAX_SEQUENCE_BYTES; tail++) {
    const byte = bytes[bytes.length - tail]!;
    const isContinuation = (byte & 0xc0) === 0x80;
    if (isContinuation) continue;
    const announced = announcedBytes(byte);
    const isCut = announced > tail && announced <= MAX_SEQUENCE_BYTES;
    return isCut ? bytes.subarray(0, -tail) : bytes;
  }
  return bytes;
}
