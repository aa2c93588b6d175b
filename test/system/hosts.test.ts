// echogram serve on hosts of other kinds: with and without IPv6, with several addresses, without a
// route back. Each is a network namespace.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { CLIENT_TRANSCRIPT } from '../helpers/lesson.ts';
import { messagesOf } from '../helpers/messages.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath } from '../helpers/peers.ts';
import type { Ending, Program } from '../helpers/programs.ts';
import { firstSkip, needsIPv6, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const skip = needsNamespaces();

const BOTH = ['127.0.0.1 localhost', '::1 localhost'];

async function serveOnLocalhost(t: TestContext, host: NetworkNamespace): Promise<Program> {
  const server = host.startWithHosts(t, BOTH, 'serve', '--json');
  await server.untilStdout(/"listening".*\n/);
  return server;
}

interface Listening {
  readonly addresses: readonly { readonly address: string; readonly port: number }[];
}

/** The addresses that a server said it listens on. */
function addressesOf(server: Program): readonly string[] {
  const { addresses } = JSON.parse(server.stdout.split('\n')[0] ?? '') as Listening;
  return addresses.map(({ address }) => address);
}

/** Runs `echogram send` on that host to its end; it waits longer than this machine may stall. */
async function ask(
  t: TestContext,
  host: NetworkNamespace,
  address: string,
  ...args: readonly string[]
): Promise<Ending> {
  const patient = ['send', address, '--timeout', '20s'];
  return await host.startEchogram(t, ...patient, ...args).ended();
}

test(
  'answers on both loopback addresses where localhost is both',
  { skip: firstSkip(skip, needsIPv6()) },
  async (t) => {
    const host = NetworkNamespace.create(t);
    const server = await serveOnLocalhost(t, host);
    assert.deepEqual(addressesOf(server).toSorted(), ['127.0.0.1', '::1']);
    for (const address of ['127.0.0.1', '::1']) {
      assert.equal((await ask(t, host, address)).exitCode, 0, address);
    }
  },
);

test(
  "prints the lesson's transcript where localhost is ::1 first and its server is at 127.0.0.1",
  { skip: firstSkip(skip, needsIPv6(), needsProgram('python3')) },
  async (t) => {
    const host = NetworkNamespace.create(t);
    const server = host.start(t, 'python3', peerPath('echo_server.py'), '10000', '127.0.0.1');
    await server.untilStdout(/waiting/);
    assert.deepEqual(await host.startWithHosts(t, BOTH, 'send', '--timeout', '20s').ended(), {
      stdout: CLIENT_TRANSCRIPT,
      stderr: '',
      exitCode: 0,
      signal: null,
    });
    // The resolver's order (RFC 6724): ::1 was asked first, and refused with ICMP (RFC 4443).
    assert.match(host.run('cat', '/proc/net/snmp6'), /^Icmp6OutType1\s+1$/m);
  },
);

test('serves IPv4 alone, without complaint, on a host without IPv6', { skip }, async (t) => {
  const host = NetworkNamespace.create(t);
  host.run('sh', '-c', 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6');
  const server = await serveOnLocalhost(t, host);
  assert.deepEqual(addressesOf(server), ['127.0.0.1']);
  assert.equal(messagesOf(server.stderr), '');
  assert.equal((await ask(t, host, '127.0.0.1')).exitCode, 0);
});

/** Two hosts on a wire; the second has two addresses of each kind there, and a link-local one. */
function pairWithAddresses(t: TestContext): [NetworkNamespace, NetworkNamespace] {
  const [first, second] = NetworkNamespace.createPair(t);
  second.run('ip', 'address', 'add', '10.77.0.3/24', 'dev', 'wire');
  for (const [host, address] of [
    [first, 'fd77::1/64'],
    [first, 'fe80::1/64'],
    [second, 'fd77::2/64'],
    [second, 'fd77::3/64'],
    [second, 'fe80::2/64'],
  ] as const) {
    // Usable at once, without duplicate address detection.
    host.run('ip', 'address', 'add', address, 'dev', 'wire', 'nodad');
  }
  return [first, second];
}

test(
  'a plain wildcard socket answers from another address than the one asked',
  {
    skip: firstSkip(skip, needsProgram('python3')),
  },
  async (t) => {
    // Not of echogram: it shows that the hosts of the next tests tell the two apart.
    const [first, second] = pairWithAddresses(t);
    const server = second.start(t, 'python3', peerPath('echo_server.py'), '10000', '0.0.0.0');
    await server.untilStdout(/waiting/);
    assert.equal((await ask(t, first, '10.77.0.2')).exitCode, 0);
    assert.equal((await ask(t, first, '10.77.0.3', '--timeout', '100ms')).exitCode, 1);
  },
);

test('answers from the IPv4 address that was asked for --host 0.0.0.0', { skip }, async (t) => {
  const [first, second] = pairWithAddresses(t);
  const server = second.startEchogram(t, 'serve', '--host', '0.0.0.0', '--json');
  await server.untilStdout(/"listening".*\n/);
  for (const address of ['10.77.0.2', '10.77.0.3']) {
    assert.equal((await ask(t, first, address)).exitCode, 0, address);
  }
  assert.equal((await ask(t, second, '127.0.0.1')).exitCode, 0);
  const overIPv6 = await ask(t, first, 'fd77::2');
  assert.match(
    overIPv6.stderr,
    /nothing listens on fd77::2 port 10000, .*; start the server there with `echogram serve --host ::`, or/,
  );
});

test(
  'answers from the address that was asked, of either version, for --host ::',
  {
    skip: firstSkip(skip, needsIPv6()),
  },
  async (t) => {
    const [first, second] = pairWithAddresses(t);
    const server = second.startEchogram(t, 'serve', '--host', '::', '--json');
    await server.untilStdout(/"listening".*\n/);
    for (const address of ['10.77.0.2', '10.77.0.3', 'fd77::2', 'fd77::3', 'fe80::2%wire']) {
      assert.equal((await ask(t, first, address)).exitCode, 0, address);
    }
    assert.equal((await ask(t, second, '::1')).exitCode, 0);
  },
);

test(
  'counts each reason why the system would not send an answer, and serves on',
  {
    skip: firstSkip(skip, needsProgram('python3')),
  },
  async (t) => {
    const [first, second] = NetworkNamespace.createPair(t);
    // Networks for documentation (RFC 5737), each with no way back of another kind (ip-route(8)).
    second.run('ip', 'route', 'add', 'prohibit', '192.0.2.0/24');
    second.run('ip', 'route', 'add', 'unreachable', '198.51.100.0/24');
    second.run('ip', 'route', 'add', 'blackhole', '203.0.113.0/25');
    const server = second.startEchogram(t, 'serve', '--host', '10.77.0.2', '--json');
    await server.untilStdout(/"listening".*\n/);
    for (const source of ['192.0.2.1', '198.51.100.1', '203.0.113.1', '203.0.113.129']) {
      first.run('python3', peerPath('forge.py'), source, '40000', '10.77.0.2', '10000', 'forged');
    }
    assert.equal((await ask(t, first, '10.77.0.2')).exitCode, 0);
    server.child.kill('SIGTERM');
    const { stdout, exitCode } = await server.ended();
    const closed = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as {
      receivedDatagrams: number;
      sentDatagrams: number;
      sendFailed: Record<string, number>;
    };
    assert.deepEqual([closed.receivedDatagrams, closed.sentDatagrams, exitCode], [5, 1, 0]);
    const failed = Object.entries(closed.sendFailed).filter(([, count]) => count > 0);
    assert.deepEqual(Object.fromEntries(failed), {
      EACCES: 1,
      EHOSTUNREACH: 1,
      EINVAL: 1,
      ENETUNREACH: 1,
    });
  },
);
