// ICMP errors, and what they say of the probes and of who sent them: firewalls that reject, with each code, and
// forged errors.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { SessionResult } from '../../src/index.ts';
import { ENGINES } from '../helpers/engines.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';

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
      const { sent, sendFailed, refused } = result.datagrams;
      const refusal = { systemCode, from: null, icmpType: null, icmpCode: null, count: 300 };
      assert.deepEqual([sent, sendFailed, refused], [300, 0, 300]);
      assert.deepEqual(result.refusals, [refusal]);
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
