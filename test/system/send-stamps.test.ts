// The kernel's times of sending where some sends fail: it has numbered a datagram by the time that a firewall of this
// host drops it, so that every later number is one more than what was sent.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { SessionResult } from '../../src/index.ts';
import { needsLinuxEngine } from '../helpers/linux.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const needs = firstSkip(needsLinuxEngine(), needsNamespaces(), needsProgram('nft'));

test(
  'probes keep their times of sending past sends that a firewall drops',
  { skip: needs },
  async (t) => {
    const host = NetworkNamespace.create(t);
    host.run('nft', 'add', 'table', 'inet', 'wall');
    const chain = '{ type filter hook output priority 0; }';
    host.run('nft', 'add', 'chain', 'inet', 'wall', 'gate', chain);
    const everySecond = ['udp', 'dport', '10000', 'numgen', 'inc', 'mod', '2', '0', 'drop'];
    host.run('nft', 'add', 'rule', 'inet', 'wall', 'gate', ...everySecond);
    const server = host.startEchogram(t, 'serve', '--engine', 'portable');
    await server.untilStdout(/waiting to receive/);
    const args = ['-c', '20', '-i', '10ms', '-W', '1s', '--engine', 'linux', '--json'];
    const client = host.startEchogram(t, 'ping', '127.0.0.1', ...args);
    const { stdout } = await client.ended();
    const result = JSON.parse(stdout) as SessionResult;
    assert.deepEqual([result.sendFailures, result.datagrams.received], [{ EPERM: 10 }, 10]);
    // The first send fails: without its number taken back, no time of sending finds its probe.
    assert.notEqual(result.timestamps.userToKernelNs, null);
  },
);
