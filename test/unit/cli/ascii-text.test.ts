import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asciiText } from '../../../src/cli/ascii-text.ts';

test('our own characters become what looks like them, of the same width in a picture', () => {
  assert.equal(asciiText(' 12 µs ┤░▒▓█ ×│└─'), ' 12 us +.:*# x|+-');
  assert.equal(asciiText('50ms±10ms …'), '50ms+-10ms ...');
});

test("others' are escaped, and nothing else is changed", () => {
  assert.equal(asciiText('caf\u{e9} \u{1f600}'), 'caf\\u{e9} \\u{1f600}');
  const ascii = Array.from({ length: 128 }, (_, code) => String.fromCodePoint(code)).join('');
  assert.equal(asciiText(ascii), ascii);
});
