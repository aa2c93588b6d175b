import assert from 'node:assert/strict';
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { WorkerPool } from '../../../../src/server/engines/worker-pool.ts';
import { deadline, until } from '../../../helpers/deadline.ts';
import { needsLinux } from '../../../helpers/skips.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

/** A worker's program. */
function program(source: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

/**
 * Says which worker it is, and obeys two shared cells of its own: one tells it to end, the other to
 * die. Its wait ends with either, so that no test waits for a timer.
 */
const OBEDIENT = program(`
  import { parentPort, workerData } from 'node:worker_threads';
  parentPort.postMessage('ready');
  parentPort.postMessage(workerData.index);
  Atomics.wait(workerData.order, 0, 0);
  if (workerData.order[0] === 2) {
    workerData.order[0] = 0;
    throw new RangeError('told to die');
  }
`);

const END = 1;
const DIE = 2;

interface Watched {
  readonly pool: WorkerPool<number>;
  readonly notices: string[];
  readonly messages: number[];
  /** Workers that are not started again while others are left. */
  readonly givenUp: number[];
  /** Why nothing is left. */
  readonly failures: string[];
  /** Tells a worker what to do. */
  readonly order: (index: number, what: number) => void;
}

function watch(
  t: TestContext,
  url: URL,
  count: number,
  dataFor: (index: number) => object = () => ({}),
): Watched {
  const orders = Array.from({ length: count }, () => new Int32Array(new SharedArrayBuffer(4)));
  const notices: string[] = [];
  const messages: number[] = [];
  const givenUp: number[] = [];
  const failures: string[] = [];
  const pool = new WorkerPool<number>({
    startThread: (options) => new Worker(url, options),
    count,
    dataFor: (index) => ({ index, order: orders[index]!, ...dataFor(index) }),
    onMessage: (message) => messages.push(message),
    onGivenUp: (index) => givenUp.push(index),
    onLastGivenUp: (reason) => failures.push(reason),
    onNotice: (notice) => notices.push(notice),
  });
  const order = (index: number, what: number): void => {
    Atomics.store(orders[index]!, 0, what);
    Atomics.notify(orders[index]!, 0);
  };
  t.after(async () => {
    pool.retire();
    for (const index of orders.keys()) order(index, END);
    await ended(pool);
  });
  return { pool, notices, messages, givenUp, failures, order };
}

async function ended(pool: WorkerPool<number>): Promise<void> {
  await deadline(pool.ended, () => 'the workers to end');
}

async function started(pool: WorkerPool<number>): Promise<void> {
  await deadline(pool.started, () => 'the workers to start');
}

test('starts as many as were asked for, each with its own data, and hands on their messages', async (t) => {
  const { pool, messages, notices } = watch(t, OBEDIENT, 3);
  await started(pool);
  assert.equal(pool.alive, 3);
  await until(() => messages.length === 3, 'a message of each worker');
  assert.deepEqual(messages.toSorted(), [0, 1, 2]);
  assert.deepEqual(notices, []);
});

test('a worker that dies is named with its error and started again, the others unharmed', async (t) => {
  const { pool, messages, notices, order } = watch(t, OBEDIENT, 3);
  await started(pool);
  await until(() => messages.length === 3, 'a message of each worker');
  order(1, DIE);
  await until(() => messages.length === 4 && pool.alive === 3, 'worker 1 to be back');
  assert.deepEqual(notices, ['worker 1 died (RangeError: told to die) and is being restarted']);
  // Only the one that died has said again who it is.
  assert.equal(messages[3], 1);
});

test('a worker that ends unasked and without an error is started again too', async (t) => {
  const { pool, messages, notices, order } = watch(t, OBEDIENT, 1);
  await started(pool);
  // Its order stays: the next one, too, ends at once.
  order(0, END);
  await until(() => notices.length > 0, 'the notice of its death');
  assert.equal(notices[0], 'worker 0 died (it exited without an error) and is being restarted');
  await ended(pool);
  assert.ok(messages.every((index) => index === 0));
});

test('a worker that always dies is given up at the sixth time, the others unharmed', async (t) => {
  const { pool, notices, order, messages, givenUp } = watch(t, OBEDIENT, 2);
  await started(pool);
  for (let death = 1; death <= 6; death++) {
    const saidBefore = death + 1;
    await until(() => messages.length === saidBefore, `worker 1 to be there for death ${death}`);
    order(1, DIE);
    await until(() => notices.length === death, `the notice of death ${death}`);
  }
  assert.deepEqual(notices, [
    ...Array<string>(5).fill('worker 1 died (RangeError: told to die) and is being restarted'),
    'worker 1 died (RangeError: told to die) for the 6th time in a minute and is not restarted; the remaining worker answers its clients',
  ]);
  assert.equal(pool.alive, 1);
  // So that its sockets are closed, and the kernel deals its clients to the others.
  assert.deepEqual(givenUp, [1]);
  assert.equal(pool.deaths, 6);
});

test('of the last one given up the owner is told, and nobody is said to answer', async (t) => {
  const { pool, notices, order, messages, givenUp, failures } = watch(t, OBEDIENT, 2);
  await started(pool);
  let starts = 2;
  for (const worker of [0, 1]) {
    for (let death = 1; death <= 6; death++) {
      await until(() => messages.length === starts, `worker ${worker} to be there for ${death}`);
      const said = notices.length + failures.length;
      order(worker, DIE);
      await until(() => notices.length + failures.length > said, `the notice of death ${death}`);
      if (death < 6) starts++;
    }
  }
  await ended(pool);
  assert.deepEqual(givenUp, [0]);
  assert.deepEqual(failures, [
    'worker 1 died (RangeError: told to die) for the 6th time in a minute',
  ]);
  assert.ok(notices.slice(6).every((notice) => notice.endsWith('and is being restarted')));
  assert.deepEqual([pool.alive, pool.deaths], [0, 12]);
});

test('retiring ends the pause before a restart', async (t) => {
  const { pool, messages, notices, order } = watch(t, OBEDIENT, 1);
  await started(pool);
  for (const death of [1, 2]) {
    await until(() => messages.length === death, `the worker to be there for death ${death}`);
    order(0, DIE);
    await until(() => notices.length === death, `the notice of death ${death}`);
  }
  // The second death is followed by a pause, in which nothing runs.
  assert.equal(pool.alive, 0);
  const timers = timersThatRun();
  pool.retire();
  // Else it would start a worker later, when nobody ends it.
  assert.equal(timersThatRun(), timers - 1);
  await ended(pool);
  assert.equal(messages.length, 2);
});

function timersThatRun(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

test('a restart that fails before it is ready is a death like any other', async (t) => {
  let starts = 0;
  const { pool, messages, notices, order } = watch(
    t,
    program(`
      import { parentPort, workerData } from 'node:worker_threads';
      if (workerData.isStillborn) throw new Error('no descriptors left');
      parentPort.postMessage('ready');
      parentPort.postMessage(workerData.index);
      Atomics.wait(workerData.order, 0, 0);
      if (workerData.order[0] === 2) {
        workerData.order[0] = 0;
        throw new RangeError('told to die');
      }
    `),
    2,
    () => ({ isStillborn: ++starts === 3 }),
  );
  await started(pool);
  await until(() => messages.length === 2, 'a message of each worker');
  order(0, DIE);
  await until(() => messages.length === 3 && pool.alive === 2, 'worker 0 to be back');
  assert.deepEqual(notices, [
    'worker 0 died (RangeError: told to die) and is being restarted',
    'worker 0 died (Error: no descriptors left) and is being restarted',
  ]);
  // And the other one is still looked after.
  order(1, DIE);
  await until(() => messages.length === 4 && pool.alive === 2, 'worker 1 to be back');
});

test('a restart that the system refuses is a death like any other', async (t) => {
  let starts = 0;
  const { pool, messages, notices, order } = watch(t, OBEDIENT, 1, () => {
    if (++starts === 2) throw new Error('no thread left');
    return {};
  });
  await started(pool);
  await until(() => messages.length === 1, 'its message');
  order(0, DIE);
  await until(() => messages.length === 2 && pool.alive === 1, 'the worker to be back');
  assert.deepEqual(notices.toSorted(), [
    'worker 0 died (Error: no thread left) and is being restarted',
    'worker 0 died (RangeError: told to die) and is being restarted',
  ]);
});

test('one that dies before it is ready makes the start fail with its error, and is not restarted', async (t) => {
  const { pool, notices } = watch(t, program("throw new Error('no koffi')"), 2);
  await assert.rejects(started(pool), { message: 'no koffi' });
  await ended(pool);
  assert.deepEqual(notices, []);
  assert.equal(pool.alive, 0);
});

test('one that ends before it is ready makes the start fail too', async (t) => {
  const { pool } = watch(t, program(''), 1);
  await assert.rejects(started(pool), { message: 'a worker exited before it was ready' });
  await ended(pool);
});

test('a thread that the system refuses at first makes the start fail', async (t) => {
  const { pool } = watch(t, OBEDIENT, 1, () => {
    throw new Error('no thread left');
  });
  await assert.rejects(started(pool), { message: 'no thread left' });
  await ended(pool);
});

test('retired, a worker that ends or dies is not replaced', async (t) => {
  const { pool, notices, order } = watch(t, OBEDIENT, 2);
  await started(pool);
  pool.retire();
  order(0, END);
  order(1, DIE);
  await ended(pool);
  assert.equal(pool.alive, 0);
  assert.deepEqual(notices, []);
});

test(
  'where no thread starts for want of a working directory, that is what is said',
  { skip: needsLinux() },
  async (t) => {
    const { pool, notices, order } = watch(t, OBEDIENT, 1);
    await deadline(pool.started, () => 'the worker to be ready');
    const here = process.cwd();
    t.after(() => {
      process.chdir(here);
    });
    const folder = join(temporaryFolder(t), 'gone');
    mkdirSync(folder);
    process.chdir(folder);
    rmdirSync(folder);
    order(0, DIE);
    await until(() => notices.length > 1, 'another worker to die');
    assert.deepEqual(notices.slice(0, 2), [
      'worker 0 died (RangeError: told to die) and is being restarted',
      'worker 0 died (the working directory is gone, and Node cannot start a thread without one) and is being restarted',
    ]);
  },
);
