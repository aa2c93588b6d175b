import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { HostLookup } from '../../../../src/watch/resolve/host-lookup.ts';
import { NameServer } from '../../../helpers/name-server.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

async function start(t: TestContext, { hosts = '', resolvConf = '' } = {}) {
  const server = await NameServer.start(t);
  const folder = temporaryFolder(t);
  const files = { hostsFile: join(folder, 'hosts'), resolvConf: join(folder, 'resolv.conf') };
  writeFileSync(files.hostsFile, hosts);
  writeFileSync(files.resolvConf, resolvConf);
  const lookup = new HostLookup({ ...files, servers: [server.address] });
  t.after(() => {
    lookup[Symbol.dispose]();
  });
  return { server, lookup };
}

const V4 = (address: string) => ({ address, ipVersion: 4 });
const V6 = (address: string) => ({ address, ipVersion: 6 });

test('a name has the addresses of both IP versions, for the shorter time to live', async (t) => {
  const { server, lookup } = await start(t);
  server.set('a.example', 'A', { ttl: 60, records: ['192.0.2.1', '192.0.2.2'] });
  server.set('a.example', 'AAAA', { ttl: 30, records: ['2001:db8::1'] });
  assert.deepEqual(await lookup.addresses('a.example'), {
    addresses: [V4('192.0.2.1'), V4('192.0.2.2'), V6('2001:db8::1')],
    ttlMs: 30_000,
    unknown: [],
    error: null,
  });
  assert.deepEqual((await lookup.addresses('a.example', 6)).addresses, [V6('2001:db8::1')]);
});

test('a server that fails for one IP version leaves that unknown', async (t) => {
  const { server, lookup } = await start(t);
  server.set('a.example', 'A', { ttl: 60, records: ['192.0.2.1'] });
  server.set('a.example', 'AAAA', 'SERVFAIL');
  const answer = await lookup.addresses('a.example');
  assert.deepEqual(answer.addresses, [V4('192.0.2.1')]);
  assert.deepEqual(answer.unknown, [6]);
  assert.equal(answer.error, null);
});

test('no name, no record and no answer are different', async (t) => {
  const { server, lookup } = await start(t);
  for (const type of ['A', 'AAAA'] as const) {
    server.set('gone.example', type, 'NXDOMAIN');
    server.set('sick.example', type, 'SERVFAIL');
  }
  assert.equal((await lookup.addresses('gone.example')).error, 'ENOTFOUND');
  assert.equal((await lookup.addresses('empty.example')).error, 'ENODATA');
  const sick = await lookup.addresses('sick.example');
  assert.equal(sick.error, 'ESERVFAIL');
  assert.deepEqual(sick.unknown, [4, 6]);
});

test('a short name is searched in the domains of resolv.conf, one with dots as it is first', async (t) => {
  const { server, lookup } = await start(t, {
    resolvConf:
      'search ns.svc.cluster.local svc.cluster.local cluster.local\noptions timeout:1 ndots:2\n',
  });
  server.set('echo.svc.cluster.local', 'A', { ttl: 5, records: ['192.0.2.1'] });
  server.set('echo.ns.svc.cluster.local', 'A', 'NXDOMAIN');
  assert.deepEqual((await lookup.addresses('echo', 4)).addresses, [V4('192.0.2.1')]);
  assert.deepEqual(server.questions, ['echo.ns.svc.cluster.local A', 'echo.svc.cluster.local A']);
  server.questions.length = 0;
  server.set('a.b.example', 'A', { ttl: 5, records: ['192.0.2.2'] });
  assert.deepEqual((await lookup.addresses('a.b.example', 4)).addresses, [V4('192.0.2.2')]);
  assert.deepEqual(server.questions, ['a.b.example A']);
  server.questions.length = 0;
  assert.equal((await lookup.addresses('echo.', 4)).error, 'ENODATA');
  assert.deepEqual(server.questions, ['echo A']);
});

test('/etc/hosts comes before name servers, in any case, and for the IP versions that it has', async (t) => {
  const { server, lookup } = await start(t, {
    hosts: '# hosts\n192.0.2.1 one.example One # comment\n192.0.2.2\tone.example\n',
  });
  server.set('one.example', 'AAAA', { ttl: 60, records: ['2001:db8::1'] });
  const inFile = await lookup.addresses('ONE.example.');
  assert.deepEqual(inFile.addresses, [V4('192.0.2.1'), V4('192.0.2.2')]);
  assert.deepEqual((await lookup.addresses('one.example', 6)).addresses, [V6('2001:db8::1')]);
  assert.deepEqual(server.questions, ['one.example AAAA']);
});

test('localhost is loopback without any file, and asks nobody', async (t) => {
  const { server, lookup } = await start(t);
  assert.deepEqual((await lookup.addresses('localhost')).addresses, [V4('127.0.0.1'), V6('::1')]);
  assert.deepEqual(server.questions, []);
});

test('a name with other letters is asked for in those of name servers', async (t) => {
  const { server, lookup } = await start(t);
  await lookup.addresses('bücher.example', 4);
  assert.deepEqual(server.questions, ['xn--bcher-kva.example A']);
});

test('SRV records give hosts and ports', async (t) => {
  const { server, lookup } = await start(t);
  server.set('_echo._udp.example', 'SRV', { ttl: 5, records: ['a.example 7', 'b.example 10000'] });
  const services = await lookup.services('_echo._udp.example');
  assert.deepEqual(
    services.map(({ name, port }) => `${name} ${port}`),
    ['a.example 7', 'b.example 10000'],
  );
});
