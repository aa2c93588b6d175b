import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeByte, escapeText } from '../../src/printable.ts';

test('leaves what is seen as it is', () => {
  assert.equal(escapeText('server-1 (größer), 東京 😀'), 'server-1 (größer), 東京 😀');
});

test('escapes what drives a terminal or breaks a line', () => {
  assert.equal(escapeText('a\u001b[2J\r\n\tb'), 'a\\x1b[2J\\r\\n\\tb');
});

test('escapes a lone surrogate, which no payload can hold', () => {
  assert.equal(escapeText('a\ud800b'), 'a\\u{d800}b');
});

test('writes a byte as two digits', () => {
  assert.equal(escapeByte(0), '\\x00');
  assert.equal(escapeByte(255), '\\xff');
});
