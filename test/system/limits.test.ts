// Limits, lists and the guard against echo loops, for real: hosts of their own, forged sources.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { until } from '../helpers/deadline.ts';
import { Flood } from '../helpers/flood.ts';
import { HERE, JsonServer, nonZero, total, type Host } from '../helpers/json-server.ts';
import { needsLinuxEngine, residentBytes, waitingBytes } from '../helpers/linux.ts';
import { messagesOf } from '../helpers/messages.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath } from '../helpers/peers.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';

const skip = firstSkip(needsLinuxEngine(), needsNamespaces(), needsProgram('python3'));

const MEBIBYTE = 1024 * 1024;

/** A host with an address beyond loopback. */
async function secondOfPair(t: TestContext): Promise<Host> {
  const [, second] = NetworkNamespace.createPair(t);
  await second.untilRunning('wire');
  return second;
}

for (const engine of ['linux', 'portable']) {
  for (const [args, ratePps, burst, address, hostFor] of [
    [['--limit', '50', '--host', '127.0.0.1'], 50, 10, '127.0.0.1', () => HERE],
    // On by default beyond loopback: 1,000 a second, in bursts of 200.
    [['--host', '0.0.0.0'], 1000, 200, '10.77.0.2', secondOfPair],
  ] as const) {
    test(
      `the ${engine} engine answers one source ${ratePps} times a second with ${args.join(' ')}`,
      { skip },
      async (t) => {
        const host: Host = await hostFor(t);
        const server = await JsonServer.start(t, host, '--engine', engine, ...args);
        const startMs = performance.now();
        const sent = 5000;
        const options = { address, port: server.port, flows: 3, amount: String(sent) };
        const flood = new Flood(t, host, options);
        await flood.sent();
        await until(() => waitingBytes(server.port, server.pid) === 0, 'an empty receive buffer');
        const { receivedDatagrams, sentDatagrams, refused } = await server.stop();
        const elapsedMs = performance.now() - startMs;
        const { echoes, wrong } = await flood.counts();
        assert.equal(receivedDatagrams, sent);
        assert.equal(sentDatagrams + total(refused), sent);
        assert.deepEqual(Object.keys(nonZero(refused)), ['source-limit']);
        assert.deepEqual([echoes, wrong], [sentDatagrams, 0]);
        // The bucket was full, and gained what its rate gives in that time; no more, however slow.
        const most = burst + (ratePps * elapsedMs) / 1000 + 1;
        assert.ok(
          sentDatagrams >= burst && sentDatagrams <= most,
          `${burst} ≤ ${sentDatagrams} ≤ ${most}`,
        );
      },
    );
  }

  test(`the ${engine} engine asks --allow and --deny`, { skip }, async (t) => {
    const lists = ['--allow', '127.0.0.0/30', '192.0.2.0/24', '--deny', '127.0.0.2'];
    const args = ['--engine', engine, '--host', '127.0.0.1', ...lists];
    const server = await JsonServer.start(t, HERE, ...args);
    for (const address of ['127.0.0.2', '127.0.0.9', '127.0.0.3', '127.0.0.1']) {
      const peer = await UdpPeer.open(t, address);
      await peer.send('hello', server.port);
    }
    await server.program.untilStdout(/(?:"sent"[^]*){2}/);
    const { refused, sentDatagrams } = await server.stop();
    assert.deepEqual(nonZero(refused), { 'denied-source': 2 });
    assert.equal(sentDatagrams, 2);
  });
}

test('--limit 0 warns beyond loopback, and nothing else does', { skip }, async (t) => {
  const host = NetworkNamespace.create(t);
  for (const [args, warns] of [
    [['--host', '0.0.0.0', '--limit', '0'], true],
    [['--host', '127.0.0.1', '--limit', '0'], false],
    [['--host', '0.0.0.0'], false],
  ] as const) {
    const server = await JsonServer.start(t, host, ...args);
    await server.stop();
    const warnings = messagesOf(server.program.stderr).match(/^echogram: warning: .*$/gm) ?? [];
    assert.equal(warnings.length, warns ? 1 : 0);
    if (warns) assert.match(warnings[0]!, /replies per source are not limited/);
  }
});

/** Where a server tells its metrics, on its own host. */
async function metricsOf({ program }: JsonServer): Promise<string> {
  const [, origin = ''] = await program.untilStderr(/metrics at http:\/\/(\S+)\/metrics\n/);
  return origin;
}

/** How many datagrams a server has refused as part of an echo loop. */
function echoLoops(host: NetworkNamespace, origin: string): number {
  const metrics = host.run('python3', peerPath('get.py'), origin, '/metrics');
  const [, count] = /_refused_total\{reason="echo-loop"\} (\d+)/.exec(metrics) ?? [];
  return Number(count);
}

for (const engine of ['linux', 'portable']) {
  test(
    `one forged datagram between two ${engine} servers on different ports is cut`,
    { skip },
    async (t) => {
      const hosts = NetworkNamespace.createPair(t);
      const [first, second] = hosts;
      const common = ['--engine', engine, '--metrics', '0'];
      const firstServer = await JsonServer.start(t, first, ...common, '--host', '10.77.0.1');
      const otherPort = String(firstServer.port ^ 1);
      const secondServer = await JsonServer.start(
        t,
        second,
        ...[...common, '--host', '10.77.0.2', '--port', otherPort],
      );
      const origins = [await metricsOf(firstServer), await metricsOf(secondServer)];
      const ends = ['10.77.0.1', firstServer.port, '10.77.0.2', secondServer.port].map(String);
      first.run('python3', peerPath('forge.py'), ...ends, 'forged');
      const answers = (): number =>
        hosts.reduce((sum, host) => sum + host.udpStatistics().outDatagrams, 0);
      const cuts = (): number =>
        hosts.reduce((sum, host, index) => sum + echoLoops(host, origins[index]!), 0);
      await until(() => cuts() > 0, 'the loop to be cut');
      const last = answers();
      // Each answers the same payload a hundred times, and a few more for the time that it took.
      assert.ok(last >= 200 && last <= 400, `${last} answers`);
      const counters = [await firstServer.stop(), await secondServer.stop()];
      const cut = counters.map(({ refused }) => refused['echo-loop']);
      assert.equal(cut[0]! + cut[1]!, 1);
      assert.equal(counters[0]!.sentDatagrams + counters[1]!.sentDatagrams, last);
    },
  );
}

/** ECHOGRAM_SPOOFED=1000000 is the long form of the test; it takes half a minute. */
const SPOOFED = Number(process.env['ECHOGRAM_SPOOFED'] ?? 100_000);

interface SpoofCounts {
  readonly sane: number;
  readonly answers: number;
  readonly wrong: number;
  readonly dropped: number;
}

test(
  `gives ${SPOOFED} datagrams of random sizes from forged sources exact echoes or counted refusals`,
  { skip },
  async (t) => {
    const [attacker, host] = NetworkNamespace.createPair(t);
    for (const side of [attacker, host]) side.run('ip', 'link', 'set', 'wire', 'mtu', '65535');
    host.run('ip', 'route', 'add', 'default', 'via', '10.77.0.1');
    const server = await JsonServer.start(t, host, '--host', '0.0.0.0', '--workers', '2');
    // The hosts know each other's link addresses from here on.
    attacker.run('python3', peerPath('ask.py'), String(server.port), '10.77.0.2');
    const before = { bytes: residentBytes(server.pid), udp: host.udpStatistics() };
    const args = ['wire', '10.77.0.2', String(server.port), String(SPOOFED)];
    const spoof = attacker.start(t, 'python3', peerPath('spoof.py'), ...args);
    await spoof.untilStdout(/sent \d+\n/);
    // Not before there is room for it.
    await until(() => waitingBytes(server.port, server.pid) === 0, 'all to be taken');
    // Comes behind all of them.
    attacker.run('python3', peerPath('ask.py'), String(server.port), '10.77.0.2');
    const grown = residentBytes(server.pid) - before.bytes;
    const counters = await server.stop();
    spoof.child.stdin?.end('\n');
    const [, json = ''] = await spoof.untilStdout(/(\{.*\})\n/);
    const { sane, answers, wrong, dropped } = JSON.parse(json) as SpoofCounts;
    const asked = 2;
    const { receivedDatagrams, sentDatagrams, refused, sendFailed } = counters;
    const kernelDrops = counters.kernelDrops?.receiveBuffer ?? 0;
    assert.equal(sentDatagrams + total(refused) + total(sendFailed), receivedDatagrams);
    assert.deepEqual([answers + dropped, wrong], [sentDatagrams - asked, 0]);
    // The kernel itself throws away some that claim to come from loopback, groups or the target.
    const arrived = receivedDatagrams + kernelDrops - asked;
    assert.ok(arrived >= sane && arrived <= SPOOFED, `${sane} ≤ ${arrived} ≤ ${SPOOFED}`);
    assert.ok(answers > 1000, `${answers} answers, so nothing is shown`);
    assert.ok(refused['privileged-port'] > 0 && refused['loop-prone-port'] > 0);
    // Of the arenas' 2 × 2 × 4 MiB, large datagrams touch what small ones don't; the rest is heap.
    assert.ok(grown < 48 * MEBIBYTE, `grew by ${grown} bytes`);
  },
);
