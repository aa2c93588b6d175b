// ping where the network itself is in the way, or must see nothing: on hosts of their own.

import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import type { SessionResult } from '../../src/index.ts';
import { counts } from '../helpers/made-session.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { needsNamespaces } from '../helpers/skips.ts';

const LIBRARY = fileURLToPath(new URL('../../src/index.js', import.meta.url));

test('sends nothing before it refuses a flood', { skip: needsNamespaces() }, async (t) => {
  const [host] = NetworkNamespace.createPair(t);
  const flood = ['ping', '10.77.0.2', '--rate', '2000', '-c', '4', '-W', '10ms'];
  assert.equal((await host.startEchogram(t, ...flood).ended()).exitCode, 2);
  assert.equal(host.udpStatistics().outDatagrams, 0);
  await host.startEchogram(t, ...flood, '--flood').ended();
  assert.ok(host.udpStatistics().outDatagrams > 0);
});

/** Takes the interface down once the socket is open, so that no probe can be sent. */
const MEASURE_WITHOUT_INTERFACE = `
  const { execFileSync } = await import('node:child_process');
  const { ping } = await import(process.argv[1]);
  const result = await ping({
    host: '10.77.0.2', count: 3, intervalMs: 1, timeoutMs: 50,
  }).on('start', () => execFileSync('ip', ['link', 'set', 'wire', 'down']));
  console.log(JSON.stringify(result));`;

test(
  'where no probe can be sent it is an error, no loss and no 0 % of it',
  { skip: needsNamespaces() },
  async (t) => {
    const [host] = NetworkNamespace.createPair(t);
    const args = ['--input-type=module', '-e', MEASURE_WITHOUT_INTERFACE, LIBRARY];
    const { stdout, stderr } = await host.start(t, process.execPath, ...args).ended();
    assert.equal(stderr, '');
    const { datagrams, endedBy, sendFailures } = JSON.parse(stdout) as SessionResult;
    const sendFailed = 3;
    assert.deepEqual(datagrams, counts({ sendFailed, lossRatio: null }));
    assert.deepEqual(sendFailures, { ENETUNREACH: sendFailed });
    assert.deepEqual(endedBy, {
      code: 'ERROR',
      message: `none of ${sendFailed} probes could be sent (3 ENETUNREACH: this host has no route to the target)`,
    });
  },
);
