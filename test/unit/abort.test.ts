// Waiting that a signal ends: what happens to a promise that nobody waits for any more.

import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { unlessAborted } from '../../src/abort.ts';

test('a promise that fails after its signal was aborted is nobody’s unhandled rejection', async () => {
  const reason = new Error('stopped');
  const failing = setImmediate().then(() => {
    throw new Error('failed later');
  });
  await assert.rejects(unlessAborted(failing, AbortSignal.abort(reason)), reason);
  // By then the runner would have heard of it, and failed this test.
  await setImmediate();
  await setImmediate();
});
