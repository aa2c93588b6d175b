// The rules of whatever listens for HTTP, with sockets that keep none of them.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { HttpListener } from '../../src/http/listener.ts';
import { Router, type Responder } from '../../src/http/router.ts';
import { deadline, until } from '../helpers/deadline.ts';
import { answerTo, HOST, listenFor, openTo } from '../helpers/http.ts';
import { BIN, Program } from '../helpers/programs.ts';
import { needsLinux } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';

interface Listening {
  readonly listener: HttpListener;
  /** Paths, in the order in which they were asked for. */
  readonly asked: string[];
}

/** Answers some paths with themselves, and /events, which goes on. */
async function listen(t: TestContext, names: readonly string[] = []): Promise<Listening> {
  const asked: string[] = [];
  const itself: Responder = ({ path, query }) => {
    asked.push(path);
    return { body: query.size === 0 ? path : `${path}?${query.toString()}` };
  };
  const router = new Router();
  for (const path of ['/', '/a', '/b']) router.get(path, itself);
  router.get('/events', () => ({
    type: 'text/event-stream',
    follow: (_, connection) => {
      asked.push('/events');
      connection.follow();
    },
  }));
  const { listener } = await listenFor(t, router, names);
  return { listener, asked };
}

for (const [what, sent, answer] of [
  [
    'one request',
    `GET /a HTTP/1.1\r\n${HOST}\r\n`,
    /^HTTP\/1\.1 200 .*\r\nconnection: close\r\n.*\r\n\r\n\/a$/is,
  ],
  ['HTTP/1.0 without a name', 'GET /a HTTP/1.0\r\n\r\n', /^HTTP\/1\.1 200 .*\/a$/s],
  ['an empty line before it', `\r\nGET /a HTTP/1.1\r\n${HOST}\r\n`, /^HTTP\/1\.1 200 .*\/a$/s],
  [
    'a name that is not known',
    'GET /a HTTP/1.1\r\nHost: rebound.example\r\n\r\n',
    /^HTTP\/1\.1 421 .*unknown host name; do this\n$/s,
  ],
  // RFC 9112 section 3.2.2: the host of a whole URL stands in for the header's.
  [
    'a whole URL',
    'GET http://127.0.0.1:9/a?b=c HTTP/1.1\r\nHost: rebound.example\r\n\r\n',
    /^HTTP\/1\.1 200 .*\/a\?b=c$/s,
  ],
  ['a URL without a path', `GET HTTP://localhost?b HTTP/1.1\r\n${HOST}\r\n`, /200 .*\n\/\?b=$/s],
  [
    'a whole URL with a name that is not known',
    `GET http://rebound.example/a HTTP/1.1\r\n${HOST}\r\n`,
    /^HTTP\/1\.1 421 /,
  ],
  // RFC 9110 section 4.2.4: what is before an @ is for deceiving people.
  [
    'a whole URL with a user in it',
    `GET http://127.0.0.1@rebound.example/a HTTP/1.1\r\n${HOST}\r\n`,
    /^HTTP\/1\.1 400 /,
  ],
  ['a whole URL with no host', `GET http:///a HTTP/1.1\r\n${HOST}\r\n`, /^HTTP\/1\.1 400 /],
  // RFC 9112 section 3.2.
  [
    'two names',
    `GET /a HTTP/1.1\r\n${HOST}${HOST}\r\n`,
    /^HTTP\/1\.1 400 .*must have exactly one Host\n$/s,
  ],
  [
    'two names, the second unknown',
    `GET /a HTTP/1.0\r\n${HOST}host: rebound.example\r\n\r\n`,
    /^HTTP\/1\.1 400 /,
  ],
  ['what is no name', 'GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['an address with an empty port', 'GET /a HTTP/1.1\r\nHost: [::1]:\r\n\r\n', /^HTTP\/1\.1 200 /],
  ['HTTP/1.1 without a name', 'GET /a HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
  [
    'a body',
    `POST /a HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`,
    /^HTTP\/1\.1 405 .*allow: GET, HEAD/is,
  ],
  [
    'a body in chunks that never ends',
    `POST /a HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello`,
    /^HTTP\/1\.1 405 /,
  ],
  [
    'who expects to be asked for a body',
    `POST /a HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`,
    /^HTTP\/1\.1 405 /,
  ],
  [
    'who expects what nobody knows',
    `GET /a HTTP/1.1\r\n${HOST}Expect: the-unexpected\r\n\r\n`,
    /^HTTP\/1\.1 200 .*\/a$/s,
  ],
  ['OPTIONS', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, /^HTTP\/1\.1 405 /],
  [
    'HEAD',
    `HEAD /a HTTP/1.1\r\n${HOST}\r\n`,
    /^HTTP\/1\.1 200 .*content-length: 2\r\n.*\r\n\r\n$/is,
  ],
  [
    'an upgrade, which is not taken',
    `GET /a HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    /^HTTP\/1\.1 200 .*\/a$/s,
  ],
  ['CONNECT', `CONNECT 127.0.0.1:1 HTTP/1.1\r\n${HOST}\r\n`, /^$/],
  [
    'a head of 9,000 bytes',
    `GET /a HTTP/1.1\r\n${HOST}X: ${'y'.repeat(9000)}\r\n\r\n`,
    /^HTTP\/1\.1 431 /,
  ],
  ['a path of 9,000 bytes', `GET /${'y'.repeat(9000)} HTTP/1.1\r\n${HOST}\r\n`, /^HTTP\/1\.1 431 /],
  ['what is no HTTP', '\u0016\u0003\u0001\u0002\u0000\u0001', /^HTTP\/1\.1 400 /],
] as const) {
  test(`answers ${what}`, async (t) => {
    const { listener } = await listen(t);
    assert.match(await answerTo(await openTo(t, listener), sent), answer);
  });
}

test('a name that the user gave is known', async (t) => {
  const { listener } = await listen(t, ['Echo.example']);
  const sent = 'GET /a HTTP/1.1\r\nHost: echo.Example:9100\r\n\r\n';
  assert.match(await answerTo(await openTo(t, listener), sent), /^HTTP\/1\.1 200 /);
});

for (const [lines, end] of [
  ['carriage returns and line feeds', '\r\n'],
  ['line feeds', '\n'],
] as const) {
  test(`of requests sent together the first alone is seen (lines end with ${lines})`, async (t) => {
    const { listener, asked } = await listen(t);
    const request = (path: string): string =>
      `GET ${path} HTTP/1.1${end}Host: 127.0.0.1${end}${end}`;
    const answer = await answerTo(
      await openTo(t, listener),
      request('/a') + request('/b').repeat(3000),
    );
    assert.doesNotMatch(answer, /\/b/);
    assert.ok(!asked.includes('/b'));
  });
}

test('a head that comes byte by byte is answered, and what comes after it is not seen', async (t) => {
  const { listener, asked } = await listen(t);
  const socket = await openTo(t, listener);
  socket.setNoDelay(true);
  const bytes = `GET /a HTTP/1.1\r\n${HOST}\r\n`;
  for (const byte of bytes.slice(0, -1)) {
    await new Promise((resolve) => socket.write(byte, resolve));
  }
  assert.match(await answerTo(socket, `\nGET /b HTTP/1.1\r\n${HOST}\r\n`), /\/a$/);
  assert.deepEqual(asked, ['/a']);
});

test('who closes their half after the request has the answer all the same', async (t) => {
  const { listener } = await listen(t);
  const socket = await openTo(t, listener);
  const answer = answerTo(socket, `GET /a HTTP/1.1\r\n${HOST}\r\n`);
  socket.end();
  assert.match(await answer, /\/a$/);
});

test('who follows, and closes their half, has left', async (t) => {
  const listening = await listen(t);
  const reader = await follow(t, listening);
  const closed = once(reader, 'close');
  reader.resume();
  await until(() => listening.asked.includes('/events'), 'a reader of events');
  reader.end();
  await deadline(closed, () => 'the connection to be closed');
  assert.deepEqual(listening.listener.cut, { too_many: 0, too_slow: 0 });
});

test('who has the answer and keeps the connection gives it up, and nothing is cut', async (t) => {
  const listening = await listen(t);
  const { listener, asked } = listening;
  for (let more = 0; more < 63; more++) await follow(t, listening);
  await until(() => asked.length === 63, 'all to follow');
  const answered = await openTo(t, listener);
  assert.match(await answerTo(answered, `GET /a HTTP/1.1\r\n${HOST}\r\n`), /\/a$/);
  const newcomer = await openTo(t, listener);
  assert.match(await answerTo(newcomer, `GET /b HTTP/1.1\r\n${HOST}\r\n`), /\/b$/);
  assert.deepEqual(listener.cut, { too_many: 0, too_slow: 0 });
});

test('the 65th connection of an address takes the place of its first that has not asked', async (t) => {
  const listening = await listen(t);
  const { listener, asked } = listening;
  const reader = await follow(t, listening);
  for (let more = 0; more < 61; more++) await follow(t, listening);
  await until(() => asked.length === 62, 'all to follow');
  const other = await openTo(t, listener, '127.0.0.2');
  const first = await openTo(t, listener);
  const second = await openTo(t, listener);
  const firstClosed = once(first, 'end');
  first.resume();
  await openTo(t, listener);
  await deadline(firstClosed, () => 'the first to be closed');
  assert.deepEqual(
    [reader, other, second].map(({ readyState }) => readyState),
    ['open', 'open', 'open'],
  );
  assert.deepEqual(listener.cut, { too_many: 1, too_slow: 0 });
});

test('where there are 256, the address with most connections gives one up', async (t) => {
  const listening = await listen(t);
  const { listener, asked } = listening;
  const lonely = await follow(t, listening, '127.0.0.99');
  for (const address of ['127.0.0.2', '127.0.0.3', '127.0.0.4']) {
    for (let more = 0; more < 64; more++) await follow(t, listening, address);
  }
  const first = await follow(t, listening, '127.0.0.5');
  for (let more = 0; more < 62; more++) await follow(t, listening, '127.0.0.5');
  await until(() => asked.length === 256, 'all to follow');
  assert.equal(listener.cut.too_many, 0);
  await openTo(t, listener, '127.0.0.6');
  await until(() => listener.cut.too_many === 1, 'one to be cut');
  assert.deepEqual([lonely.readyState, first.readyState], ['open', 'open']);
});

/** Asks for events at once: who does not is cut after a while, and to open many connections can take as long. */
async function follow(t: TestContext, { listener }: Listening, from?: string): Promise<Socket> {
  const socket = await openTo(t, listener, from);
  socket.write(`GET /events HTTP/1.1\r\n${HOST}\r\n`);
  return socket;
}

test(
  'a server without a free file descriptor answers on, and over HTTP once one is free',
  { skip: needsLinux() },
  async (t) => {
    const args = ['serve', '--host', '127.0.0.1', '--port', '0', '--metrics', '0', '--json'];
    const limited = ['-c', 'ulimit -n 64; exec "$0" "$@"', process.execPath, BIN, ...args];
    const server = new Program(t, 'sh', limited);
    const [, port = ''] = await server.untilStdout(/"port":(\d+)/);
    const [, metrics = ''] = await server.untilStderr(/metrics at http:\S+:(\d+)\/metrics\n/);
    const target = { port: Number(metrics) };
    const clients: Socket[] = [];
    // Fewer than one address may have open, more than there are descriptors.
    for (let more = 0; more < 60; more++) clients.push(await openTo(t, target));
    const refused = clients.map(async (client) => {
      await new Promise((resolve) => client.resume().once('end', resolve).once('close', resolve));
      return client;
    });
    const { bytesRead } = await deadline(Promise.race(refused), () => 'a connection to be refused');
    assert.equal(bytesRead, 0);
    const peer = await UdpPeer.open(t);
    await peer.send('hello', Number(port));
    assert.equal((await peer.next('an echo')).payload.toString(), 'hello');
    for (const client of clients) client.destroy();
    const request = `GET /healthz HTTP/1.1\r\n${HOST}\r\n`;
    await until(
      async () => (await answerTo(await openTo(t, target), request)).startsWith('HTTP/1.1 200 '),
      'an answer over HTTP',
    );
    server.child.kill();
    assert.equal((await server.ended()).exitCode, 0);
  },
);
