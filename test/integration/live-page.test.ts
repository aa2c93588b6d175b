// ping --web: who may look, what is told, and that nobody who looks can hold it up.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { SessionStart } from '../../src/client/session/session-result.ts';
import type { PageData } from '../../src/report/page-data.ts';
import { LivePage } from '../../src/web/live-page.ts';
import { deadline, until } from '../helpers/deadline.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { MADE_REPLY, madeResult } from '../helpers/made-result.ts';
import { runEchogram, startEchogram } from '../helpers/programs.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const TOKEN = '0123456789abcdef';

async function ask(url: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const [response] = (await deadline(
    once(get(url, { headers, agent: false }), 'response'),
    () => url,
  )) as [IncomingMessage];
  return response;
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return body;
}

async function statusOf(
  url: string,
  headers?: Record<string, string>,
): Promise<number | undefined> {
  const response = await ask(url, headers);
  response.destroy();
  return response.statusCode;
}

async function open(t: TestContext, token?: string): Promise<LivePage> {
  const page = await LivePage.open({ host: '127.0.0.1', port: 0, token, onFault: assert.ifError });
  t.after(() => page[Symbol.asyncDispose]());
  return page;
}

function startOf(): SessionStart {
  const { schema, tool, config, supplied, target, startedAt } = madeResult();
  return { schema, tool, config, supplied, target, startedAt };
}

test('the page comes with a policy that allows its own script, and a connection to itself alone', async (t) => {
  const page = await open(t);
  const response = await ask(page.url);
  const policy = String(response.headers['content-security-policy']);
  assert.match(
    policy,
    /^default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-[\w+/=]+'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
  );
  assert.equal(response.headers['x-content-type-options'], 'nosniff');
  assert.match(await bodyOf(response), /^<!doctype html>/);
});

test('a request for another name is refused: a foreign page may have pointed it here', async (t) => {
  const { url } = await open(t);
  const { port } = new URL(url);
  assert.equal(await statusOf(url, { host: `rebound.example:${port}` }), 421);
  assert.equal(await statusOf(`${url}events`, { host: 'rebound.example' }), 421);
  for (const host of ['localhost', `127.0.0.1:${port}`, '[::1]', `LOCALHOST:${port}`]) {
    assert.equal(await statusOf(url, { host }), 200, host);
  }
});

test('with a token, nobody without it sees anything', async (t) => {
  const page = await open(t, TOKEN);
  const { origin } = new URL(page.url);
  for (const path of ['/', '/events', '/?token=', '/?token=0123456789abcdeX', '/events?token=x']) {
    assert.equal(await statusOf(origin + path), 403, path);
  }
  assert.ok(!page.url.includes(TOKEN));
  assert.equal(await statusOf(`${origin}/?token=${TOKEN}`), 200);
  assert.equal(await statusOf(`${origin}/events?token=${TOKEN}`), 200);
});

test('beyond loopback it needs a token', async () => {
  const options = { host: '0.0.0.0', port: 0, token: undefined, onFault: assert.ifError };
  await assert.rejects(LivePage.open(options), { code: 'ECHOGRAM_ERR_OPTION_VALUE' });
});

test('other paths and methods are refused', async (t) => {
  const { url } = await open(t);
  for (const path of ['page.html', '../', 'events/x', '%00', '/']) {
    assert.equal(await statusOf(`${url}${path}`), path === '../' ? 200 : 404, path);
  }
  const request = get(url, { method: 'POST', agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.destroy();
  assert.deepEqual([response.statusCode, response.headers.allow], [405, 'GET, HEAD']);
});

test('a reader is told what is known at once, and at the end the whole result', async (t) => {
  const page = await open(t);
  page.begin(startOf(), [40_001]);
  page.add(MADE_REPLY);
  const response = await ask(`${page.url}events`);
  let received = '';
  response.setEncoding('utf8').on('data', (text: string) => (received += text));
  const ended = once(response, 'end');
  await until(() => received.includes('\n\n'), 'the first event');
  await page.end(madeResult());
  await deadline(ended, () => 'the end of the events');
  const events = received
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.replace(/^data: /, '')) as PageData);
  assert.deepEqual([events[0]!.state, events[0]!.measurement.datagrams.received], ['live', 1]);
  assert.deepEqual(
    [events.at(-1)!.state, events.at(-1)!.measurement.datagrams.received],
    ['complete', 10],
  );
});

test('a ninth reader takes the place of the one who has looked longest', async (t) => {
  const { url } = await open(t);
  const readers: IncomingMessage[] = [];
  for (let reader = 0; reader < 9; reader++) readers.push(await ask(`${url}events`));
  const [first, ...others] = readers;
  await assert.rejects(bodyOf(first!), { code: 'ECONNRESET' });
  assert.ok(others.every(({ statusCode, closed }) => statusCode === 200 && !closed));
});

test('a reader who takes nothing does not hold up the end', async (t) => {
  const page = await open(t);
  page.begin(startOf(), [40_001]);
  const { port } = new URL(page.url);
  const socket = connect(Number(port), '127.0.0.1');
  t.after(() => socket.destroy());
  socket.pause();
  socket.write('GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await once(socket, 'connect');
  // Its last page is larger than any socket's buffer: 40 MB.
  const rows = Array.from({ length: 864 }, (_, row) => [row, 123_456]).flat();
  const columns = 4000;
  const { echogram } = madeResult();
  const list = Array(columns).fill(0) as number[];
  const lists = Object.entries(echogram).map(([name, value]): [string, unknown] => [
    name,
    Array.isArray(value) ? list : value,
  ]);
  const large = {
    ...(Object.fromEntries(lists) as unknown as typeof echogram),
    rttRows: Array(columns).fill(rows) as number[][],
  };
  await deadline(page.end(madeResult({ echogram: large })), () => 'the end');
});

test('ping --web tells where, shows the measurement, and ends as without it', async (t) => {
  await using echo = await PlainEcho.open();
  const args = ['-i', '20ms', '-w', '30s', '--web', '--quiet'];
  const program = startEchogram(t, ['ping', `127.0.0.1:${echo.port}`, ...args]);
  const [, url = ''] = await program.untilStderr(
    /^echogram: live page at (http:\/\/127\.0\.0\.1:\d+\/)$/m,
  );
  assert.match(await bodyOf(await ask(url)), /echogram, live/);
  const events = await ask(`${url}events`);
  const body = bodyOf(events);
  // The first replies are in a snapshot; then it is stopped.
  const [chunk] = (await deadline(once(events, 'data'), () => 'an event')) as [Buffer];
  assert.match(String(chunk), /^data: \{"schema":"echogram\.page\/1","state":"live"/);
  program.child.kill('SIGINT');
  const { exitCode } = await program.ended();
  assert.match(await body, /"state":"complete"/);
  assert.ok(exitCode === 0 || exitCode === 1);
});

test('a token of the environment or of a file is asked for, and shown nowhere', async (t) => {
  await using echo = await PlainEcho.open();
  const file = join(temporaryFolder(t), 'token');
  writeFileSync(file, `${TOKEN}\n`);
  for (const [env, flags] of [
    [{ ECHOGRAM_PING_WEB_TOKEN: TOKEN }, []],
    [{ ECHOGRAM_PING_WEB_TOKEN: 'another-0123456789' }, ['--web-token-file', file]],
  ] as const) {
    const args = ['ping', `127.0.0.1:${echo.port}`, '-i', '20ms', '--json', '--web', ...flags];
    const program = startEchogram(t, args, { env: { ...process.env, ...env } });
    const [, url = ''] = await program.untilStderr(
      /^echogram: live page at (http:\/\/\S+\/)\?token=TOKEN \(replace TOKEN with the token\)$/m,
    );
    assert.equal(await statusOf(url), 403);
    assert.doesNotMatch(await bodyOf(await ask(`${url}?token=${TOKEN}`)), new RegExp(TOKEN));
    const events = await ask(`${url}events?token=${TOKEN}`);
    await deadline(once(events, 'data'), () => 'an event');
    program.child.kill('SIGINT');
    const { stdout, stderr } = await program.ended();
    assert.doesNotMatch(stdout + stderr, new RegExp(TOKEN));
  }
});

test('a wrong token of the environment is refused, and not shown', async (t) => {
  const env = { ...process.env, ECHOGRAM_PING_WEB_TOKEN: 'short' };
  const program = startEchogram(t, ['ping', '127.0.0.1:9', '--web'], { env });
  const { stderr, exitCode } = await program.ended();
  assert.equal(exitCode, 2);
  assert.match(stderr, /^echogram: ECHOGRAM_PING_WEB_TOKEN must be 16 to/);
  assert.doesNotMatch(stderr, /short/);
});

test('a wrong token of the environment is no concern of a run without a page, or with a token of a file', async (t) => {
  await using echo = await PlainEcho.open();
  const file = join(temporaryFolder(t), 'token');
  writeFileSync(file, `${TOKEN}\n`);
  const env = { ...process.env, ECHOGRAM_PING_WEB_TOKEN: 'short' };
  for (const flags of [[], ['--web', '--web-token-file', file]]) {
    const args = ['ping', `127.0.0.1:${echo.port}`, '-c', '1', ...flags];
    const { stderr, exitCode } = await startEchogram(t, args, { env }).ended();
    assert.equal(exitCode, 0, stderr);
  }
});

for (const [args, message] of [
  [
    ['--web', '--web-host', '0.0.0.0'],
    '--web-host must be a loopback address unless a token is set, got `0.0.0.0`; set one with --web-token-file; every viewer then needs it',
  ],
  [['--web-host', '::1'], '--web-host must be given with --web only, got `::1`'],
  [['--web-host', '127.0.0.1'], '--web-host must be given with --web only, got `127.0.0.1`'],
  [['--web', '70000'], '--web must be a whole number from 0 to 65535, got `70000`'],
  [
    ['--web', '--web-token', 'short'],
    '--web-token must be 16 to 256 letters, digits and any of . ~ _ -; make one with: openssl rand -hex 16',
  ],
  [['--web-token', TOKEN], '--web-token must be given with --web only'],
  [
    ['--web-token-file', '/nowhere'],
    '--web-token-file must be given with --web only, got `/nowhere`',
  ],
  [
    ['--web', '--web-token-file', '/nowhere'],
    '--web-token-file must be a file that can be read (ENOENT), got `/nowhere`',
  ],
  [
    ['--web', '--web-token-file', '/dev/null'],
    '--web-token-file must be a file with a token of 16 to 256 letters, digits and any of . ~ _ -, got `/dev/null`; make one with: openssl rand -hex 16 > FILE',
  ],
] as const) {
  test(`ping ${args.join(' ')} gets one line and exit code 2`, async (t) => {
    const { stderr, exitCode } = await runEchogram(t, ['ping', '127.0.0.1:9', ...args]);
    assert.deepEqual([exitCode, stderr], [2, `echogram: ${message}\n`]);
  });
}
