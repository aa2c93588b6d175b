// What a measurement tells of routers on its way, and tells them: ICMP errors with their sender, hop
// limits, and the class of its probes.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { SessionResult } from '../../src/index.ts';
import { needsLinuxEngine } from '../helpers/linux.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { startPeer } from '../helpers/peers.ts';
import { runEchogram } from '../helpers/programs.ts';
import { firstSkip, needsIPv6, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const ROUTER = '10.77.0.1';

const PROBES = 3;

/** Long enough that no answer on this machine is late. */
const PATIENT = ['-W', '20s'];

/** A host behind a router, which is all the way it has; `route` is what the router knows of 10.99.0.0/24. */
function behindRouter(t: TestContext, ...route: readonly string[]): NetworkNamespace {
  const [router, host] = NetworkNamespace.createPair(t);
  router.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  // The kernel's own limit, one a second for each host (icmp(7)), would hold the others back.
  router.run('sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0');
  router.run('ip', 'link', 'add', 'far', 'type', 'veth', 'peer', 'name', 'farther');
  router.run('ip', 'link', 'set', 'far', 'up');
  router.run('ip', 'route', 'add', ...route);
  host.run('ip', 'route', 'add', 'default', 'via', ROUTER);
  return host;
}

async function ping(
  t: TestContext,
  host: NetworkNamespace,
  ...args: readonly string[]
): Promise<SessionResult> {
  const base = ['ping', '10.99.0.9', '-c', String(PROBES), '-i', '20ms', '--json'];
  const client = host.startEchogram(t, ...base, '--engine', 'linux', '-W', '500ms', ...args);
  const { stdout, exitCode } = await client.ended();
  assert.equal(exitCode, 1);
  return JSON.parse(stdout) as SessionResult;
}

// Types and codes: RFC 792, and RFC 1812 section 5.2.7.1 for 13. Errors: icmp_err_convert of Linux's
// net/ipv4/icmp.c.
for (const [what, route, args, icmpType, icmpCode, systemCode] of [
  ['has no way', ['unreachable', '10.99.0.0/24'], [], 3, 1, 'EHOSTUNREACH'],
  ['forbids it', ['prohibit', '10.99.0.0/24'], [], 3, 13, 'EHOSTUNREACH'],
  ['finds no hop left', ['10.99.0.0/24', 'dev', 'far'], ['--ttl', '1'], 11, 0, 'EHOSTUNREACH'],
] as const) {
  test(
    `a router that ${what} is named, with every probe it ended`,
    { skip: firstSkip(needsLinuxEngine(), needsNamespaces()) },
    async (t) => {
      const host = behindRouter(t, ...route);
      const { datagrams, icmpErrors } = await ping(t, host, ...args);
      // Fewer than were asked for where this host stalled.
      const { sent, lost } = datagrams;
      assert.deepEqual(icmpErrors, [{ systemCode, from: ROUTER, icmpType, icmpCode, count: sent }]);
      assert.deepEqual([lost, datagrams.icmpErrors], [sent, sent]);
    },
  );
}

// RFC 2474: the class is the upper six bits of the field. EF is 46, AF41 34, CS1 8.
for (const [address, dscp, tos] of [
  ['127.0.0.1', 'EF', 46 << 2],
  ['127.0.0.1', 'AF41', 34 << 2],
  ['::1', 'CS1', 8 << 2],
] as const) {
  const skip = firstSkip(
    needsLinuxEngine(),
    needsProgram('python3'),
    address === '::1' && needsIPv6(),
  );
  test(
    `--dscp ${dscp} and --ttl 9 are in the header of a probe to ${address}`,
    { skip },
    async (t) => {
      const server = startPeer(t, 'tos_server.py', address);
      const [, port = ''] = await server.untilStdout(/listening (\d+)\n/);
      const target = address === '::1' ? `[::1]:${port}` : `${address}:${port}`;
      const args = ['ping', target, '-c', '1', '--dscp', dscp, '--ttl', '9', ...PATIENT];
      const { exitCode } = await runEchogram(t, args);
      assert.equal(exitCode, 0);
      await server.untilStdout(new RegExp(`tos ${tos} hops 9\n`));
    },
  );
}
