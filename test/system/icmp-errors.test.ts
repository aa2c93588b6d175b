// ICMP errors, and what they say of the probes and of who sent them: firewalls that reject, with each code, and
// forged errors.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { SessionResult } from '../../src/index.ts';
import { ENGINES } from '../helpers/engines.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath } from '../helpers/peers.ts';
import { firstSkip, needsIPv6, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const PORT = '10000';

const needsFirewall = firstSkip(needsNamespaces(), needsProgram('nft'));

/** A host that rejects datagrams to `PORT` at `hook` of its own. */
function rejecting(t: TestContext, hook: 'input' | 'output', how: string): NetworkNamespace {
  const host = NetworkNamespace.create(t);
  reject(host, hook, how);
  return host;
}

function reject(host: NetworkNamespace, hook: string, how: string): void {
  host.run('nft', 'add', 'table', 'inet', 'wall');
  const chain = `{ type filter hook ${hook} priority 0; }`;
  host.run('nft', 'add', 'chain', 'inet', 'wall', 'gate', chain);
  const rule = `udp dport ${PORT} counter reject with ${how}`;
  host.run('nft', 'add', 'rule', 'inet', 'wall', 'gate', ...rule.split(' '));
}

/** Datagrams that the firewall rejected. */
function rejected(host: NetworkNamespace): number {
  const rules = host.run('nft', 'list', 'chain', 'inet', 'wall', 'gate');
  return Number(/counter packets (\d+)/.exec(rules)?.[1]);
}

async function ping(
  t: TestContext,
  host: NetworkNamespace,
  ...args: readonly string[]
): Promise<{ result: SessionResult; exitCode: number | null }> {
  const client = host.startEchogram(t, 'ping', '--json', ...args);
  const { stdout, exitCode } = await client.ended();
  return { result: JSON.parse(stdout) as SessionResult, exitCode };
}

// icmp_err_convert of Linux's net/ipv4/icmp.c.
for (const [how, systemCode] of [
  ['net-prohibited', 'ENETUNREACH'],
  ['host-prohibited', 'EHOSTUNREACH'],
  ['admin-prohibited', 'EHOSTUNREACH'],
] as const) {
  test(
    `the portable engine sends every probe past the errors of earlier ones (${how})`,
    { skip: needsFirewall },
    async (t) => {
      const host = rejecting(t, 'input', `icmp type ${how}`);
      // Several probes a turn of its event loop: the error of one waits when the next is sent.
      const args = ['127.0.0.1', '-c', '300', '-i', '0.1ms', '-W', '300ms'];
      const { result, exitCode } = await ping(t, host, ...args, '--engine', 'portable');
      const { sent, sendFailed, icmpErrors } = result.datagrams;
      const error = { systemCode, from: null, icmpType: null, icmpCode: null, count: 300 };
      assert.deepEqual([sent, sendFailed, icmpErrors], [300, 0, 300]);
      assert.deepEqual(result.icmpErrors, [error]);
      assert.deepEqual([rejected(host), exitCode], [300, 1]);
    },
  );
}

for (const { engine, skip } of ENGINES) {
  test(
    `a firewall of this host that rejects is asked once for each probe, on the ${engine} engine`,
    { skip: firstSkip(skip, needsFirewall) },
    async (t) => {
      const host = rejecting(t, 'output', 'icmpx type port-unreachable');
      const args = ['127.0.0.1', '-c', '5', '-i', '20ms', '-W', '300ms'];
      const { result, exitCode } = await ping(t, host, ...args, '--engine', engine);
      assert.deepEqual(result.sendFailures, { EPERM: 5 });
      assert.deepEqual([rejected(host), exitCode], [5, 2]);
      assert.match(result.verdict.sentences.join('\n'), /firewall/);
    },
  );
}

const [TARGET, TARGET_V6, OTHER, OTHER_V6] = ['10.77.0.2', 'fd77::2', '10.77.0.9', 'fd77::9'];

/** A host whose every datagram to the target brings an ICMP error, and an echo some time after it or never. */
async function hinted(
  t: TestContext,
  isIPv6: boolean,
  { sender, kind, echoAfter }: { sender: string; kind: readonly number[]; echoAfter: string },
): Promise<NetworkNamespace> {
  const [client, target] = NetworkNamespace.createPair(t);
  client.run('ip', 'address', 'add', 'fd77::1/64', 'dev', 'wire', 'nodad');
  for (const address of [TARGET_V6, OTHER_V6]) {
    target.run('ip', 'address', 'add', `${address}/64`, 'dev', 'wire', 'nodad');
  }
  const args = [isIPv6 ? TARGET_V6 : TARGET, [PORT, sender, ...kind, echoAfter].join(',')];
  const peer = target.start(t, 'python3', peerPath('icmp_errors.py'), ...args);
  await peer.untilStdout(/ready\n/);
  return client;
}

const needsForger = firstSkip(needsNamespaces(), needsProgram('python3'), needsIPv6());

for (const { engine, skip } of ENGINES) {
  for (const [sender, kind] of [
    [TARGET, [3, 3]],
    [OTHER, [3, 1]],
    [OTHER, [3, 13]],
  ] as const) {
    test(
      `an echo after ICMP ${kind.join('/')} from ${sender} is a reply, on the ${engine} engine`,
      { skip: firstSkip(skip, needsForger) },
      async (t) => {
        const client = await hinted(t, false, { sender, kind, echoAfter: '20' });
        const args = [TARGET, '-c', '4', '-i', '100ms', '-W', '20s', '--engine', engine];
        const { result, exitCode } = await ping(t, client, ...args);
        const { sent, received, lost, late } = result.datagrams;
        assert.deepEqual([received, lost, late, exitCode], [sent, 0, 0, 0]);
        assert.equal(result.verdict.code, 'WORKS');
        if (engine === 'linux') assert.equal(result.datagrams.icmpErrors, sent);
      },
    );
  }

  test(
    `the target's "port unreachable" proves that it is there only where its sender is known (${engine})`,
    { skip: firstSkip(skip, needsForger) },
    async (t) => {
      const client = await hinted(t, false, { sender: TARGET, kind: [3, 3], echoAfter: 'never' });
      const args = [TARGET, '-c', '2', '-i', '100ms', '-W', '500ms', '--engine', engine];
      const { result, exitCode } = await ping(t, client, ...args);
      const [headline = ''] = result.verdict.sentences;
      const code = engine === 'linux' ? 'NOTHING_LISTENS' : 'ICMP_ERROR';
      assert.deepEqual([result.verdict.code, exitCode], [code, 1]);
      assert.match(headline, engine === 'linux' ? /10\.77\.0\.2 is up/ : /does not say which/);
    },
  );
}

for (const [kind, echoAfter, exitCode, said] of [
  [[3, 13], '20', 0, /^$/],
  [[3, 3], '20', 0, /^$/],
  [[3, 13], 'never', 1, /ICMP "host unreachable or prohibited, or time exceeded"/],
  [[3, 3], 'never', 1, /or a firewall on the path rejects the datagram/],
] as const) {
  test(
    `send after ICMP ${kind.join('/')} and an echo ${echoAfter} ms later ends with ${exitCode}`,
    { skip: needsForger },
    async (t) => {
      const client = await hinted(t, false, { sender: OTHER, kind, echoAfter });
      const timeout = echoAfter === 'never' ? '500ms' : '20s';
      const args = ['send', TARGET, 'x', '--timeout', timeout];
      const ended = await client.startEchogram(t, ...args).ended();
      assert.equal(ended.exitCode, exitCode, ended.stderr);
      assert.match(ended.stderr, said);
    },
  );
}

for (const { engine, skip } of ENGINES) {
  test(
    `an IPv4-mapped target is asked over IPv4, with its ICMP errors (${engine})`,
    { skip: firstSkip(skip, needsFirewall) },
    async (t) => {
      const host = rejecting(t, 'input', 'icmp type admin-prohibited');
      const args = ['[::ffff:127.0.0.1]', '-c', '2', '-i', '50ms', '-W', '500ms', '--ttl', '9'];
      const { result } = await ping(t, host, ...args, '--engine', engine);
      assert.deepEqual([result.target.address, result.datagrams.icmpErrors], ['127.0.0.1', 2]);
    },
  );
}
