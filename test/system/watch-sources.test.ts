// Sources of targets over several refreshes, which take at least a second each, and thousands of edits.

import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { test } from 'node:test';
import { until } from '../helpers/deadline.ts';
import { answerAt } from '../helpers/http-answers.ts';
import { NameServer } from '../helpers/name-server.ts';
import { editTargets } from '../helpers/target-edits.ts';
import { WatchedTargets } from '../helpers/watched-targets.ts';

const PROBES = { slow: { interval: '10s' } };

const GROUPS = JSON.stringify([
  { targets: ['192.0.2.1:7', '[2001:db8::1]:7'] },
  { targets: ['192.0.2.2'], labels: { __target__: 'ams', __probe__: 'slow' } },
]);

test('a URL that fails keeps its last list, and says why without a secret', async (t) => {
  let answer: RequestListener = (_request, response) => void response.end(GROUPS);
  const port = await answerAt(t, (request, response) => {
    answer(request, response);
  });
  const url = `http://u:geheim@127.0.0.1:${port}/?token=geheim`;
  const watched = await WatchedTargets.open(t, {
    probes: PROBES,
    targets: [{ http_sd: { url, refresh: '1s' } }],
  });
  const source = () => watched.part.sources[0]!;
  const failures: readonly (readonly [answer: RequestListener, words: string])[] = [
    [(_, response) => void response.writeHead(503).end(), 'it answered 503'],
    [(_, response) => void response.end('<html>'), 'its answer is not JSON'],
    [(_, response) => void response.end('{}'), 'it must be a list of {targets, labels}'],
    [() => undefined, 'no answer within 1 seconds'],
    [
      (_, response) => void response.writeHead(302, { location: '/' }).end(),
      'it redirects more than 20 times',
    ],
    [(_, response) => void response.destroy(), 'socket hang up'],
  ];
  for (const [next, words] of failures) {
    answer = next;
    await until(() => source().error === words, `${words}, got ${source().error}`);
    assert.equal(source().targets, 3);
  }
  assert.equal(Object.keys(watched.latest).length, 3);
  assert.ok(!JSON.stringify([watched.events, watched.part.sources]).includes('geheim'));
  // One event, however often it fails.
  assert.deepEqual(watched.happened, ['discovery_failed']);
  answer = (_request, response) => void response.end('[]');
  await watched.untilKeys();
  assert.ok(watched.happened.includes('discovery_recovered'));
});

test('a name in DNS gives targets that come and go with its addresses', async (t) => {
  const server = await NameServer.start(t);
  server.set('peers.example', 'A', { ttl: 1, records: ['127.0.0.2', '127.0.0.1'] });
  const watched = await WatchedTargets.open(
    t,
    { targets: [{ dns: { name: 'peers.example.', port: 7, refresh: '1s' } }] },
    { server: server.address },
  );
  assert.deepEqual(watched.latest, {
    '127.0.0.1 default': '127.0.0.1 7',
    '127.0.0.2 default': '127.0.0.2 7',
  });
  server.set('peers.example', 'A', { ttl: 1, records: ['127.0.0.3', '127.0.0.2'] });
  await watched.untilKeys('127.0.0.2 default', '127.0.0.3 default');
  server.set('peers.example', 'A', 'SERVFAIL');
  await watched.untilHappened('discovery_failed');
  await watched.untilKeys('127.0.0.2 default', '127.0.0.3 default');
  // Believed at the third time.
  server.set('peers.example', 'A', 'NXDOMAIN');
  await watched.untilKeys();
  const asked = server.questions.length;
  assert.ok(asked >= 6, `asked ${asked} times`);
});

test('peers of a mesh say their name and zone; one that does not goes by its address', async (t) => {
  const server = await NameServer.start(t);
  const addresses = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];
  server.set('peers.example', 'A', { ttl: 1, records: addresses });
  const answer: RequestListener = ({ socket: { localAddress: address } }, response) => {
    if (address === '127.0.0.2') response.end('{"name": "node-b", "zone": "z1", "version": "1"}');
    else if (address === '127.0.0.3') response.end('{"name": "bad\\nname"}');
    else if (address === '127.0.0.5') response.end('{"name": "node-b", "zone": "z2"}');
    else response.writeHead(404).end();
  };
  const port = await answerAt(t, answer, '0.0.0.0');
  const watched = await WatchedTargets.open(
    t,
    { targets: [{ dns: { name: 'peers.example.', port: 7, refresh: '1s', identity_port: port } }] },
    { server: server.address },
  );
  const sorted = (): unknown =>
    watched.told
      .at(-1)!
      .map(({ target, address }) => [target.key, address?.address, target.labels])
      .sort();
  assert.deepEqual(sorted(), [
    ['127.0.0.3 default', '127.0.0.3', {}],
    ['127.0.0.4 default', '127.0.0.4', {}],
    ['node-b default', '127.0.0.2', { zone: 'z1' }],
  ]);
  // A pod of the same node takes the place of one that goes: the same target, at another address.
  server.set('peers.example', 'A', { ttl: 1, records: ['127.0.0.2', '127.0.0.5'] });
  await watched.untilKeys('node-b default');
  assert.equal(watched.latest['node-b default'], '127.0.0.2 7');
  server.set('peers.example', 'A', { ttl: 1, records: ['127.0.0.5'] });
  await watched.untilHappened('address_changed node-b default');
  assert.deepEqual(sorted(), [['node-b default', '127.0.0.5', { zone: 'z2' }]]);
});

test('after each of 5,000 random edits exactly what the list has is probed, and the rest is untouched', async (t) => {
  await editTargets(t, 5000);
});

test('a name is followed: to another address, past a name server that fails, and back', async (t) => {
  const server = await NameServer.start(t);
  const names = ['a.example', 'never.example'];
  server.set('a.example', 'A', { ttl: 1, records: ['192.0.2.1'] });
  for (const type of ['A', 'AAAA'] as const) server.set('never.example', type, 'NXDOMAIN');
  const watched = await WatchedTargets.open(t, { targets: names }, { server: server.address });
  assert.deepEqual(Object.values(watched.latest), ['192.0.2.1 10000', null]);
  server.set('a.example', 'A', { ttl: 1, records: ['192.0.2.2'] });
  await watched.untilHappened('address_changed a.example default');
  assert.equal(watched.latest['a.example default'], '192.0.2.2 10000');
  for (const type of ['A', 'AAAA'] as const) server.set('a.example', type, 'SERVFAIL');
  await watched.untilHappened('resolve_failed a.example default');
  assert.equal(watched.latest['a.example default'], '192.0.2.2 10000');
  assert.equal(
    watched.events.at(-1)?.detail,
    'a.example: the name server failed (ESERVFAIL); 192.0.2.2:10000 is kept',
  );
  server.set('a.example', 'AAAA', { ttl: 1, records: [] });
  server.set('a.example', 'A', { ttl: 1, records: ['192.0.2.2', '192.0.2.1'] });
  await watched.untilHappened('resolved a.example default');
  const { addressChanges, failures } = watched.part.resolutionOf('a.example default')!;
  assert.equal(addressChanges, 1);
  assert.ok(failures >= 1);
  // Of the name that never was, once, however often it was tried.
  const tries = watched.part.resolutionOf('never.example default')!.failures;
  assert.ok(tries >= 2, `tried ${tries} times`);
  const told = watched.happened.filter((event) => event === 'resolve_failed never.example default');
  assert.equal(told.length, 1);
});
