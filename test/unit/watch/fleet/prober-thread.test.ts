import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { ProberThread } from '../../../../src/watch/fleet/prober-thread.ts';
import { deadline } from '../../../helpers/deadline.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

/** A thread that says it is ready, and then does this. @returns what its owner is told of its end */
async function failureOf(t: TestContext, then: string): Promise<Error> {
  const file = join(temporaryFolder(t), 'thread.mjs');
  const ready =
    "import { parentPort } from 'node:worker_threads'; parentPort.postMessage({ type: 'ready' });";
  writeFileSync(file, `${ready} parentPort.once('message', () => { ${then} });`);
  const data = { wish: new Int32Array(1), cells: new Float64Array(1) };
  return await deadline(
    new Promise((resolve) => {
      const options = { cells: data.cells, onMessage: () => undefined, onFailure: resolve };
      const start = (given: WorkerOptions): Worker => new Worker(pathToFileURL(file), given);
      void ProberThread.start(start, data, 'linux', options).then((thread) => {
        thread.post(null);
      });
    }),
    () => 'its end',
  );
}

test('a thread that a system call fails is told of by its engine', async (t) => {
  const failing = "throw Object.assign(new Error('recvmmsg EPERM'), { syscall: 'recvmmsg' })";
  const { message, cause } = await failureOf(t, failing);
  assert.match(message, /^the linux engine can't run here: .*recvmmsg EPERM/);
  assert.ok(cause instanceof Error);
});

test('a thread that just ends is told of too', async (t) => {
  const { message } = await failureOf(t, 'process.exit(0)');
  assert.equal(message, 'the probing thread ended');
});
