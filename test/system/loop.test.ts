// One forged datagram and two echo services that answer each other for ever (CVE-2024-2169): for
// real, on hosts of their own, told by the counters of their kernels.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { until } from '../helpers/deadline.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath } from '../helpers/peers.ts';
import type { Program } from '../helpers/programs.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const skip = firstSkip(needsNamespaces(), needsProgram('python3'));

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Has `host` send one datagram that claims to come from `source`. */
function forge(host: NetworkNamespace, source: Endpoint, target: Endpoint): void {
  const ends = [source, target].flatMap(({ address, port }) => [address, String(port)]);
  host.run('python3', peerPath('forge.py'), ...ends, 'forged');
}

/** Starts `echogram serve` there, on the default port, and resolves once it listens. */
async function startServer(
  t: TestContext,
  host: NetworkNamespace,
  address: string,
): Promise<Program> {
  const server = host.startEchogram(t, 'serve', '--json', '--host', address);
  await server.untilStdout(/"listening"/);
  return server;
}

/** Stops the server and returns how many datagrams it refused, by reason. */
async function refusalsOf(server: Program): Promise<Record<string, number>> {
  server.child.kill('SIGTERM');
  const { stdout } = await server.ended();
  const closed = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as {
    refused: Record<string, number>;
  };
  return Object.fromEntries(Object.entries(closed.refused).filter(([, count]) => count > 0));
}

const FIRST = { address: '10.77.0.1', port: 10_000 };
const SECOND = { address: '10.77.0.2', port: 10_000 };

test(
  "one forged datagram keeps two of the lesson's servers talking for ever",
  { skip },
  async (t) => {
    // Not of echogram: it shows that the datagram of the next test is the dangerous one.
    const [first, second] = NetworkNamespace.createPair(t);
    for (const [host, { address, port }] of [
      [first, FIRST],
      [second, SECOND],
    ] as const) {
      const server = host.start(t, 'python3', peerPath('echo_server.py'), String(port), address);
      await server.untilStdout(/waiting/);
    }
    forge(first, FIRST, SECOND);
    await until(() => second.udpStatistics().outDatagrams >= 100, 'a hundred needless answers');
  },
);

test('one forged datagram leaves two echogram servers silent', { skip }, async (t) => {
  const [first, second] = NetworkNamespace.createPair(t);
  const firstServer = await startServer(t, first, FIRST.address);
  const secondServer = await startServer(t, second, SECOND.address);
  forge(first, FIRST, SECOND);
  await secondServer.untilStdout(/"refused"/);

  // What the kernels have seen: the forged datagram (raw, so not sent by UDP), and nothing else.
  assert.deepEqual(first.udpStatistics(), { inDatagrams: 0, outDatagrams: 0 });
  assert.deepEqual(second.udpStatistics(), { inDatagrams: 1, outDatagrams: 0 });

  // A real request over the same wire comes after anything that might still have been on its way.
  const asking = ['send', SECOND.address, '--timeout', '20s'];
  const client = await first.startEchogram(t, ...asking).ended();
  assert.equal(client.exitCode, 0);
  assert.deepEqual(first.udpStatistics(), { inDatagrams: 1, outDatagrams: 1 });
  assert.deepEqual(second.udpStatistics(), { inDatagrams: 2, outDatagrams: 1 });
  assert.deepEqual(await refusalsOf(firstServer), {});
  assert.deepEqual(await refusalsOf(secondServer), { 'own-port': 1 });
});

for (const [what, source, reason] of [
  ['itself', { address: '127.0.0.1', port: 10_000 }, 'own-port'],
  ['its own port at another loopback address', { address: '127.9.9.9', port: 10_000 }, 'own-port'],
  ['an echo service', { address: '127.0.0.1', port: 7 }, 'privileged-port'],
  ['a character generator', { address: '127.0.0.1', port: 19 }, 'privileged-port'],
  ['memcached', { address: '127.0.0.1', port: 11_211 }, 'loop-prone-port'],
  ['port 0', { address: '127.0.0.1', port: 0 }, 'port-zero'],
] as const) {
  test(`stays silent to a datagram that claims to come from ${what}`, { skip }, async (t) => {
    const host = NetworkNamespace.create(t);
    const server = await startServer(t, host, '127.0.0.1');
    forge(host, source, { address: '127.0.0.1', port: 10_000 });
    await server.untilStdout(/"refused"/);
    assert.deepEqual(host.udpStatistics(), { inDatagrams: 1, outDatagrams: 0 });
    assert.deepEqual(await refusalsOf(server), { [reason]: 1 });
  });
}

test('answers an echo service with --answer-any-port, but never itself', { skip }, async (t) => {
  const host = NetworkNamespace.create(t);
  const server = host.startEchogram(t, 'serve', '--answer-any-port', '--json');
  await server.untilStdout(/"listening"/);
  const own = { address: '127.0.0.1', port: 10_000 };
  forge(host, { address: '127.0.0.1', port: 7 }, own);
  await server.untilStdout(/"sent"/);
  forge(host, own, own);
  await server.untilStdout(/"refused"/);
  assert.deepEqual(host.udpStatistics(), { inDatagrams: 2, outDatagrams: 1 });
  assert.deepEqual(await refusalsOf(server), { 'own-port': 1 });
  assert.match(server.stderr, /^echogram: warning: every source port is answered, .*$/m);
});
