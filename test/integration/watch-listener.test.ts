// What a watch answers over HTTP, and to whom.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ApiHistory, ApiLive, ApiOverview, ApiTargets } from '../../src/web/watch-api.ts';
import { WatchListener, type WatchListenerOptions } from '../../src/web/watch-listener.ts';
import { VERSION } from '../../src/version.ts';
import { createError } from '../../src/errors.ts';
import { deadline } from '../helpers/deadline.ts';
import { madeColumn, madeTarget } from '../helpers/made-watch.ts';
import { MadeWatchView } from '../helpers/made-watch-view.ts';

interface Listening {
  readonly listener: WatchListener;
  readonly faults: unknown[];
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
  readonly json: (path: string) => Promise<unknown>;
}

async function listen(
  t: TestContext,
  options: Partial<WatchListenerOptions> = {},
): Promise<Listening> {
  const faults: unknown[] = [];
  const listener = await WatchListener.open({
    host: '127.0.0.1',
    port: 0,
    serves: 'everything',
    access: {},
    node: { name: 'node-1', zone: null },
    onFault: (error) => faults.push(error),
    ...options,
  });
  t.after(() => listener[Symbol.asyncDispose]());
  const get = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`${listener.origin}${path}`, init);
  const json = async (path: string): Promise<unknown> => {
    const response = await get(path);
    assert.equal(response.status, 200, path);
    assert.equal(response.headers.get('content-type'), 'application/json');
    return await response.json();
  };
  return { listener, faults, get, json };
}

const NOW_MS = 1_800_000_000_000;

test('a watch that is not there yet is neither ready nor ill', async (t) => {
  const { get } = await listen(t);
  assert.equal((await get('/metrics')).status, 503);
  assert.equal((await get('/-/ready')).status, 503);
  assert.equal((await get('/healthz')).status, 200);
});

test('a watch is ready while it probes', async (t) => {
  const { listener, get } = await listen(t);
  const watch = new MadeWatchView([madeTarget('fra')]);
  watch.phase = 'starting';
  listener.publish(watch);
  assert.equal((await get('/-/ready')).status, 503);
  watch.phase = 'probing';
  assert.equal((await get('/-/ready')).status, 200);
  watch.phase = 'stopping';
  const response = await get('/-/ready');
  assert.deepEqual([response.status, await response.text()], [503, 'the watch is stopping\n']);
});

test('metrics alone are served without pages, API and controls', async (t) => {
  const { listener, get } = await listen(t, { serves: 'metrics', reload: () => Promise.resolve() });
  listener.publish(new MadeWatchView([madeTarget('fra')]));
  assert.match(await (await get('/metrics')).text(), /^echogram_watch_up\{target="fra"/m);
  assert.deepEqual(await (await get('/identity')).json(), {
    name: 'node-1',
    zone: null,
    version: VERSION,
  });
  for (const path of ['/', '/target', '/api/v1/targets', '/api/v1/live']) {
    assert.equal((await get(path)).status, 404, path);
  }
  assert.equal((await get('/-/reload', { method: 'POST' })).status, 405);
});

test('targets are told without their secrets, the worst first', async (t) => {
  const { listener, json } = await listen(t);
  const watch = new MadeWatchView([
    madeTarget('fra', { key: Buffer.from('a secret of sixteen') }),
    madeTarget('nyc'),
  ]);
  listener.publish(watch);
  const startMs = Math.floor(Date.now() / 10_000) * 10_000 - 10_000;
  watch.board.add([
    madeColumn('fra default', startMs, { received: 10 }),
    madeColumn('nyc default', startMs, { received: 5, lost: 5 }),
  ]);
  const answer = (await json('/api/v1/targets')) as ApiTargets;
  assert.deepEqual(
    answer.targets.map(({ target, window }) => [target.key, window.lossRatio]),
    [
      ['nyc default', 0.5],
      ['fra default', 0],
    ],
  );
  const fra = answer.targets[1]!;
  assert.equal(fra.target.probe.isAuthenticated, true);
  assert.ok(!JSON.stringify(answer).includes('key":{'), 'the key is there');
  assert.equal(answer.watch.node, 'node-1');
  assert.equal(answer.watch.history.kind, 'memory');
});

test('the history of a target has no more columns than asked for, and what it does not hold yet', async (t) => {
  const { listener, json } = await listen(t);
  const watch = new MadeWatchView([madeTarget('fra')]);
  listener.publish(watch);
  const key = 'fra default';
  // Six columns of 10 s in the history, and the seventh on the board alone.
  const column = (at: number): ReturnType<typeof madeColumn> =>
    madeColumn(key, NOW_MS + at * 10_000, { received: 2, lost: at });
  watch.past = [0, 1, 2, 3, 4, 5].map(column);
  watch.board.add([column(5), column(6)]);
  const query = `key=fra+default&from=${NOW_MS}&to=${NOW_MS + 80_000}`;
  const all = (await json(`/api/v1/history?${query}`)) as ApiHistory;
  assert.equal(all.widthMs, 10_000);
  assert.deepEqual(
    all.columns.map(({ startMs, counts }) => [(startMs - NOW_MS) / 1000, counts.lost]),
    [0, 1, 2, 3, 4, 5, 6].map((at) => [at * 10, at]),
  );
  // 100 µs twice: one row, and its count.
  assert.deepEqual(
    all.columns.map(({ rows }) => [rows.length, rows[1]]),
    Array.from({ length: 7 }, () => [2, 2]),
  );
  const four = (await json(`/api/v1/history?${query}&columns=4`)) as ApiHistory;
  assert.deepEqual(
    [
      four.widthMs,
      four.columns.map(({ startMs, counts }) => [(startMs - NOW_MS) / 1000, counts.lost]),
    ],
    [
      20_000,
      [
        [0, 1],
        [20, 5],
        [40, 9],
        [60, 6],
      ],
    ],
  );
});

test('an overview has four rows for each power of two', async (t) => {
  const { listener, json } = await listen(t);
  const watch = new MadeWatchView([madeTarget('fra'), madeTarget('nyc')]);
  listener.publish(watch);
  watch.past = [
    madeColumn('fra default', NOW_MS, { received: 3, lost: 1, late: 2, skipped: 4, sendFailed: 5 }),
  ];
  const stretch = `from=${NOW_MS}&to=${NOW_MS + 60_000}`;
  const { targets } = (await json(`/api/v1/overview?${stretch}`)) as ApiOverview;
  assert.deepEqual(
    targets.map(({ key }) => key),
    ['fra default', 'nyc default'],
  );
  const [[startMs, sent, lost, late, unsent, hostDropped, rows] = assert.fail()] =
    targets[0]!.columns;
  assert.deepEqual([startMs, sent, lost, late, unsent, hostDropped], [NOW_MS, 6, 1, 2, 9, 0]);
  assert.deepEqual([rows.length, rows[1]], [2, 3]);
  const named = (await json(`/api/v1/overview?${stretch}&key=nyc+default`)) as ApiOverview;
  assert.deepEqual(named.targets, [{ key: 'nyc default', columns: [] }]);
});

for (const [path, says] of [
  ['/api/v1/history?from=1&to=2', 'key must be given'],
  ['/api/v1/history?key=a&to=2', 'from must be given'],
  ['/api/v1/history?key=a&from=2&to=2', 'from must be before to'],
  ['/api/v1/history?key=a&from=1&to=1e3', 'to must be a whole number'],
  ['/api/v1/history?key=a&from=1&to=2&columns=513', 'columns must be a whole number from 1 to 512'],
  ['/api/v1/overview?from=0&to=999999999999', 'at most'],
  ['/api/v1/events?from=0&to=1&most=0', 'most must be a whole number from 1 to 1000'],
] as const) {
  test(`${path} is refused with the reason`, async (t) => {
    const { listener, get, faults } = await listen(t);
    listener.publish(new MadeWatchView([]));
    const response = await get(path);
    assert.equal(response.status, 400);
    assert.match(await response.text(), new RegExp(says));
    assert.deepEqual(faults, []);
  });
}

test('a target that nobody watches has no details', async (t) => {
  const { listener, get } = await listen(t);
  listener.publish(new MadeWatchView([]));
  assert.equal((await get('/api/v1/target?key=fra+default')).status, 404);
});

test('who follows is told everything first, and then what changed', async (t) => {
  const { listener, get } = await listen(t);
  const watch = new MadeWatchView([madeTarget('fra'), madeTarget('nyc')]);
  listener.publish(watch);
  const events = eventsOf(await get('/api/v1/live'));
  const next = (): Promise<ApiLive> => deadline(events(), () => 'an event');
  const first = await next();
  assert.equal(first.targets.length, 2);
  assert.equal(first.watch?.node, 'node-1');
  // The first event of the stream, which may have had readers before this one.
  await next();
  const startMs = Math.floor(Date.now() / 10_000) * 10_000 - 10_000;
  watch.board.add([madeColumn('nyc default', startMs, { received: 10 })]);
  let change = await next();
  while (change.targets.length === 0) change = await next();
  assert.deepEqual(
    change.targets.map(({ target }) => target.name),
    ['nyc'],
  );
  assert.equal(change.watch, undefined);
  watch.watch([madeTarget('nyc')]);
  while (change.left.length === 0) change = await next();
  assert.deepEqual(change.left, ['fra default']);
});

test('who follows one target is told of no other', async (t) => {
  const { listener, get } = await listen(t);
  listener.publish(new MadeWatchView([madeTarget('fra'), madeTarget('nyc')]));
  const events = eventsOf(await get('/api/v1/live?key=nyc+default'));
  for (let event = 0; event < 2; event++) {
    const { targets } = await deadline(events(), () => 'an event');
    assert.deepEqual(
      targets.map(({ target }) => target.name),
      ['nyc'],
    );
  }
});

test('a reload is refused unless it was allowed', async (t) => {
  const { listener, get } = await listen(t);
  listener.publish(new MadeWatchView([]));
  const response = await get('/-/reload', { method: 'POST' });
  assert.equal(response.status, 403);
  assert.match(await response.text(), /--web-lifecycle/);
});

test('a reload answers when it is done, or with what is wrong', async (t) => {
  let reloads = 0;
  const error = createError('ECHOGRAM_ERR_OPTION_VALUE', { option: 'targets', rule: 'given' });
  const reload = (): Promise<void> => (reloads++ === 0 ? Promise.resolve() : Promise.reject(error));
  const { listener, get, faults } = await listen(t, { reload });
  listener.publish(new MadeWatchView([]));
  assert.equal((await get('/-/reload', { method: 'POST' })).status, 200);
  const refused = await get('/-/reload', { method: 'POST' });
  assert.equal(refused.status, 400);
  assert.match(await refused.text(), /stays as it was: targets must be given/);
  assert.equal((await get('/-/reload')).status, 405);
  assert.equal(reloads, 2);
  assert.deepEqual(faults, []);
});

for (const headers of [
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { origin: 'http://evil.example' },
  { origin: 'null' },
]) {
  test(`a form of another site reloads nothing: ${JSON.stringify(headers)}`, async (t) => {
    const reload = (): Promise<void> => Promise.reject(new Error('it was reloaded'));
    const { listener, get } = await listen(t, { reload });
    listener.publish(new MadeWatchView([]));
    assert.equal((await get('/-/reload', { method: 'POST', headers })).status, 403);
    // What a browser says of the page itself, or of an address that its user typed.
    for (const site of ['same-origin', 'none']) {
      const own = await get('/-/reload', { method: 'POST', headers: { 'sec-fetch-site': site } });
      assert.equal(own.status, 500);
    }
  });
}

test('everybody needs the token that is set, in the query or as a bearer', async (t) => {
  const token = 'a-token-of-32-characters-at-least';
  const { listener, get } = await listen(t, { access: { token }, reload: () => Promise.resolve() });
  listener.publish(new MadeWatchView([]));
  const authorization = `Bearer ${token}`;
  // To its end: undici fails where a connection ends with a body that nobody reads.
  const statusOf = async (...asked: Parameters<typeof get>): Promise<number> => {
    const response = await get(...asked);
    await response.arrayBuffer();
    return response.status;
  };
  for (const path of ['/', '/metrics', '/healthz', '/api/v1/targets']) {
    assert.equal(await statusOf(path), 403, path);
    assert.equal(await statusOf(`${path}?token=${token}`), 200, path);
    assert.equal(await statusOf(path, { headers: { authorization } }), 200, path);
  }
  assert.equal((await get('/-/reload', { method: 'POST' })).status, 403);
});

test('beyond loopback somebody must guard the listener, unless it has metrics alone', async (t) => {
  await assert.rejects(listen(t, { host: '0.0.0.0' }), (error: Error) => {
    assert.match(error.message, /must be a loopback address unless .* --web-config/);
    return true;
  });
  await listen(t, { host: '0.0.0.0', serves: 'metrics' });
  await listen(t, { host: '0.0.0.0', access: { token: 'a-token-of-16-characters' } });
});

test('a port that is taken is an error that says what to do', async (t) => {
  const { listener } = await listen(t);
  await assert.rejects(listen(t, { port: listener.port }), /in use .*choose another port/);
});

/** Reads one event after the other. */
function eventsOf(response: Response): () => Promise<ApiLive> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return async () => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const event = text.slice('data: '.length, end);
        text = text.slice(end + 2);
        return JSON.parse(event) as ApiLive;
      }
      const { value, done } = await reader.read();
      assert.ok(!done, 'the events ended');
      text += value;
    }
  };
}
