// watch() of the library, against real servers.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { OptionError } from '../../src/errors.ts';
import type { Watch } from '../../src/watch/running-watch.ts';
import { watch } from '../../src/watch/watch.ts';
import type { WatchOptions } from '../../src/watch/watch-options.ts';
import { deadline } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';

async function openEcho(t: TestContext): Promise<string> {
  const echo = await PlainEcho.open();
  t.after(() => echo[Symbol.asyncDispose]());
  return `127.0.0.1:${echo.port}`;
}

/** Fast enough for a quick test; a machine that stalls for seconds makes no reply late. */
const PROBES = { default: { interval: '20ms', timeout: '5s' } };

/** Resolves when a target has its first state, asking as a page does. */
async function firstState(running: Watch): Promise<string> {
  const state = new Promise<string>((resolve) => {
    running.once('state', ({ target, state }) => {
      resolve(`${target.key} ${state.code}`);
    });
  });
  const looking = setInterval(() => void running.fleet.openColumns(), 50);
  try {
    return await deadline(state, () => 'a state');
  } finally {
    clearInterval(looking);
  }
}

for (const { engine, skip } of ENGINES) {
  test(`a watch counts what it sends, on the ${engine} engine`, { skip }, async (t) => {
    const echo = await openEcho(t);
    await using running = await watch({ engine, probes: PROBES, targets: [echo] });
    assert.equal(running.engine, engine);
    assert.equal(await firstState(running), `${echo} default WORKS`);
    const { targets } = await running.stop();
    const [one] = targets;
    assert.ok(one!.sent > 0);
    assert.equal(one!.sent, one!.counts.received + one!.counts.late + one!.counts.lost);
    await running.closed;
  });
}

test('what is wrong with its options is an OptionError, and nothing is left running', async () => {
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{}, /targets/],
    [{ targets: ['a', 'a'] }, /must have another name or probe/],
    [{ targets: ['a'], probes: { default: { interval: '9ms' } } }, /interval/],
    [{ targets: ['a'], taregts: [] }, /taregts/],
    [{ targets: ['a'], engine: 'fast' }, /engine must be one of/],
    [{ targets: ['a'], signal: {} }, /signal must be an AbortSignal/],
  ];
  for (const [options, message] of wrong) {
    await assert.rejects(watch(options as WatchOptions), (error: Error) => {
      assert.ok(OptionError.is(error), String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});

test('an abort stops it: before it starts, meanwhile, and afterwards', async (t) => {
  const echo = await openEcho(t);
  const options = { probes: PROBES, targets: [echo] };
  await assert.rejects(watch({ ...options, signal: AbortSignal.abort() }), { name: 'AbortError' });
  const meanwhile = new AbortController();
  const starting = watch({ ...options, signal: meanwhile.signal });
  meanwhile.abort();
  await assert.rejects(starting, { name: 'AbortError' });
  const afterwards = new AbortController();
  const running = await watch({ ...options, signal: afterwards.signal });
  afterwards.abort();
  await deadline(running.closed, () => 'the watch to stop');
});

test('a target that stays keeps its counters through a reload', async (t) => {
  const [first, second] = [await openEcho(t), await openEcho(t)];
  await using running = await watch({ probes: PROBES, targets: [first] });
  await firstState(running);
  const before = running.fleet.countersOf(`${first} default`)!.counts.received;
  await running.reload({ probes: PROBES, targets: [second, first] });
  assert.deepEqual(
    running.targets.map(({ name }) => name),
    [second, first],
  );
  assert.ok(running.fleet.countersOf(`${first} default`)!.counts.received >= before);
  await assert.rejects(running.reload({ targets: [7 as unknown as string] }), OptionError);
  assert.equal(running.targets.length, 2);
  assert.equal(running.configStatus.isGood, false);
  await running.reload({ probes: PROBES, targets: [second] });
  assert.equal(running.fleet.countersOf(`${first} default`), undefined);
  assert.equal(running.board.statusOf(`${first} default`), undefined);
});
