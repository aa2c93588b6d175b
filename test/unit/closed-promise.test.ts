import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClosedPromise } from '../../src/closed-promise.ts';

test('it resolves if nothing failed', async () => {
  const closed = new ClosedPromise();
  closed.settle();
  await closed.promise;
  assert.equal(closed.failure, undefined);
});

test('it rejects with the failure, once closed, and is no unhandled rejection', async () => {
  const closed = new ClosedPromise<RangeError>();
  const failure = new RangeError('nothing left');
  closed.failWith(failure);
  closed.settle();
  await new Promise(setImmediate);
  assert.equal(closed.failure, failure);
  await assert.rejects(closed.promise, failure);
});
