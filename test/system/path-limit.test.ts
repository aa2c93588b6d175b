// send where a router takes only shorter datagrams: the system splits what it sends once it is told.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import type { SessionResult } from '../../src/index.ts';
import { firstSkip, needsIPv6, needsLinux, needsNamespaces } from '../helpers/skips.ts';

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
    // A router asks for a neighbour by its link-local address alone: one that the kernel made would be
    // tentative for a second, and what it passes on would wait for it (RFC 4862 section 5.4).
    [router, 'wire', 'fd77::2/64', 'fe80::1/64'],
    [router, 'far', '10.88.0.1/24', 'fd88::1/64', 'fe80::1/64'],
    [server, 'wire', '10.88.0.2/24', 'fd88::2/64'],
  ] as const) {
    for (const address of addresses) {
      const isIPv6 = address.includes(':');
      on.run('ip', 'address', 'add', address, 'dev', device, ...(isIPv6 ? ['nodad'] : []));
    }
    on.run('ip', 'link', 'set', device, 'addrgenmode', 'none');
    on.run('ip', 'link', 'set', device, 'up');
  }
  host.run('ip', 'route', 'add', 'default', 'via', '10.77.0.2');
  host.run('ip', '-6', 'route', 'add', 'default', 'via', 'fd77::2');
  server.run('ip', 'route', 'add', 'default', 'via', '10.88.0.1');
  server.run('ip', '-6', 'route', 'add', 'default', 'via', 'fd88::1');
  await router.untilRunning('wire');
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
      const args = ['send', address, MESSAGE, '--timeout', '20s', '--json'];
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
    `ping --df is told that its probes do not fit, and by whom (IPv${ipVersion})`,
    { skip: firstSkip(skip, needsLinux()) },
    async (t) => {
      const host = await beforeNarrowLink(t);
      const args = ['ping', address, '-c', '5', '-i', '100ms', '-W', '1s', '--df', '--json'];
      // 1280 octets are a datagram of 1252 over IPv4, and one of 1232 over IPv6.
      const fits = ipVersion === 4 ? 1252 : 1232;
      const [fitting, tooLong] = [
        await host.startEchogram(t, ...args, '-s', String(fits)).ended(),
        await host.startEchogram(t, ...args, '-s', String(fits + 1)).ended(),
      ];
      const [good, bad] = [fitting, tooLong].map(
        ({ stdout }) => JSON.parse(stdout) as SessionResult,
      );
      assert.deepEqual([good!.datagrams.lost, good!.sendFailures, fitting.exitCode], [0, {}, 0]);
      const { code, sentences } = bad!.verdict;
      const router = ipVersion === 4 ? String.raw`10\.77\.0\.2` : 'fd77::2';
      assert.equal(code, 'TOO_LONG');
      assert.match(
        sentences[0]!,
        new RegExp(
          String.raw`^Probes of 1,\d{3} bytes do not fit the path unfragmented: ${router} sent \d ICMP "too big for the path"; this host did not send \d \(EMSGSIZE\): the path MTU that it learnt\. Try a smaller --size\.$`,
        ),
      );
      // The first one leaves; the system has learnt from the router before the last.
      assert.ok(bad!.datagrams.sent >= 1 && bad!.sendFailures['EMSGSIZE']! >= 1);
      assert.deepEqual([bad!.datagrams.received, tooLong.exitCode], [0, 1]);
    },
  );

  test(
    `ping --no-df has probes fragmented that do not fit, from the first one on (IPv${ipVersion})`,
    { skip: firstSkip(skip, needsLinux()) },
    async (t) => {
      const host = await beforeNarrowLink(t);
      const args = ['ping', address, '-c', '3', '-i', '100ms', '-s', '1400', '--no-df', '--json'];
      const { stdout } = await host.startEchogram(t, ...args).ended();
      const { datagrams, icmpErrors } = JSON.parse(stdout) as SessionResult;
      // Routers of IPv6 fragment nothing: the first one is lost, and this host fragments the others.
      const lost = ipVersion === 4 ? 0 : 1;
      assert.deepEqual([datagrams.lost, icmpErrors.length], [lost, lost]);
    },
  );

  test(
    `send names the limit of the path where it may not retry (IPv${ipVersion})`,
    { skip },
    async (t) => {
      const host = await beforeNarrowLink(t);
      const args = ['send', address, MESSAGE, '--timeout', '20s'];
      const first = await host.startEchogram(t, ...args).ended();
      assert.equal(first.exitCode, 1);
      assert.equal(
        first.stderr,
        `echogram: a message of 1400 bytes is too long for the path to ${address} port 10000 (ICMP fragmentation needed); the system will now fragment it, so send it again, allow retries, or send less\n`,
      );
      assert.equal((await host.startEchogram(t, ...args).ended()).exitCode, 0);
    },
  );
}
