// Servers among others, in threads, and with work left when they end.

import assert from 'node:assert/strict';
import test from 'node:test';
import { Worker } from 'node:worker_threads';
import { serve, type EchoServer } from '../../src/index.ts';
import { deadline, until } from '../helpers/deadline.ts';
import { needsLinuxEngine } from '../helpers/linux.ts';
import { Program } from '../helpers/programs.ts';
import { UdpPeer } from '../helpers/udp.ts';

const INDEX = new URL('../../src/index.js', import.meta.url).href;

/** A minute: held back far beyond the end of a test. */
const HELD = { delayMs: 60_000 };

for (const engine of ['linux', 'portable'] as const) {
  const skip = engine === 'linux' && needsLinuxEngine();

  test(
    `a close on the ${engine} engine gives up and counts what was held back`,
    { skip },
    async (t) => {
      const server = await serve({ host: '127.0.0.1', port: 0, engine, impair: HELD });
      const peer = await UdpPeer.open(t);
      for (const payload of ['one', 'two']) await peer.send(payload, server.port);
      await until(() => server.counters.impaired.delayed === 2, 'both to be held back');
      await deadline(server.close(), () => 'the close');
      assert.equal(server.counters.impaired.overflowed, 2);
    },
  );
}

test('a process ends with its server, whatever was held back', async (t) => {
  const script = `
    const { send, serve } = await import(${JSON.stringify(INDEX)});
    const impair = ${JSON.stringify(HELD)};
    const server = await serve({ host: '127.0.0.1', port: 0, engine: 'portable', impair });
    await send('held', { host: '127.0.0.1', port: server.port, timeoutMs: 1 }).catch(() => undefined);
    await server.close();`;
  const program = new Program(t, process.execPath, ['--input-type=module', '-e', script]);
  // The deadline of half a minute is half of what is held back.
  const { exitCode, stderr } = await program.ended();
  assert.deepEqual([exitCode, stderr], [0, '']);
});

test('a dozen servers at once draw no warning from Node', async (t) => {
  const script = `
    const { serve } = await import(${JSON.stringify(INDEX)});
    const servers = [];
    for (let n = 0; n < 12; n++) servers.push(await serve({ host: '127.0.0.1', port: 0 }));
    for (const server of servers) await server.close();`;
  const program = new Program(t, process.execPath, ['--input-type=module', '-e', script]);
  const { exitCode, stderr } = await program.ended();
  assert.deepEqual([exitCode, stderr], [0, '']);
});

test('a thread that serves takes the portable engine, and can be terminated', async () => {
  const thread = new Worker(
    `import { parentPort } from 'node:worker_threads';
     const { serve } = await import(${JSON.stringify(INDEX)});
     const server = await serve({ host: '127.0.0.1', port: 0 });
     parentPort.postMessage([server.engine, server.engineReason]);`,
    { eval: true, execArgv: ['--input-type=module'] },
  );
  const told = await deadline(
    new Promise((resolve, reject) => {
      thread.once('message', resolve).once('error', reject);
    }),
    () => 'the thread to serve',
  );
  const [engine, reason] = told as [EchoServer['engine'], EchoServer['engineReason']];
  assert.equal(engine, 'portable');
  if (needsLinuxEngine() === false) assert.match(String(reason), /only from the main thread/);
  await deadline(thread.terminate(), () => 'the thread to end');
});
