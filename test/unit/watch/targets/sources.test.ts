import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { answerAt } from '../../../helpers/http-answers.ts';
import { NameServer } from '../../../helpers/name-server.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';
import { WatchedTargets } from '../../../helpers/watched-targets.ts';

const GROUPS = JSON.stringify([
  { targets: ['192.0.2.1:7', '[2001:db8::1]:7'], labels: { site: 'fra', __meta_x: '1', job: 'j' } },
  { targets: ['192.0.2.2'], labels: { __target__: 'ams', __probe__: 'slow' } },
]);

const PROBES = { slow: { interval: '10s' } };

test('files in the format of Prometheus give targets, in JSON and in YAML', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'a.json'), GROUPS);
  writeFileSync(join(folder, 'b.json'), '- targets: ["192.0.2.3"]\n  labels:\n    site: par\n');
  writeFileSync(join(folder, '.hidden.json'), 'no list');
  writeFileSync(join(folder, 'c.yaml'), 'no list');
  const watched = await WatchedTargets.open(t, {
    probes: PROBES,
    targets: [{ file_sd: [join(folder, '*.json')], labels: { region: 'eu', site: 'unknown' } }],
  });
  const targets = watched.told[0]!.map(({ target }) => [target.key, target.port, target.labels]);
  assert.deepEqual(targets, [
    ['192.0.2.1:7 default', 7, { region: 'eu', site: 'fra' }],
    ['[2001:db8::1]:7 default', 7, { region: 'eu', site: 'fra' }],
    ['ams slow', 10_000, { region: 'eu', site: 'unknown' }],
    ['192.0.2.3 default', 10_000, { region: 'eu', site: 'par' }],
  ]);
  assert.deepEqual(watched.part.sources, [
    { kind: 'file_sd', source: join(folder, '*.json'), targets: 4, failures: 0, error: null },
  ]);
});

test('a file that changes is read again; half of one keeps the last good targets', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'a.json');
  writeFileSync(file, '[{"targets": ["192.0.2.1"]}]');
  const watched = await WatchedTargets.open(t, { targets: [{ file_sd: [file] }, '127.0.0.1'] });
  writeFileSync(file, '[{"targets": ["192.0.2.2');
  await watched.untilHappened('discovery_failed');
  assert.match(
    watched.events.at(-1)!.detail,
    /^file_sd .*a\.json: a\.json: line 1, column \d+: it is not valid YAML: /,
  );
  await watched.untilKeys('192.0.2.1 default', '127.0.0.1 default');
  writeFileSync(file, '[{"targets": ["192.0.2.2", "192.0.2.1"]}]');
  await watched.untilKeys('192.0.2.2 default', '192.0.2.1 default', '127.0.0.1 default');
  writeFileSync(file, '[]');
  await watched.untilKeys('127.0.0.1 default');
  assert.deepEqual(watched.happened, [
    'discovery_failed',
    'discovery_recovered',
    'target_added 192.0.2.2 default',
    'target_left 192.0.2.2 default',
    'target_left 192.0.2.1 default',
  ]);
});

test('a file that is replaced is read again; one that goes takes its targets along only if a pattern found it', async (t) => {
  const folder = temporaryFolder(t);
  const write = (file: string, target: string): void => {
    writeFileSync(join(folder, `.${file}`), `[{"targets": ["${target}"]}]`);
    renameSync(join(folder, `.${file}`), join(folder, file));
  };
  write('a.json', '192.0.2.1');
  write('b.json', '192.0.2.2');
  write('named', '192.0.2.3');
  const watched = await WatchedTargets.open(t, {
    targets: [{ file_sd: [join(folder, '*.json')] }, { file_sd: [join(folder, 'named')] }],
  });
  await watched.untilKeys('192.0.2.1 default', '192.0.2.2 default', '192.0.2.3 default');
  write('a.json', '192.0.2.4');
  await watched.untilKeys('192.0.2.4 default', '192.0.2.2 default', '192.0.2.3 default');
  rmSync(join(folder, 'b.json'));
  await watched.untilKeys('192.0.2.4 default', '192.0.2.3 default');
  rmSync(join(folder, 'named'));
  await watched.untilHappened('discovery_failed');
  assert.equal(watched.part.sources[1]?.error, "named: it can't be read (ENOENT)");
  assert.deepEqual(Object.keys(watched.latest), ['192.0.2.4 default', '192.0.2.3 default']);
});

test('the swap of a ConfigMap is seen: only its link changes', async (t) => {
  const folder = temporaryFolder(t);
  const write = (version: string, target: string): void => {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'a.json'), `[{"targets": ["${target}"]}]`);
    symlinkSync(version, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  write('..1', '192.0.2.1');
  symlinkSync(join('..data', 'a.json'), join(folder, 'a.json'));
  const watched = await WatchedTargets.open(t, {
    targets: [{ file_sd: [join(folder, '*.json')] }],
  });
  await watched.untilKeys('192.0.2.1 default');
  write('..2', '192.0.2.2');
  await watched.untilKeys('192.0.2.2 default');
});

/** Each with what the source says of it. */
const WRONG_LISTS: readonly (readonly [list: unknown, words: string])[] = [
  [{}, 'it must be a list of {targets, labels}'],
  [['a'], '[0] must be {targets, labels}'],
  [[{ labels: {} }], '[0].targets must be a list'],
  [
    [{ targets: [7] }],
    '[0].targets[0] must be HOST[:PORT], an IPv6 address in brackets before a port',
  ],
  [[{ targets: [], labels: { a: 1 } }], '[0].labels.a must be a text'],
  [
    [{ targets: [], labels: { 'a-b': '' } }],
    '[0].labels.a-b must be the name of a Prometheus label: letters, digits and _, no digit first',
  ],
  [[{ targets: [], labels: { __probe__: 'x' } }], '[0].labels: there is no probe "x"'],
];

test('a list with an error is refused as a whole, and says what is wrong', async (t) => {
  for (const [list, words] of WRONG_LISTS) {
    const file = join(temporaryFolder(t), 'a.json');
    writeFileSync(file, JSON.stringify(list));
    const { part } = await WatchedTargets.open(t, { targets: [{ file_sd: [file] }] });
    assert.equal(part.sources[0]?.error, `a.json: ${words}`);
  }
});

test('a source whose targets do not all fit says so; one whose targets are all there already does not', async (t) => {
  const folder = temporaryFolder(t);
  const write = (file: string, targets: number): string => {
    const hosts = Array.from({ length: targets }, (_, n) => `127.1.${n >> 8}.${n & 255}`);
    writeFileSync(join(folder, file), JSON.stringify([{ targets: hosts }]));
    return join(folder, file);
  };
  const [full, same, more] = [write('full', 9999), write('same', 10), write('more', 10_000)];
  const watched = await WatchedTargets.open(t, {
    targets: ['127.0.0.1', { file_sd: [full] }, { file_sd: [more] }, { file_sd: [same] }],
  });
  const words = 'not all of its targets are probed: a watch has at most 10,000';
  const errors = (): unknown => watched.part.sources.map(({ error }) => error);
  assert.equal(watched.told.at(-1)!.length, 10_000);
  assert.deepEqual(errors(), [null, words, null]);
  assert.deepEqual(
    watched.events.map(({ kind, detail }) => `${kind} ${detail}`),
    [`discovery_failed file_sd ${more}: ${words}`],
  );
  write('more', 9999);
  await watched.untilHappened('discovery_recovered');
  assert.deepEqual(errors(), [null, null, null]);
});

test('a file and a folder that are not there are no errors of the watch', async (t) => {
  const { part, latest } = await WatchedTargets.open(t, {
    targets: [{ file_sd: ['/nowhere/a.json'] }, { file_sd: ['/nowhere/*.json'] }, '127.0.0.1'],
  });
  assert.deepEqual(
    part.sources.map(({ error }) => error),
    ["a.json: it can't be read (ENOENT)", "the folder /nowhere can't be read (ENOENT)"],
  );
  assert.deepEqual(Object.keys(latest), ['127.0.0.1 default']);
});

test('a URL gives targets; it is asked as Prometheus asks, and its password stays unsaid', async (t) => {
  const requests: IncomingMessage[] = [];
  const port = await answerAt(t, (request, response) => {
    requests.push(request);
    if (request.url !== '/old?token=geheim') response.end(GROUPS);
    else response.writeHead(307, { location: '/targets' }).end();
  });
  const url = `http://u:p%40ss@sd.example:${port}/old?token=geheim`;
  const watched = await WatchedTargets.open(
    t,
    { probes: PROBES, targets: [{ http_sd: { url, refresh: '90s' } }] },
    { hosts: '127.0.0.1 sd.example\n' },
  );
  await watched.untilKeys('192.0.2.1:7 default', '[2001:db8::1]:7 default', 'ams slow');
  assert.deepEqual(watched.part.sources, [
    {
      ...{ kind: 'http_sd', source: `http://sd.example:${port}/old` },
      ...{ targets: 3, failures: 0, error: null },
    },
  ]);
  const [first, second] = requests;
  assert.equal(first?.headers['x-prometheus-refresh-interval-seconds'], '90');
  assert.equal(first.headers.host, `sd.example:${port}`);
  // RFC 7617: "u:p@ss" in base64.
  assert.equal(first.headers.authorization, 'Basic dTpwQHNz');
  assert.equal(second?.headers.authorization, 'Basic dTpwQHNz');
});

test('a URL whose addresses all refuse says so', async (t) => {
  const { part } = await WatchedTargets.open(
    t,
    { targets: [{ http_sd: { url: 'http://sd.example:1/' } }] },
    { hosts: '127.0.0.1 sd.example\n127.0.0.2 sd.example\n' },
  );
  assert.equal(part.sources[0]?.error, 'ECONNREFUSED');
});

test('another origin gets no password', async (t) => {
  const requests: IncomingMessage[] = [];
  const other = await answerAt(t, (request, response) => {
    requests.push(request);
    response.end('[]');
  });
  const port = await answerAt(t, (_request, response) => {
    response.writeHead(302, { location: `http://127.0.0.1:${other}/` }).end();
  });
  await WatchedTargets.open(t, {
    targets: [{ http_sd: { url: `http://u:p@127.0.0.1:${port}/` } }],
  });
  assert.equal(requests.length, 1);
  assert.equal(requests[0]?.headers.authorization, undefined);
});

test('SRV records give hosts with their ports, which are resolved in turn', async (t) => {
  const server = await NameServer.start(t);
  server.set('_echo._udp.example', 'SRV', { ttl: 1, records: ['b.example 8', 'a.example 7'] });
  server.set('a.example', 'A', { ttl: 60, records: ['192.0.2.1'] });
  const watched = await WatchedTargets.open(
    t,
    { targets: [{ dns: { name: '_echo._udp.example', type: 'SRV' } }] },
    { server: server.address },
  );
  assert.deepEqual(watched.latest, {
    'a.example:7 default': '192.0.2.1 7',
    'b.example:8 default': null,
  });
});
