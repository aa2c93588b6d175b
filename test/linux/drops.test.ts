// What the kernel dropped for lack of room is known: received + dropped is what was sent. The server
// is stopped for a while, as a busy machine or a debugger would.

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { send } from '../../src/index.ts';
import { until } from '../helpers/deadline.ts';
import { Flood } from '../helpers/flood.ts';
import { HERE, JsonServer } from '../helpers/json-server.ts';
import { needsLinuxEngine, waitingBytes } from '../helpers/linux.ts';
import { firstSkip, needsProgram } from '../helpers/skips.ts';

const skip = firstSkip(needsLinuxEngine(), needsProgram('python3'));

/** More than the receive buffer holds: each takes at least 768 bytes of it (udp(7), SKB truesize). */
const TOO_MANY = 40_000;

const LOCAL = { address: '127.0.0.1', flows: 8 };

for (const workers of ['1', '2']) {
  test(
    `counts what a stopped server of ${workers} workers had no room for, exactly, and says so`,
    { skip },
    async (t) => {
      const server = await JsonServer.start(t, HERE, '--host', '127.0.0.1', '--workers', workers);
      server.signal('SIGSTOP');
      const flood = new Flood(t, HERE, { ...LOCAL, port: server.port, amount: String(TOO_MANY) });
      assert.equal(await flood.sent(), TOO_MANY);
      server.signal('SIGCONT');
      await until(() => waitingBytes(server.port) === 0, 'an empty receive buffer');
      const { receivedDatagrams, sentDatagrams, kernelDrops } = await server.stop();
      const { echoes, wrong, dropped } = await flood.counts();
      const told = kernelDrops?.receiveBuffer.toLocaleString('en-US');
      assert.match(
        server.program.stderr,
        new RegExp(`, ${told} more dropped by this host: receive buffer\n$`),
      );
      assert.equal(receivedDatagrams + (kernelDrops?.receiveBuffer ?? 0), TOO_MANY);
      assert.ok((kernelDrops?.receiveBuffer ?? 0) > 0, 'nothing was dropped, so nothing is shown');
      assert.equal(sentDatagrams, receivedDatagrams);
      assert.deepEqual([echoes + dropped, wrong], [sentDatagrams, 0]);
    },
  );
}

test('says at the start what receive buffer was asked for and granted', { skip }, async (t) => {
  const { listening } = await JsonServer.start(t, HERE, '--host', '127.0.0.1');
  const { askedBytes, grantedBytes } = listening.receiveBuffer;
  assert.equal(askedBytes, 4 * 1024 * 1024);
  assert.ok(grantedBytes > 0 && grantedBytes <= askedBytes, `granted ${grantedBytes}`);
});

test('answers all that came while it was stopped for a second', { skip }, async (t) => {
  const server = await JsonServer.start(t, HERE, '--host', '127.0.0.1');
  server.signal('SIGSTOP');
  const flood = new Flood(t, HERE, { ...LOCAL, port: server.port, amount: '100' });
  await flood.sent();
  // Not a wait for anything: the second for which the server stands still is what is tested.
  await setTimeout(1000);
  server.signal('SIGCONT');
  await send('still there?', { host: '127.0.0.1', port: server.port, timeoutMs: 10_000 });
  const { echoes, wrong } = await flood.counts();
  assert.deepEqual([echoes, wrong], [100, 0]);
  const { receivedDatagrams, kernelDrops } = await server.stop();
  assert.deepEqual([receivedDatagrams, kernelDrops?.receiveBuffer], [101, 0]);
});
