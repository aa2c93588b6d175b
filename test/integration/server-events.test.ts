// A server's events, as Node's own tools take them.

import assert from 'node:assert/strict';
import { on, once } from 'node:events';
import test from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { serve, type DatagramSample } from '../../src/index.ts';
import { deadline } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { Program } from '../helpers/programs.ts';
import { UdpPeer } from '../helpers/udp.ts';

const INDEX = new URL('../../src/index.js', import.meta.url).href;

/** Draws two warnings at its start. */
const WARNED = {
  host: '127.0.0.1',
  port: 0,
  engine: 'portable',
  workers: 2,
  mirrorTos: true,
} as const;

for (const { engine, skip } of ENGINES) {
  test(`events.once and events.on take a server's events (${engine})`, { skip }, async (t) => {
    const server = await serve({ host: '127.0.0.1', port: 0, engine });
    const peer = await UdpPeer.open(t);
    const first = once(server, 'datagram') as Promise<[DatagramSample]>;
    await peer.send('one', server.port);
    const [{ payload }] = await deadline(first, () => 'an event');
    assert.ok(Buffer.isBuffer(payload));
    assert.equal(payload.toString(), 'one');

    const events = on(server, 'datagram', { close: ['close'] });
    for (const text of ['two', 'three']) await peer.send(text, server.port);
    const heard: number[] = [];
    const reading = (async () => {
      for await (const [sample] of events as AsyncIterable<[DatagramSample]>) {
        heard.push(sample.payloadBytes);
        if (heard.length === 2) void server.close();
      }
    })();
    await deadline(reading, () => 'the events to end with the server');
    assert.deepEqual(heard, [3, 5]);
  });
}

test('the first who listens for warnings gets those from before, each once', async () => {
  await using server = await serve(WARNED);
  assert.equal(server.warnings.length, 2);
  await setImmediate();
  const heard: string[] = [];
  // A listener for one at a time loses none either.
  for (const _ of server.warnings) {
    const [message] = (await deadline(once(server, 'warning'), () => 'a warning')) as [string];
    heard.push(message);
  }
  assert.deepEqual(heard, server.warnings);
  let more = 0;
  server.on('warning', () => more++);
  await setImmediate();
  assert.equal(more, 0);
});

test('a server tells its end with no listener left', async () => {
  const server = await serve({ host: '127.0.0.1', port: 0, engine: 'portable' });
  server.removeAllListeners();
  await server.close();
  await deadline(server.closed, () => 'the server to say that it has closed');
});

test('what a listener throws is an uncaught exception, and the server answers on', async (t) => {
  const script = `
    const { send, serve } = await import(${JSON.stringify(INDEX)});
    const server = await serve({ host: '127.0.0.1', port: 0, engine: 'portable' });
    process.on('uncaughtException', ({ message }) => console.log('uncaught', message));
    server.on('datagram', () => { throw new Error('mine'); });
    for (const text of ['one', 'two']) {
      const { matches } = await send(text, { host: '127.0.0.1', port: server.port });
      console.log(text, matches);
    }
    await server.close();
    console.log(server.batchSizes.sum);`;
  const program = new Program(t, process.execPath, ['--input-type=module', '-e', script]);
  const { exitCode, stderr, stdout } = await program.ended();
  assert.deepEqual([exitCode, stderr], [0, '']);
  assert.equal(stdout, 'uncaught mine\none true\nuncaught mine\ntwo true\n2\n');
});
