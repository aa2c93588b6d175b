// The answer leaves from the address that was asked, and a datagram to a group gets none.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { until } from '../helpers/deadline.ts';
import { JsonServer, nonZero } from '../helpers/json-server.ts';
import { needsLinuxEngine, waitingBytes } from '../helpers/linux.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath } from '../helpers/peers.ts';
import { firstSkip, needsIPv6, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const skip = firstSkip(needsLinuxEngine(), needsNamespaces(), needsProgram('python3'));

/** A client's host, and a server's with two addresses of each version on the wire between them. */
async function hosts(t: TestContext): Promise<[NetworkNamespace, NetworkNamespace]> {
  const [client, server] = NetworkNamespace.createPair(t);
  server.run('ip', 'address', 'add', '10.77.0.3/24', 'dev', 'wire');
  await server.untilRunning('wire');
  if (needsIPv6() !== false) return [client, server];
  for (const [host, address] of [
    [client, 'fd77::1/64'],
    [client, 'fe80::1/64'],
    [server, 'fd77::2/64'],
    [server, 'fd77::3/64'],
    [server, 'fe80::2/64'],
  ] as const) {
    host.run('ip', 'address', 'add', address, 'dev', 'wire', 'nodad');
  }
  return [client, server];
}

function ask(host: NetworkNamespace, port: number, addresses: readonly string[]): void {
  host.run('python3', peerPath('ask.py'), String(port), ...addresses);
}

const IPV4 = ['10.77.0.2', '10.77.0.3'];
const IPV6 = ['fd77::2', 'fd77::3', 'fe80::2%wire'];

for (const [engine, host, onTheWire, loopback] of [
  // Linux has all of 127.0.0.0/8; the portable engine binds those addresses that interfaces name.
  ['linux', '0.0.0.0', IPV4, ['127.0.0.1', '127.0.0.9']],
  ['portable', '0.0.0.0', IPV4, ['127.0.0.1']],
  ['linux', '::', [...IPV4, ...IPV6], ['127.0.0.9', '::1']],
  ['portable', '::', [...IPV4, ...IPV6], ['127.0.0.1', '::1']],
] as const) {
  test(
    `the ${engine} engine at ${host} answers connected clients at every address`,
    { skip: firstSkip(skip, host === '::' && needsIPv6()) },
    async (t) => {
      const [client, host2] = await hosts(t);
      const server = await JsonServer.start(t, host2, '--engine', engine, '--host', host);
      assert.equal(server.listening.engine, engine);
      ask(client, server.port, onTheWire);
      // From its own host too, by every one of its addresses.
      ask(host2, server.port, [...onTheWire, ...loopback]);
      const { receivedDatagrams, sentDatagrams } = await server.stop();
      const asked = onTheWire.length * 2 + loopback.length;
      assert.deepEqual([receivedDatagrams, sentDatagrams], [asked, asked]);
    },
  );
}

for (const workers of ['1', '2']) {
  test(
    `answers nothing that came by broadcast or multicast, with ${workers} workers`,
    { skip: firstSkip(skip, needsIPv6()) },
    async (t) => {
      const [client, host] = await hosts(t);
      const server = await JsonServer.start(t, host, '--host', '::', '--workers', workers);
      const before = host.udpStatistics();
      // The subnet's broadcast, the limited one, all hosts (RFC 1112), all nodes (RFC 4291).
      const groups = ['10.77.0.255', '255.255.255.255', '224.0.0.1', 'ff02::1%wire'];
      for (const group of groups) {
        client.run('python3', peerPath('to_group.py'), 'wire', group, String(server.port));
      }
      await server.program.untilStdout(/(?:"refused"[^]*){4}/);
      assert.equal(host.udpStatistics().outDatagrams, before.outDatagrams);
      ask(client, server.port, ['10.77.0.2', 'fd77::2']);
      // Of several workers, one may not have come to its own yet.
      await until(() => waitingBytes(server.port, server.pid) === 0, 'all to be taken');
      const { refused, receivedDatagrams, sentDatagrams } = await server.stop();
      // Of sockets that share a port, each gets its own copy of a multicast or broadcast datagram.
      const copies = groups.length * Number(workers);
      assert.deepEqual(nonZero(refused), { 'group-destination': copies });
      assert.deepEqual([receivedDatagrams, sentDatagrams], [copies + 2, 2]);
    },
  );
}

test(
  'the portable engine at a wildcard never hears a broadcast or multicast',
  { skip: firstSkip(skip, needsIPv6()) },
  async (t) => {
    const [client, host] = await hosts(t);
    const server = await JsonServer.start(t, host, '--host', '::', '--engine', 'portable');
    for (const group of ['10.77.0.255', '255.255.255.255', '224.0.0.1', 'ff02::1%wire']) {
      client.run('python3', peerPath('to_group.py'), 'wire', group, String(server.port));
    }
    // Comes over the same wire after them.
    ask(client, server.port, ['10.77.0.2', 'fd77::2']);
    const { receivedDatagrams, sentDatagrams } = await server.stop();
    assert.deepEqual([receivedDatagrams, sentDatagrams], [2, 2]);
  },
);

for (const engine of ['linux', 'portable']) {
  test(`the ${engine} engine binds no broadcast or multicast address`, { skip }, async (t) => {
    const [, host] = await hosts(t);
    const groups = ['10.77.0.255', '255.255.255.255', '224.0.0.1', 'ff02::1'];
    const endings = groups.map(async (group) => {
      const args = ['serve', '--engine', engine, '--host', group];
      return await host.startEchogram(t, ...args).ended();
    });
    for (const { stdout, stderr, exitCode } of await Promise.all(endings)) {
      assert.deepEqual([stdout, exitCode], ['', 2]);
      assert.match(
        stderr,
        /^echogram: cannot bind .*: this host does not have that address,? .*\n$/,
      );
    }
  });
}
