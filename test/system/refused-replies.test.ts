// Replies that the system refuses: what the server says of them, in its transcript and in --json, is what became
// of them.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { until } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { JsonServer } from '../helpers/json-server.ts';
import { needsLinuxEngine } from '../helpers/linux.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath } from '../helpers/peers.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const needs = firstSkip(needsNamespaces(), needsProgram('python3'));
const needsFirewall = firstSkip(needs, needsProgram('nft'));
const needsQueue = firstSkip(needs, needsProgram('tc'));

const LOOPBACK = ['--host', '127.0.0.1'] as const;

/** One datagram to the server from that address and port 4000. */
function ask(host: NetworkNamespace, from: string, target: string, port: number): void {
  host.run('python3', peerPath('forge.py'), from, '4000', target, String(port), 'anyone there?');
}

/** A firewall of the host itself that drops what leaves for port 4000: sending it fails with EPERM. */
function dropReplies(host: NetworkNamespace): void {
  host.run('nft', 'add', 'table', 'inet', 'wall');
  const chain = '{ type filter hook output priority 0; }';
  host.run('nft', 'add', 'chain', 'inet', 'wall', 'gate', chain);
  host.run('nft', 'add', 'rule', 'inet', 'wall', 'gate', 'udp', 'dport', '4000', 'drop');
}

/** Two hosts on a wire, neither of which asks where a datagram came from. */
function pair(t: TestContext): [NetworkNamespace, NetworkNamespace] {
  const hosts = NetworkNamespace.createPair(t);
  for (const name of ['all', 'default', 'wire']) {
    hosts[0].run('sysctl', '-qw', `net.ipv4.conf.${name}.rp_filter=0`);
  }
  return hosts;
}

/** A kilobyte a second: what waits in the queue of the interface is in the socket's send buffer. */
function slowDown(host: NetworkNamespace, client: NetworkNamespace): void {
  const queue = ['rate', '8kbit', 'burst', '2000', 'limit', '100000000'];
  host.run('tc', 'qdisc', 'add', 'dev', 'wire', 'root', 'tbf', ...queue);
  const mac = client.run('cat', '/sys/class/net/wire/address').trim();
  host.run('ip', 'neighbour', 'replace', '10.77.0.2', 'lladdr', mac, 'dev', 'wire');
}

/** Has the server send so many replies of 60,000 octets. */
async function flood(
  t: TestContext,
  client: NetworkNamespace,
  server: JsonServer,
  replies: number,
): Promise<void> {
  const args = ['10.77.0.1', String(server.port), '1', String(replies), '1', '60000'];
  const flooder = client.start(t, 'python3', peerPath('flood.py'), ...args);
  await flooder.untilStdout(/sent \d+\n/);
}

for (const { engine, skip } of ENGINES) {
  const start = async (
    t: TestContext,
    host: NetworkNamespace,
    ...args: readonly string[]
  ): Promise<JsonServer> => JsonServer.start(t, host, '--engine', engine, ...args);

  test(
    `the transcript says that a firewall refused the reply (${engine})`,
    { skip: firstSkip(needsFirewall, skip) },
    async (t) => {
      const host = NetworkNamespace.create(t);
      dropReplies(host);
      const args = ['serve', '--engine', engine, '--port', '9000', ...LOOPBACK];
      const server = host.startEchogram(t, ...args);
      await server.untilStdout(/waiting to receive message\n/);
      ask(host, '127.0.0.1', '127.0.0.1', 9000);
      await server.untilStdout(/4000\)\n[^]*waiting to receive message\n/);
      await until(
        () =>
          server.stderr.includes(
            'warning: this host refuses to send the replies: 1 in the last second',
          ),
        'the warning on standard error',
      );
      const lines = server.stdout.split('\n').slice(3, 6);
      assert.deepEqual(lines, [
        "received 13 bytes from ('127.0.0.1', 4000)",
        'anyone there?',
        'did not send the reply (EPERM: this host forbids it: a firewall, or a sandbox)',
      ]);
    },
  );

  test(
    `--json tells replies that a firewall refused from those that left (${engine})`,
    { skip: firstSkip(needsFirewall, skip) },
    async (t) => {
      const host = NetworkNamespace.create(t);
      dropReplies(host);
      const server = await start(t, host, ...LOOPBACK);
      ask(host, '127.0.0.1', '127.0.0.1', server.port);
      host.run('python3', peerPath('ask.py'), String(server.port), '127.0.0.1');
      ask(host, '127.0.0.1', '127.0.0.1', server.port);
      await until(() => server.told['not-sent EPERM'] === 2, 'both refusals to be told');
      const { sendFailed, sentDatagrams } = await server.stop();
      assert.deepEqual([sendFailed.EPERM, sentDatagrams], [2, 1]);
      const { received, sent, 'not-sent EPERM': refused } = server.told;
      assert.deepEqual({ received, sent, refused }, { received: 3, sent: 1, refused: 2 });
    },
  );

  test(
    `of an impaired reply that a firewall refused too, what came is told as it came (${engine})`,
    { skip: firstSkip(needsFirewall, skip) },
    async (t) => {
      const host = NetworkNamespace.create(t);
      dropReplies(host);
      const server = await start(t, host, ...LOOPBACK, '--impair', 'corrupt=100%');
      ask(host, '127.0.0.1', '127.0.0.1', server.port);
      await until(() => server.told['not-sent EPERM'] === 1, 'the refusal to be told');
      assert.match(server.program.stdout, /"event":"received".*"payload":"anyone there\?"/);
      assert.equal(server.told['sent'], undefined);
    },
  );

  test(
    `a reply that --impair holds back is not told as sent (${engine})`,
    { skip: firstSkip(needsFirewall, skip) },
    async (t) => {
      const host = NetworkNamespace.create(t);
      dropReplies(host);
      const server = await start(t, host, ...LOOPBACK, '--impair', 'delay=1ms');
      ask(host, '127.0.0.1', '127.0.0.1', server.port);
      await until(() => server.told['not-sent delayed'] === 1, 'the delay to be told');
      assert.equal(server.told['sent'], undefined);
    },
  );

  test(
    `a reply without a route is told as such (${engine})`,
    { skip: firstSkip(needs, skip) },
    async (t) => {
      const [host, client] = pair(t);
      const server = await start(t, host, '--host', '10.77.0.1');
      ask(client, '10.99.0.9', '10.77.0.1', server.port);
      await until(() => server.told['received'] === 1, 'the datagram to be told');
      await until(() => server.told['not-sent ENETUNREACH'] === 1, 'the refusal to be told');
      const { sendFailed, sentDatagrams } = await server.stop();
      assert.deepEqual([sendFailed.ENETUNREACH, sentDatagrams], [1, 0]);
      assert.equal(server.told['sent'], undefined);
    },
  );

  test(
    `a reply that finds the send buffer full is told as such (${engine})`,
    { skip: firstSkip(needsQueue, skip) },
    async (t) => {
      const [host, client] = pair(t);
      slowDown(host, client);
      const server = await start(t, host, '--host', '10.77.0.1', '--limit', '100000');
      await flood(t, client, server, 300);
      await until(() => {
        ask(client, '10.77.0.2', '10.77.0.1', server.port);
        return server.told['not-sent EAGAIN'] !== undefined;
      }, 'a reply without room to be told');
      const { receivedDatagrams, sentDatagrams } = await server.stop();
      const { received = 0, sent = 0, unreported = 0 } = server.told;
      assert.equal(received + unreported, receivedDatagrams);
      assert.ok(sent > 0 && sent <= sentDatagrams, `${sent} of ${sentDatagrams} told as sent`);
    },
  );
}

test(
  'a reply whose neighbour does not answer is told as one that waits, the next one as dropped, another as sent',
  { skip: firstSkip(needsQueue, needsLinuxEngine()) },
  async (t) => {
    const [host, client] = pair(t);
    slowDown(host, client);
    const server = await JsonServer.start(t, host, '--engine', 'linux', '--host', '10.77.0.1');
    // A quarter of what the kernel allows, which is twice what it grants: from an eighth on the engine is careful.
    const { grantedBytes } = server.listening.sendBuffer;
    await flood(t, client, server, Math.ceil(grantedBytes / 2 / 100_000));
    let neighbour = 10;
    await until(() => {
      neighbour++;
      ask(client, `10.77.0.${neighbour}`, '10.77.0.1', server.port);
      return server.told['not-sent waiting'] !== undefined;
    }, 'a reply to be told as waiting');
    await until(() => {
      ask(client, `10.77.0.${neighbour}`, '10.77.0.1', server.port);
      return server.told['not-sent unresolved'] !== undefined;
    }, 'a second reply to the same to be told as dropped');
    // The engine is careful still, and sends the first reply of a second by itself; "anyone there?" has 13 octets.
    await until(() => {
      ask(client, '10.77.0.2', '10.77.0.1', server.port);
      return /"event":"sent",[^\n]*"payloadBytes":13\b/.test(server.program.stdout);
    }, 'a reply to a neighbour that answers to be told as sent, with its length');
    assert.doesNotMatch(server.program.stdout, /"event":"sent",[^\n]*"payloadBytes":0\b/);
  },
);
