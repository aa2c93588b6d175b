// Which of several addresses a measurement asks.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { choosePeer } from '../../src/client/choose-peer.ts';
import { serve } from '../../src/index.ts';
import type { HostAddress } from '../../src/socket/resolve.ts';

const LOOPBACK: HostAddress = { address: '127.0.0.1', ipVersion: 4 };
/** Of no interface: connect(2) refuses it. */
const WITHOUT_ZONE: HostAddress = { address: 'fe80::2', ipVersion: 6 };

async function openPort(t: TestContext): Promise<number> {
  const server = await serve({ host: '127.0.0.1', port: 0, engine: 'portable' });
  t.after(() => server.close());
  return server.addresses[0]!.port;
}

const OPTIONS = { payloadBytes: 64, protocol: 'echo' } as const;

test('tries nothing where there is one address', async () => {
  const chosen = await choosePeer([WITHOUT_ZONE], { ...OPTIONS, port: 1 });
  assert.deepEqual(chosen, { peer: WITHOUT_ZONE, tried: [] });
});

test('passes over a link-local address without its zone', async (t) => {
  const port = await openPort(t);
  const { peer, tried } = await choosePeer([WITHOUT_ZONE, LOOPBACK], { ...OPTIONS, port });
  assert.equal(peer, LOOPBACK);
  const outcomes = tried.map(({ outcome }) => outcome);
  assert.deepEqual(outcomes, ['unreachable', 'answered']);
});

test('tries five addresses at most', async () => {
  const peers = Array.from({ length: 50 }, () => WITHOUT_ZONE);
  const { peer, tried } = await choosePeer(peers, { ...OPTIONS, port: 1 });
  assert.deepEqual([peer, tried.length], [WITHOUT_ZONE, 5]);
});

test('gives up at once where the caller stops it', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  const choosing = choosePeer([LOOPBACK, LOOPBACK], { ...OPTIONS, port: 9, signal });
  await assert.rejects(choosing, /enough/);
});
