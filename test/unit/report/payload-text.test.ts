import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { payloadText } from '../../../src/report/payload-text.ts';
import { holds } from '../../helpers/property.ts';

// Every text here is written by hand from the rule: printable UTF-8 (RFC 3629) as it is, the rest escaped.
const SHOWN: readonly { what: string; hex: string; text: string }[] = [
  { what: 'an empty payload as nothing', hex: '', text: '' },
  { what: 'plain text as it is', hex: '68 65 6c 6c 6f 20 21', text: 'hello !' },
  { what: 'letters beyond ASCII as they are', hex: '68 c3 a9 e2 82 ac', text: 'hé€' },
  { what: 'a character of four bytes as it is', hex: 'f0 9f 98 80', text: '😀' },
  { what: 'NUL, BEL and DEL as bytes', hex: '00 07 7f', text: '\\x00\\x07\\x7f' },
  { what: 'line ends and tabs by their letters', hex: '0d 0a 09', text: '\\r\\n\\t' },
  { what: 'an escape sequence without its ESC', hex: '1b 5b 32 4a', text: '\\x1b[2J' },
  { what: 'a title-setting sequence harmless', hex: '1b 5d 30 3b 78 07', text: '\\x1b]0;x\\x07' },
  { what: 'the eight-bit CSI as a code point', hex: 'c2 9b', text: '\\u{9b}' },
  { what: 'a stray byte apart from a code point', hex: '9b', text: '\\x9b' },
  { what: 'bytes that are never UTF-8', hex: 'fe ff c0 c1 f5', text: '\\xfe\\xff\\xc0\\xc1\\xf5' },
  { what: 'a continuation without its lead', hex: '61 80 62', text: 'a\\x80b' },
  { what: 'a lead without its continuation', hex: 'c3 41', text: '\\xc3A' },
  { what: 'an unfinished sequence at the end', hex: '61 e2 82', text: 'a\\xe2\\x82' },
  { what: 'valid text beside an invalid byte', hex: '68 c3 a9 ff e2 82 ac', text: 'hé\\xff€' },
  // RFC 3629 section 10 warns of these two.
  { what: 'an overlong NUL', hex: 'c0 80', text: '\\xc0\\x80' },
  { what: 'an overlong path', hex: '2f c0 ae 2e 2f', text: '/\\xc0\\xae./' },
  { what: 'an overlong slash of three bytes', hex: 'e0 80 af', text: '\\xe0\\x80\\xaf' },
  { what: 'an encoded lone surrogate', hex: 'ed a0 80', text: '\\xed\\xa0\\x80' },
  { what: 'a code point above U+10FFFF', hex: 'f4 90 80 80', text: '\\xf4\\x90\\x80\\x80' },
  { what: 'a right-to-left override', hex: 'e2 80 ae', text: '\\u{202e}' },
  { what: 'a bidirectional isolate', hex: 'e2 81 a6', text: '\\u{2066}' },
  { what: 'line and paragraph separators', hex: 'e2 80 a8 e2 80 a9', text: '\\u{2028}\\u{2029}' },
  { what: 'a byte order mark', hex: 'ef bb bf 61', text: '\\u{feff}a' },
  { what: 'a zero-width space', hex: 'e2 80 8b', text: '\\u{200b}' },
  { what: 'a space that is not the space', hex: 'c2 a0 e3 80 80', text: '\\u{a0}\\u{3000}' },
  { what: 'a letter that terminals show as nothing', hex: 'e3 85 a4', text: '\\u{3164}' },
  { what: 'a private code point', hex: 'ee 80 80', text: '\\u{e000}' },
  { what: 'a backslash doubled', hex: '5c', text: '\\\\' },
  { what: 'typed escapes apart from real ones', hex: '5c 78 31 62 1b', text: '\\\\x1b\\x1b' },
];

for (const { what, hex, text } of SHOWN) {
  test(`shows ${what}`, () => {
    assert.equal(payloadText(bytesOf(hex)), text);
  });
}

// Lengths by hand: é is 2 bytes (c3 a9), € is 3, 😀 is 4.
const CUT: readonly { what: string; payload: string; text: string }[] = [
  { what: 'shows 1024 bytes whole', payload: 'a'.repeat(1024), text: 'a'.repeat(1024) },
  {
    what: 'cuts 1025 bytes at 1024 and states both lengths',
    payload: 'a'.repeat(1025),
    text: `${'a'.repeat(1024)}… (1024 of 1025 bytes shown)`,
  },
  {
    what: 'keeps a sequence that ends at the cut',
    payload: `${'a'.repeat(1022)}é€`,
    text: `${'a'.repeat(1022)}é… (1024 of 1027 bytes shown)`,
  },
  {
    what: 'leaves out a sequence of two bytes that the cut divides',
    payload: `${'a'.repeat(1023)}é`,
    text: `${'a'.repeat(1023)}… (1023 of 1025 bytes shown)`,
  },
  {
    what: 'leaves out a sequence of three bytes after its second',
    payload: `${'a'.repeat(1022)}€`,
    text: `${'a'.repeat(1022)}… (1022 of 1025 bytes shown)`,
  },
  {
    what: 'leaves out a sequence of four bytes after its third',
    payload: `${'a'.repeat(1021)}😀`,
    text: `${'a'.repeat(1021)}… (1021 of 1025 bytes shown)`,
  },
];

for (const { what, payload, text } of CUT) {
  test(what, () => {
    assert.equal(payloadText(Buffer.from(payload)), text);
  });

  test(`${what}, also from a sample of the first 1024 bytes`, () => {
    const bytes = Buffer.from(payload);
    assert.equal(payloadText(bytes.subarray(0, 1024), bytes.length), text);
  });
}

test('keeps invalid bytes at the cut', () => {
  const endings = ['ff', '80 80 80 80', '61 80'];
  for (const ending of endings) {
    const tail = bytesOf(ending);
    const head = Buffer.alloc(1024 - tail.length, 'a');
    const text = payloadText(Buffer.concat([head, tail]), 2000);
    const shownTail = payloadText(tail);
    assert.equal(text, `${'a'.repeat(head.length)}${shownTail}… (1024 of 2000 bytes shown)`);
  }
});

const utf8Runs = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => Buffer.from(text));
const byteRuns = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const mixedPayloads = fc
  .array(fc.oneof(utf8Runs, byteRuns), { maxLength: 12 })
  .map((runs) => Buffer.concat(runs).subarray(0, 1024));

test('any payload up to 1024 bytes becomes printable text that gives the same bytes back', () => {
  holds(
    fc.property(mixedPayloads, (payload) => {
      const text = payloadText(payload);
      assert.match(text, PRINTABLE);
      assert.deepEqual(unescape(text), payload);
    }),
  );
});

test('any longer payload shows the same whether all of it is at hand or its first 1024 bytes', () => {
  const long = fc
    .tuple(fc.uint8Array({ minLength: 1000, maxLength: 1024 }), mixedPayloads)
    .map((parts) => Buffer.concat(parts))
    .filter((payload) => payload.length > 1024);
  holds(
    fc.property(long, (payload) => {
      const text = payloadText(payload);
      assert.equal(payloadText(payload.subarray(0, 1024), payload.length), text);
      const shown = unescape(text.slice(0, text.lastIndexOf('… (')));
      assert.ok(shown.length >= 1021, `${shown.length} bytes shown`);
      assert.deepEqual(shown, payload.subarray(0, shown.length));
    }),
    200,
  );
});

/** Letters, marks, numbers, punctuation, symbols and the space: what Unicode says is seen. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u;

/** Reads the escapes back; written from their description, not from the code that makes them. */
function unescape(text: string): Buffer {
  const parts: Buffer[] = [];
  for (let rest = text; rest !== '';) {
    const byte = /^\\x([\da-f]{2})/.exec(rest);
    const codePoint = /^\\u\{([\da-f]+)\}/.exec(rest);
    const letter = /^\\([nrt\\])/.exec(rest);
    const plain = /^[^\\]/u.exec(rest);
    const match = byte ?? codePoint ?? letter ?? plain;
    assert.ok(match, `cannot read back ${rest}`);
    if (byte) parts.push(Buffer.from(byte[1]!, 'hex'));
    else if (codePoint) parts.push(utf8Of(Number.parseInt(codePoint[1]!, 16)));
    else if (letter) parts.push(Buffer.from(LETTERS[letter[1]!]!));
    else parts.push(Buffer.from(match[0]));
    rest = rest.slice(match[0].length);
  }
  return Buffer.concat(parts);
}

const LETTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };

function utf8Of(codePoint: number): Buffer {
  return Buffer.from(String.fromCodePoint(codePoint));
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}
