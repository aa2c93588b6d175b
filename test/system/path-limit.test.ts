// send where a router takes only shorter datagrams: the system splits what it sends once it is told.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { firstSkip, needsIPv6, needsNamespaces } from '../helpers/skips.ts';

/** The least that every host of IPv6 takes (RFC 8200 section 5). */
const FAR_MTU = 1280;

/** A message of one packet on the first link, and of two beyond the router. */
const MESSAGE = 'm'.repeat(1400);

/** A host whose way to the echo server at 10.88.0.2 and fd88::2 has a router with a narrower link. */
async function beforeNarrowLink(t: TestContext): Promise<NetworkNamespace> {
  const [host, router] = NetworkNamespace.createPair(t);
  const server = NetworkNamespace.create(t);
  router.run(
    ...['ip', 'link', 'add', 'far', 'mtu', String(FAR_MTU), 'type', 'veth'],
    ...['peer', 'name', 'wire', 'mtu', String(FAR_MTU), 'netns', server.name],
  );
  router.run('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
  for (const [on, device, ...addresses] of [
    [host, 'wire', 'fd77::1/64'],
    [router, 'wire', 'fd77::2/64'],
    [router, 'far', '10.88.0.1/24', 'fd88::1/64'],
    [server, 'wire', '10.88.0.2/24', 'fd88::2/64'],
  ] as const) {
    for (const address of addresses) {
      const isIPv6 = address.includes(':');
      on.run('ip', 'address', 'add', address, 'dev', device, ...(isIPv6 ? ['nodad'] : []));
    }
    on.run('ip', 'link', 'set', device, 'up');
  }
  host.run('ip', 'route', 'add', 'default', 'via', '10.77.0.2');
  host.run('ip', '-6', 'route', 'add', 'default', 'via', 'fd77::2');
  server.run('ip', 'route', 'add', 'default', 'via', '10.88.0.1');
  server.run('ip', '-6', 'route', 'add', 'default', 'via', 'fd88::1');
  await router.untilRunning('far');
  const echo = server.startEchogram(t, 'serve', '--host', '::', '--json');
  await echo.untilStdout(/"listening".*\n/);
  return host;
}

for (const [ipVersion, address] of [
  [4, '10.88.0.2'],
  [6, 'fd88::2'],
] as const) {
  const skip = firstSkip(needsNamespaces(), ipVersion === 6 && needsIPv6());

  test(
    `send retries where a router takes no datagram so long (IPv${ipVersion})`,
    { skip },
    async (t) => {
      const host = await beforeNarrowLink(t);
      const args = ['send', MESSAGE, '--host', address, '--timeout', '20s', '--json'];
      const { stdout, stderr, exitCode } = await host
        .startEchogram(t, ...args, '--retries', '1')
        .ended();
      assert.equal(exitCode, 0, stderr);
      const { matches, datagramsSent, rttNs } = JSON.parse(stdout) as Record<string, unknown>;
      assert.deepEqual(
        { matches, datagramsSent, rttNs },
        { matches: true, datagramsSent: 2, rttNs: null },
      );
    },
  );

  test(
    `send names the limit of the path where it may not retry (IPv${ipVersion})`,
    { skip },
    async (t) => {
      const host = await beforeNarrowLink(t);
      const args = ['send', MESSAGE, '--host', address, '--timeout', '20s'];
      const first = await host.startEchogram(t, ...args).ended();
      assert.equal(first.exitCode, 1);
      assert.equal(
        first.stderr,
        `echogram: a message of 1400 bytes makes a packet too long for the path to ${address} port 10000 (ICMP fragmentation needed); the system now splits it, so send it again, allow retries, or send less\n`,
      );
      assert.equal((await host.startEchogram(t, ...args).ended()).exitCode, 0);
    },
  );
}
