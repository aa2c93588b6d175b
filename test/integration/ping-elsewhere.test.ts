// Replies that come from another port than the one asked: a connected socket never sees them.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { ping } from '../../src/index.ts';
import { ENGINES } from '../helpers/engines.ts';
import { firstSkip, needsIPv6, needsLinux, needsLinuxEngine } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';

const COUNT = 10;

/** A server that answers from another port, and from its own too where `isEcho`. */
async function strayServer(
  t: TestContext,
  address: string,
  isEcho: boolean,
): Promise<{ port: number; from: number }> {
  const server = await UdpPeer.open(t, address);
  const other = await UdpPeer.open(t, address);
  server.socket.on('message', (payload, { address: host, port }) => {
    other.socket.send(payload, port, host);
    if (isEcho) server.socket.send(payload, port, host);
  });
  return { port: server.port, from: other.port };
}

for (const { engine, skip } of ENGINES) {
  for (const address of ['127.0.0.1', '::1']) {
    test(
      `replies from another port are no replies, and are not silence (${engine}, ${address})`,
      { skip: firstSkip(skip, needsLinux(), address === '::1' && needsIPv6()) },
      async (t) => {
        const { port, from } = await strayServer(t, address, false);
        const result = await ping({
          host: address,
          port,
          engine,
          count: COUNT,
          intervalMs: 5,
          timeoutMs: 300,
        });
        assert.equal(result.datagrams.received, 0);
        if (engine === 'linux') {
          assert.deepEqual(result.elsewhere, {
            datagrams: COUNT,
            senders: [{ address, port: from, datagrams: COUNT }],
          });
          assert.equal(result.datagrams.stray, COUNT);
        } else {
          assert.equal(result.elsewhere, null);
          assert.ok(result.noPorts! >= COUNT, `${result.noPorts} came to no port`);
        }
      },
    );
  }
}

for (const [address, skip] of [
  ['127.0.0.1', false],
  ['::1', needsIPv6()],
] as const) {
  test(
    `a hundred source ports get all of their replies, and hear who else writes to them (${address})`,
    { skip: firstSkip(needsLinuxEngine(), skip) },
    async (t) => {
      const { port, from } = await strayServer(t, address, true);
      const result = await ping({
        host: address,
        port,
        engine: 'linux',
        count: 400,
        intervalMs: 1,
        timeoutMs: 2000,
        flows: 100,
        schedule: 'periodic',
      });
      const { sent, received, duplicate } = result.datagrams;
      assert.equal(received, sent);
      assert.equal(duplicate, 0);
      assert.deepEqual(result.elsewhere, {
        datagrams: sent,
        senders: [{ address, port: from, datagrams: sent }],
      });
    },
  );
}
