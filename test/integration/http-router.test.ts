// What a listener for HTTP answers, whatever its paths are.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Router } from '../../src/http/router.ts';
import { answerTo, HOST, listenFor, openTo } from '../helpers/http.ts';

for (const [what, target, host, status] of [
  ['an answer', '/a', '127.0.0.1', 200],
  ['events', '/events', '127.0.0.1', 200],
  ['a bad request', '/a', 'a/b', 400],
  ['a refusal', '/a?refuse', '127.0.0.1', 403],
  ['a path that is not there', '/c', '127.0.0.1', 404],
  ['a name that is not known', '/a', 'rebound.example', 421],
  ['a fault', '/fault', '127.0.0.1', 500],
] as const) {
  test(`no browser keeps, frames or embeds ${what}`, async (t) => {
    const router = new Router(({ query }) =>
      query.has('refuse') ? { status: 403, body: 'no\n' } : undefined,
    )
      .get('/a', () => ({ body: 'a' }))
      .get('/events', () => ({ type: 'text/event-stream', follow: (response) => response.end() }))
      .get('/fault', () => Promise.reject(new Error('a fault')));
    const { listener } = await listenFor(t, router);
    const request = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const answer = await answerTo(await openTo(t, listener), request);
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
    for (const header of [
      'cache-control: no-store',
      'x-content-type-options: nosniff',
      'referrer-policy: no-referrer',
      'cross-origin-resource-policy: same-origin',
      'cross-origin-opener-policy: same-origin',
      "content-security-policy: default-src 'none'; frame-ancestors 'none'",
    ]) {
      assert.ok(answer.includes(`\r\n${header}\r\n`), header);
    }
  });
}

test('a header of an answer stands in place of the one that every answer has', async (t) => {
  const headers = { 'cache-control': 'max-age=60', etag: '"1"' };
  const { listener } = await listenFor(
    t,
    new Router().get('/a', () => ({ headers, body: '' })),
  );
  const answer = await answerTo(await openTo(t, listener), `GET /a HTTP/1.1\r\n${HOST}\r\n`);
  assert.match(answer, /\r\ncache-control: max-age=60\r\n.*\r\netag: "1"\r\n/s);
  assert.doesNotMatch(answer, /no-store/);
});

test('who may not ask learns neither which paths nor which methods there are', async (t) => {
  const router = new Router(() => ({ status: 401, body: 'who is there?\n' }));
  const { listener } = await listenFor(
    t,
    router.get('/a', () => ({ body: 'a' })),
  );
  for (const line of ['GET /a', 'GET /c', 'POST /a', 'OPTIONS *']) {
    const answer = await answerTo(await openTo(t, listener), `${line} HTTP/1.1\r\n${HOST}\r\n`);
    assert.match(answer, /^HTTP\/1\.1 401 .*who is there\?\n$/s, line);
  }
});

test('a path that is not there is answered with those that are, and later ones replace earlier', async (t) => {
  const router = new Router()
    .get('/a', () => ({ status: 503, body: 'not yet\n' }))
    .get('/b', () => ({ body: 'b' }));
  const { listener } = await listenFor(t, router);
  const ask = async (path: string): Promise<string> =>
    await answerTo(await openTo(t, listener), `GET ${path} HTTP/1.1\r\n${HOST}\r\n`);
  assert.match(await ask('/c'), /^HTTP\/1\.1 404 .*here are \/a and \/b\n$/s);
  assert.match(await ask('/a'), /^HTTP\/1\.1 503 /);
  router.get('/a', () => ({ body: 'now' })).get('/c', () => ({ body: 'c' }));
  assert.match(await ask('/a'), /^HTTP\/1\.1 200 .*now$/s);
  assert.match(await ask('/d'), /here are \/a, \/b, and \/c\n$/);
});

test('HEAD of events is their head alone', async (t) => {
  const follow = (): void => assert.fail('nobody follows');
  const router = new Router().get('/events', () => ({ type: 'text/event-stream', follow }));
  const { listener, faults } = await listenFor(t, router);
  const request = `HEAD /events HTTP/1.1\r\n${HOST}\r\n`;
  const answer = await answerTo(await openTo(t, listener), request);
  assert.match(answer, /^HTTP\/1\.1 200 .*content-type: text\/event-stream\r\n.*\r\n\r\n$/s);
  assert.deepEqual(faults, []);
});

test('a route that fails costs its request alone, and the first is told', async (t) => {
  const fault = new Error('a fault');
  const router = new Router()
    .get('/a', () => ({ body: 'a' }))
    .get('/rejects', () => Promise.reject(fault))
    .get('/throws', () => {
      throw new Error('another');
    });
  const { listener, faults } = await listenFor(t, router);
  for (const path of ['/rejects', '/throws', '/rejects']) {
    const answer = await answerTo(await openTo(t, listener), `GET ${path} HTTP/1.1\r\n${HOST}\r\n`);
    assert.match(answer, /^HTTP\/1\.1 500 .*internal error\n$/s);
  }
  assert.match(
    await answerTo(await openTo(t, listener), `GET /a HTTP/1.1\r\n${HOST}\r\n`),
    /^HTTP\/1\.1 200 /,
  );
  assert.deepEqual(faults, [fault]);
});

test('an answer that fails when its head is sent ends there', async (t) => {
  const fault = new Error('a fault');
  const follow = (): void => {
    throw fault;
  };
  const router = new Router().get('/events', () => ({ type: 'text/event-stream', follow }));
  const { listener, faults } = await listenFor(t, router);
  const answer = await answerTo(await openTo(t, listener), `GET /events HTTP/1.1\r\n${HOST}\r\n`);
  assert.match(answer, /^(?:HTTP\/1\.1 200 .*\r\n\r\n)?$/s);
  assert.deepEqual(faults, [fault]);
});
