// A route that refuses replies must not switch anything off: the source address is the stranger's choice.

import assert from 'node:assert/strict';
import test from 'node:test';
import { JsonServer } from '../helpers/json-server.ts';
import { needsLinuxEngine } from '../helpers/linux.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath } from '../helpers/peers.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const skip = firstSkip(needsLinuxEngine(), needsNamespaces(), needsProgram('python3'));

const DATAGRAMS = 4;

test(
  'replies that a route refuses are counted, and groups of replies stay on',
  { skip },
  async (t) => {
    const [first, second] = NetworkNamespace.createPair(t);
    for (const name of ['all', 'default', 'wire']) {
      first.run('sysctl', '-qw', `net.ipv4.conf.${name}.rp_filter=0`);
    }
    // Sending there fails with EINVAL (ip-route(8)), as does a segmented send on some drivers.
    first.run('ip', 'route', 'add', 'blackhole', '10.99.0.0/24');
    const server = await JsonServer.start(t, first, '--host', '10.77.0.1', '--engine', 'linux');
    // Stopped, so that all of them come in one batch and make a group.
    server.signal('SIGSTOP');
    for (let sent = 0; sent < DATAGRAMS; sent++) {
      const ends = ['10.99.0.9', '4000', '10.77.0.1', String(server.port)];
      second.run('python3', peerPath('forge.py'), ...ends, 'forged');
    }
    server.signal('SIGCONT');
    const all = new RegExp(`(?:"event":"received"[^]*){${DATAGRAMS}}`);
    await server.program.untilStdout(all);
    const { sendFailed, sentDatagrams } = await server.stop();
    assert.deepEqual([sendFailed.EINVAL, sentDatagrams], [DATAGRAMS, 0]);
    assert.doesNotMatch(server.program.stderr, /GSO/);
  },
);
