import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wrapWords } from '../../../src/report/wrap-words.ts';
import { holds } from '../../helpers/property.ts';

const SENTENCE = 'All 12 were lost on the way back.';

for (const [columns, indent, lines] of [
  [undefined, '', [SENTENCE]],
  [33, '', [SENTENCE]],
  // The space after the last word that fits is in the column behind it.
  [32, '', ['All 12 were lost on the way', 'back.']],
  [27, '', ['All 12 were lost on the way', 'back.']],
  [26, '', ['All 12 were lost on the', 'way back.']],
  [14, '  ', ['All 12 were', '  lost on the', '  way back.']],
  // Too narrow for any word.
  [2, '', ['All', '12', 'were', 'lost', 'on', 'the', 'way', 'back.']],
] as const) {
  test(`a sentence at ${columns} columns with "${indent}" before is ${lines.length} lines`, () => {
    assert.deepEqual(wrapWords(SENTENCE, columns, indent), lines);
  });
}

test('a word longer than the width is left whole, and so is what stands between words', () => {
  const url = `https://host.example/${'a'.repeat(40)}`;
  assert.deepEqual(wrapWords(`see ${url} now`, 20), ['see', url, 'now']);
  assert.deepEqual(wrapWords('  rtt   min  1 ms', 12), ['  rtt   min', '1 ms']);
  assert.deepEqual(wrapWords(url, 20), [url]);
});

test('a number stays with its unit', () => {
  const line = 'rtt   min 62.6 µs, max 71.9 ms, 5 % lost, 3 s, 4 stray';
  assert.deepEqual(wrapWords(line, 18, '      '), [
    'rtt   min 62.6 µs,',
    '      max 71.9 ms,',
    '      5 % lost,',
    '      3 s, 4 stray',
  ]);
  assert.deepEqual(wrapWords('lost 12.1 %', 9), ['lost', '12.1 %']);
});

test('no line is wider than it must be, and no word is lost or broken', () => {
  const word = fc.stringMatching(/^[a-z.,]{1,12}$/);
  holds(
    fc.property(
      fc.array(word, { minLength: 1 }),
      fc.integer({ min: 1, max: 40 }),
      (words, columns) => {
        const lines = wrapWords(words.join(' '), columns);
        assert.equal(lines.join(' '), words.join(' '));
        for (const line of lines) assert.ok(line.length <= columns || !line.includes(' '), line);
      },
    ),
    200,
  );
});
