// Which first arguments of echogram send are a message, and the call that sends it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { looksLikeMessage, messageHint } from '../../../src/cli/misplaced-message.ts';

for (const text of [
  ...['', '-', 'hello world', 'hello!', 'hello, world', ' hello', 'a=b', '{"a":1}', "it's", '50%'],
  ...[
    '42',
    'привет',
    'grüße',
    '👋',
    'こんにちは',
    'key:value',
    'a/b',
    'a@b',
    '[hello]',
    'a\nb',
    'a\0',
  ],
]) {
  test(`${JSON.stringify(text)} is a message, not a host`, () => {
    assert.equal(looksLikeMessage(text), true);
  });
}

for (const text of [
  ...['localhost', 'host.example', 'host.example.', 'host_1', 'hello', '192.0.2.7', '127.1', '::1'],
  ...[
    'host:7000',
    '192.0.2.7:7000',
    '[::1]:7000',
    'fe80::1%eth0',
    '[fe80::1%eth0]:7',
    'xn--bcher-kva.example',
  ],
  // A name in another script (RFC 5891).
  ...['bücher.example', '例え.jp:7000'],
  // These are addresses with a fault, of which the error then tells.
  ...[
    'localhost:99999',
    'localhost:0',
    'localhost:',
    '[::1',
    '[::1]:x',
    '[localhost]:7',
    'fe80::1%eth0:7',
    '1::2::3',
  ],
]) {
  test(`${JSON.stringify(text)} is no message`, () => {
    assert.equal(looksLikeMessage(text), false);
  });
}

test('what begins like an option comes after --', () => {
  assert.equal(
    messageHint(['-5 °C'], false),
    'to send it as a message: echogram send -- localhost "-5 °C"',
  );
});

for (const [host, shown] of [
  ['192.0.2.7', '192.0.2.7'],
  ['localhost', 'localhost'],
  ['printer:7000', 'printer:7000'],
  ['::1', '::1'],
  ['[fe80::1%eth0]:7000', '"[fe80::1%eth0]:7000"'],
] as const) {
  test(`a message before ${host} changes places with it`, () => {
    assert.equal(
      messageHint(['hello world', host], false),
      `to send it as a message: echogram send ${shown} "hello world"`,
    );
  });
}

test('words without quotes are one message', () => {
  assert.equal(
    messageHint(['hello,', 'world'], false),
    'to send it as a message: echogram send localhost "hello, world"',
  );
});

for (const [text, isHex, word] of [
  ['hello', false, 'hello'],
  ['-', false, '-'],
  ['', false, '""'],
  ['hello world', false, '"hello world"'],
  ["it's", false, `"it's"`],
  ['hello!', false, "'hello!'"],
  ['$HOME `x`', false, "'$HOME `x`'"],
  [`it's "$1"`, false, 'MESSAGE'],
  [String.raw`a\b`, false, 'MESSAGE'],
  ['a\nb', false, 'MESSAGE'],
  ['a'.repeat(61), false, 'MESSAGE'],
  ['de ad', true, '"de ad"'],
] as const) {
  test(`a shell takes ${JSON.stringify(text)} as ${word}`, () => {
    const flag = isHex ? '--hex ' : '';
    const hint = `to send it as a message: echogram send ${flag}localhost ${word}`;
    assert.equal(messageHint([text], isHex), hint);
  });
}
