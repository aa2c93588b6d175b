// What is said of the address that probes left from.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedAddress } from '../../../../src/client/verdict/changed-address.ts';
import { judge } from '../../../../src/client/verdict/verdict.ts';
import { madeResult } from '../../../helpers/made-result.ts';

const FIRST = { atNs: 3.5e9, from: '192.0.2.1', to: '192.0.2.7' };
const SECOND = { atNs: 9e9, from: '192.0.2.7', to: '192.0.2.1' };

const SENTENCE =
  "This host's source address changed from 192.0.2.1 to 192.0.2.7 after 3.5 s; probes in flight at that moment may have been lost.";

test('an address that stayed is not spoken of', () => {
  assert.equal(changedAddress({ addressChanges: [] }), undefined);
});

test('the first change is told beside the headline', () => {
  const { code, sentences } = judge(madeResult({ addressChanges: [FIRST] }));
  assert.equal(code, judge(madeResult({})).code);
  assert.ok(sentences.indexOf(SENTENCE) > 0);
});

test('later ones are counted', () => {
  const again = (times: string): string => SENTENCE.replace('3.5 s', `3.5 s, and ${times} more`);
  assert.equal(changedAddress({ addressChanges: [FIRST, SECOND] }), again('1 time'));
  assert.equal(changedAddress({ addressChanges: [FIRST, SECOND, FIRST] }), again('2 times'));
});

test('a result from elsewhere drives no terminal', () => {
  const from = '\u001b[2J';
  const sentence = changedAddress({ addressChanges: [{ ...FIRST, from }] });
  assert.ok(!sentence!.includes('\u001b'));
});
