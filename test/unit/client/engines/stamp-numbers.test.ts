import assert from 'node:assert/strict';
import test from 'node:test';
import { StampNumbers } from '../../../../src/client/engines/stamp-numbers.ts';

test('the stamps of the second of three sockets are of probes 1, 4, 7, …', () => {
  const numbers = new StampNumbers(1, 3);
  assert.deepEqual(
    [0, 1, 2, 1000].map((id) => numbers.sequenceOf(id)),
    [1, 4, 7, 3001],
  );
});

test('goes on when the kernel’s 32 bits are full', () => {
  const numbers = new StampNumbers(0, 1);
  numbers.sequenceOf(2 ** 31);
  assert.equal(numbers.sequenceOf(2 ** 32 - 1), 2 ** 32 - 1);
  assert.equal(numbers.sequenceOf(0), 2 ** 32);
  assert.equal(numbers.sequenceOf(2 ** 31 + 1), 2 ** 32 + 2 ** 31 + 1);
  assert.equal(numbers.sequenceOf(2 ** 32 - 1), 2 ** 33 - 1);
  assert.equal(numbers.sequenceOf(5), 2 ** 33 + 5);
});

test('one that comes a little late is not one of the next round', () => {
  const numbers = new StampNumbers(0, 1);
  assert.deepEqual(
    [10, 7, 11].map((id) => numbers.sequenceOf(id)),
    [10, 7, 11],
  );
});

test('begins again with the probe that it is told', () => {
  const numbers = new StampNumbers(0, 2);
  numbers.sequenceOf(500);
  numbers.restart(1004);
  assert.deepEqual(
    [0, 1].map((id) => numbers.sequenceOf(id)),
    [1004, 1006],
  );
});
