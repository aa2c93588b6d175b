import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UntoldWarnings } from '../../src/untold-warnings.ts';

test('the newest hundred warnings that nobody heard are kept, the oldest told first', () => {
  const warnings = new UntoldWarnings(['at the start']);
  for (let n = 1; n <= 150; n++) warnings.add(`warning ${n}`);
  const heard: string[] = [];
  warnings.tell(
    () => true,
    (message) => heard.push(message),
  );
  assert.equal(heard.length, 100);
  assert.deepEqual([heard[0], heard.at(-1)], ['warning 51', 'warning 150']);
});

test('warnings are told for as long as somebody listens, and wait again after that', () => {
  const warnings = new UntoldWarnings(['one', 'two', 'three']);
  const heard: string[] = [];
  const tellUpTo = (count: number): void => {
    warnings.tell(
      () => heard.length < count,
      (message) => heard.push(message),
    );
  };
  tellUpTo(2);
  assert.deepEqual(heard, ['one', 'two']);
  tellUpTo(9);
  assert.deepEqual(heard, ['one', 'two', 'three']);
});
