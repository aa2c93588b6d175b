// ping and send where a name has several addresses, of which some give no answer.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { SessionResult } from '../../src/index.ts';
import { ENGINES } from '../helpers/engines.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath } from '../helpers/peers.ts';
import { firstSkip, needsIPv6, needsNamespaces, needsProgram } from '../helpers/skips.ts';

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
        host: 'localhost',
        address: '127.0.0.1',
        port: 10_000,
        protocol: 'echo',
        tried: [
          { address: '::1', outcome: 'icmp-error', systemCode: 'ECONNREFUSED' },
          { address: '127.0.0.1', outcome: 'answered', systemCode: null },
        ],
      });
      assert.deepEqual(
        [datagrams.sent, datagrams.received, datagrams.icmpErrors, exitCode],
        [3, 3, 0, 0],
      );
      const note =
        'localhost has several addresses: an ICMP error arrived for ::1 (port unreachable). 127.0.0.1 answered and was measured; to measure another one, give its address.';
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
        'localhost has several addresses, and none answered: an ICMP error arrived for ::1 (port unreachable), an ICMP error arrived for 127.0.0.1 (port unreachable). ::1 was measured.',
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
      assert.match(missing.stderr, /a link-local address needs its interface, as in fe80::2%eth0/);
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
  const skipped = await host.startWithHosts(t, hosts, ...send, 'printer').ended();
  assert.equal(skipped.exitCode, 0, skipped.stderr);
});

/** A host of two addresses whose first brings an ICMP error from a router, and an echo some time after it or never. */
async function pairWithHints(t: TestContext, echoAfter: string): Promise<NetworkNamespace> {
  const [client, far] = NetworkNamespace.createPair(t);
  far.run('ip', 'address', 'add', '10.77.0.3/24', 'dev', 'wire');
  await far.untilRunning('wire');
  // ICMP 3/13, administratively prohibited, as from another host.
  const hints = ['10.77.0.2', `10000,10.77.0.9,3,13,${echoAfter}`];
  await far.start(t, 'python3', peerPath('icmp_errors.py'), ...hints).untilStdout(/ready\n/);
  await startServer(t, far, '--host', '10.77.0.3');
  return client;
}

const PRINTER = ['10.77.0.2 printer', '10.77.0.3 printer'];

test(
  'a router that prohibits does not end the trial of an address that answers',
  { skip: firstSkip(skip, needsProgram('python3')) },
  async (t) => {
    const client = await pairWithHints(t, '50');
    const { stdout, stderr } = await client.startWithHosts(t, PRINTER, ...PING, 'printer').ended();
    const { target } = JSON.parse(stdout) as SessionResult;
    assert.deepEqual(
      [target.address, target.tried, stderr],
      ['10.77.0.2', [{ address: '10.77.0.2', outcome: 'answered', systemCode: null }], ''],
    );
  },
);

test(
  'a router that prohibits one address does not end the trial of the next',
  { skip: firstSkip(skip, needsProgram('python3')) },
  async (t) => {
    const client = await pairWithHints(t, 'never');
    const { stdout } = await client.startWithHosts(t, PRINTER, ...PING, 'printer').ended();
    const { target, verdict, datagrams } = JSON.parse(stdout) as SessionResult;
    assert.deepEqual(
      [target.address, target.tried[0], datagrams.icmpErrors],
      ['10.77.0.3', { address: '10.77.0.2', outcome: 'icmp-error', systemCode: 'EHOSTUNREACH' }, 0],
    );
    const note = verdict.sentences.find((sentence) => sentence.includes('several addresses'))!;
    assert.match(note, /an ICMP error arrived for 10\.77\.0\.2 \(host unreachable or prohibited/);
    const send = ['send', 'printer', '--timeout', '1s'];
    const sent = await client.startWithHosts(t, PRINTER, ...send).ended();
    assert.equal(sent.exitCode, 0, sent.stderr);
  },
);

test(
  'send and ping ask the next address where a firewall of this host prohibits one',
  { skip: firstSkip(skip, needsProgram('nft')) },
  async (t) => {
    const [client, far] = NetworkNamespace.createPair(t);
    await far.untilRunning('wire');
    client.run('nft', 'add', 'table', 'ip', 'wall');
    const chain = '{ type filter hook output priority 0; }';
    client.run('nft', 'add', 'chain', 'ip', 'wall', 'gate', chain);
    client.run('nft', 'add', 'rule', 'ip', 'wall', 'gate', 'ip', 'daddr', '10.77.0.9', 'drop');
    await startServer(t, far, '--host', '10.77.0.2');
    const hosts = ['10.77.0.9 printer', '10.77.0.2 printer'];
    const send = await client.startWithHosts(t, hosts, 'send', 'printer').ended();
    assert.equal(send.exitCode, 0, send.stderr);
    const { stdout } = await client.startWithHosts(t, hosts, ...PING, 'printer').ended();
    const { target } = JSON.parse(stdout) as SessionResult;
    assert.deepEqual(
      [target.address, target.tried[0]],
      ['10.77.0.2', { address: '10.77.0.9', outcome: 'unreachable', systemCode: 'EPERM' }],
    );
  },
);

/** A host whose only IPv6 address is still checked, with no other host that has it. */
async function pairWithTentative(
  t: TestContext,
  { checks }: { checks: number },
): Promise<NetworkNamespace> {
  const [client, far] = NetworkNamespace.createPair(t);
  far.run('ip', 'address', 'add', 'fd77::2/64', 'dev', 'wire', 'nodad');
  await client.untilRunning('wire');
  await startServer(t, far, '--host', 'fd77::2');
  client.run('sh', '-c', `echo ${checks} >/proc/sys/net/ipv6/conf/wire/dad_transmits`);
  client.run('ip', 'address', 'add', 'fd77::1/64', 'dev', 'wire');
  assert.match(client.run('ip', '-6', 'address', 'show', 'dev', 'wire'), /tentative/);
  return client;
}

for (const { engine, skip: noEngine } of ENGINES) {
  test(
    `ping waits for an address of this host that is still tentative (${engine})`,
    { skip: firstSkip(skip, noEngine) },
    async (t) => {
      const client = await pairWithTentative(t, { checks: 1 });
      const args = [...PING, '--engine', engine, '[fd77::2]'];
      const { stdout, exitCode } = await client.startEchogram(t, ...args).ended();
      const { datagrams, verdict } = JSON.parse(stdout) as SessionResult;
      assert.deepEqual([datagrams.received, verdict.code, exitCode], [3, 'WORKS', 0]);
    },
  );
}

test('send waits for an address of this host that is still tentative', { skip }, async (t) => {
  const client = await pairWithTentative(t, { checks: 1 });
  const { stderr, exitCode } = await client
    .startEchogram(t, 'send', 'fd77::2', '--timeout', '20s')
    .ended();
  assert.equal(exitCode, 0, stderr);
});

test('an address that stays tentative is named as the cause', { skip }, async (t) => {
  // A second for each check.
  const client = await pairWithTentative(t, { checks: 600 });
  for (const args of [
    ['send', 'fd77::2'],
    ['ping', '-c', '1', '[fd77::2]'],
  ]) {
    const { stderr, exitCode } = await client.startEchogram(t, ...args).ended();
    assert.equal(exitCode, 2, stderr);
    assert.match(stderr, /IPv6 is still checking it \(tentative\)/);
  }
});
