// ping and send where a name has several addresses, of which some give no answer.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { SessionResult } from '../../src/index.ts';
import { ENGINES } from '../helpers/engines.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { firstSkip, needsIPv6, needsNamespaces } from '../helpers/skips.ts';

const skip = firstSkip(needsNamespaces(), needsIPv6());

const LOCALHOST = ['::1 localhost', '127.0.0.1 localhost'];

/** A socket that takes what comes to `address` and says nothing. */
async function startSilent(t: TestContext, host: NetworkNamespace, address: string): Promise<void> {
  const script = `
    const socket = require('node:dgram').createSocket('udp6');
    socket.bind(10000, process.argv[1], () => console.log('bound'));`;
  await host.start(t, process.execPath, '-e', script, address).untilStdout(/bound/);
}

async function startServer(t: TestContext, host: NetworkNamespace, ...args: string[]) {
  const server = host.startEchogram(t, 'serve', '--json', ...args);
  await server.untilStdout(/"listening".*\n/);
  return server;
}

/** Its replies are waited for longer than this machine may stall. */
const PING = ['ping', '--json', '-c', '3', '-i', '10ms', '-W', '20s'];

for (const { engine, skip: noEngine } of ENGINES) {
  const either = { skip: firstSkip(skip, noEngine) };

  test(
    `measures the address that answers where the first refuses (${engine})`,
    either,
    async (t) => {
      const host = NetworkNamespace.create(t);
      const server = await startServer(t, host, '--host', '127.0.0.1');
      const ping = host.startWithHosts(t, LOCALHOST, ...PING, '--engine', engine, 'localhost');
      const { stdout, stderr, exitCode } = await ping.ended();
      const { target, datagrams, verdict } = JSON.parse(stdout) as SessionResult;
      assert.deepEqual(target, {
        ...{ host: 'localhost', address: '127.0.0.1', port: 10_000, protocol: 'echo' },
        tried: [
          { address: '::1', outcome: 'refused', systemCode: 'ECONNREFUSED' },
          { address: '127.0.0.1', outcome: 'answered', systemCode: null },
        ],
      });
      assert.deepEqual(
        [datagrams.sent, datagrams.received, datagrams.refused, exitCode],
        [3, 3, 0, 0],
      );
      const note =
        'localhost has several addresses: ::1 refused (ICMP port unreachable). 127.0.0.1 answered and was measured; to measure another one, give the address itself.';
      assert.ok(stderr.includes(`echogram: ${note}\n`), stderr);
      assert.ok(verdict.sentences.includes(note));
      server.child.kill('SIGTERM');
      // The probes, and the trial.
      assert.match((await server.ended()).stdout, /"receivedDatagrams":4,/);
    },
  );

  test(
    `measures the address that answers where the first is silent (${engine})`,
    either,
    async (t) => {
      const host = NetworkNamespace.create(t);
      await startSilent(t, host, '::1');
      await startServer(t, host, '--host', '127.0.0.1');
      const ping = host.startWithHosts(t, LOCALHOST, ...PING, '--engine', engine, 'localhost');
      const { stdout, exitCode } = await ping.ended();
      const { target, datagrams } = JSON.parse(stdout) as SessionResult;
      assert.equal(target.address, '127.0.0.1');
      assert.deepEqual(target.tried[0], { address: '::1', outcome: 'silent', systemCode: null });
      assert.deepEqual([datagrams.sent, datagrams.received, exitCode], [3, 3, 0]);
    },
  );

  test(`says so where every address refuses (${engine})`, either, async (t) => {
    const host = NetworkNamespace.create(t);
    // No reply will come, and ICMP errors don't end the wait for one.
    const args = [...PING, '-W', '500ms', '--engine', engine, 'localhost'];
    const ping = host.startWithHosts(t, LOCALHOST, ...args);
    const { stdout, exitCode } = await ping.ended();
    const { target, verdict } = JSON.parse(stdout) as SessionResult;
    assert.deepEqual([target.address, verdict.code, exitCode], ['::1', 'NOTHING_LISTENS', 1]);
    assert.ok(
      verdict.sentences.includes(
        'localhost has several addresses, and none answered: ::1 refused (ICMP port unreachable), 127.0.0.1 refused (ICMP port unreachable). ::1 was measured.',
      ),
    );
  });

  test(
    `takes a zone by its number, and names one that is missing (${engine})`,
    either,
    async (t) => {
      const [first] = await pairWithLinkLocal(t);
      const number = first.run('cat', '/sys/class/net/wire/ifindex').trim();
      const flags = ['-W', '20s', '--engine', engine];
      const byNumber = await first
        .startEchogram(t, ...PING, ...flags, `[fe80::2%${number}]`)
        .ended();
      assert.equal(byNumber.exitCode, 0, byNumber.stderr);
      const missing = await first.startEchogram(t, ...PING, ...flags, '[fe80::2]').ended();
      assert.equal(missing.exitCode, 2);
      assert.match(
        missing.stderr,
        /a link-local address needs the interface it is on, as in fe80::2%eth0/,
      );
      const named = first.startWithHosts(t, ['fe80::2 printer'], ...PING, ...flags, 'printer');
      assert.match((await named.ended()).stderr, /cannot send to printer .* as in fe80::2%eth0/);
      const unknown = await first.startEchogram(t, ...PING, ...flags, '[fe80::2%nosuch]').ended();
      assert.equal(unknown.exitCode, 2);
      assert.match(unknown.stderr, /no interface here has the name or number nosuch/);
    },
  );
}

/** Two hosts with link-local addresses; the second one echoes at every address. */
async function pairWithLinkLocal(t: TestContext): Promise<[NetworkNamespace, NetworkNamespace]> {
  const [first, second] = NetworkNamespace.createPair(t);
  first.run('ip', 'address', 'add', 'fe80::1/64', 'dev', 'wire', 'nodad');
  second.run('ip', 'address', 'add', 'fe80::2/64', 'dev', 'wire', 'nodad');
  await first.untilRunning('wire');
  await second.untilRunning('wire');
  await startServer(t, second, '--host', '::');
  return [first, second];
}

test('tries in the protocol that is measured', { skip }, async (t) => {
  const host = NetworkNamespace.create(t);
  await startServer(t, host, '--host', '127.0.0.1', '--stamp', '8620', '--udp-echo-plus');
  for (const [protocol, port] of [
    ['stamp', '8620'],
    ['udp-echo-plus', '10000'],
  ] as const) {
    const args = [...PING, '--protocol', protocol, `localhost:${port}`];
    const { stdout, exitCode } = await host.startWithHosts(t, LOCALHOST, ...args).ended();
    const { target, datagrams, forward } = JSON.parse(stdout) as SessionResult;
    assert.deepEqual([target.address, datagrams.received, exitCode], ['127.0.0.1', 3, 0], protocol);
    assert.equal(forward?.lost ?? 0, 0, protocol);
  }
});

test('send asks the next address where one is silent or has no zone', { skip }, async (t) => {
  const host = NetworkNamespace.create(t);
  await startSilent(t, host, '::1');
  await startServer(t, host, '--host', '127.0.0.1');
  const send = ['send', '--timeout', '2s'];
  const past = await host.startWithHosts(t, LOCALHOST, ...send).ended();
  assert.equal(past.exitCode, 0, past.stderr);
  const hosts = ['fe80::2 printer', '127.0.0.1 printer'];
  const skipped = await host.startWithHosts(t, hosts, ...send, '--host', 'printer').ended();
  assert.equal(skipped.exitCode, 0, skipped.stderr);
});
