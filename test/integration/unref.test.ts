// A server that does not keep its process running.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ENGINES } from '../helpers/engines.ts';
import { Program, type Ending } from '../helpers/programs.ts';

const INDEX = new URL('../../src/index.js', import.meta.url).href;

/** Runs a program that has the library and a server on a free port. It must end by itself. */
async function ending(t: test.TestContext, options: object, rest: string): Promise<Ending> {
  const script = `
    import assert from 'node:assert/strict';
    import { test } from 'node:test';
    const { send, serve } = await import(${JSON.stringify(INDEX)});
    const start = () => serve({ host: '127.0.0.1', port: 0, ...${JSON.stringify(options)} });
    ${rest}`;
  return await new Program(t, process.execPath, ['--input-type=module', '-e', script]).ended();
}

for (const { engine, skip } of ENGINES) {
  const workers = engine === 'linux' ? 2 : 1;

  test(`a test that fails before it closes its server ends (${engine})`, { skip }, async (t) => {
    const { exitCode, stdout } = await ending(
      t,
      { engine, workers },
      `test('fails', async () => {
        const server = (await start()).unref();
        const { matches } = await send('hello', { host: '127.0.0.1', port: server.port });
        assert.equal(matches, false, 'as it should');
      });`,
    );
    assert.match(stdout, /as it should/);
    assert.equal(exitCode, 1);
  });

  test(`replies that are held back keep no process either (${engine})`, { skip }, async (t) => {
    const rest = `
      const server = (await start()).unref();
      await send('held', { host: '127.0.0.1', port: server.port, timeoutMs: 1 }).catch(() => undefined);
      while (server.counters.impaired.delayed === 0) await new Promise((resolve) => setTimeout(resolve, 2));`;
    const impair = { delayMs: 60_000 };
    const { exitCode, stderr } = await ending(t, { engine, impair }, rest);
    assert.deepEqual([exitCode, stderr], [0, '']);
  });

  test(
    `one that is to keep it again does, and a close is seen (${engine})`,
    { skip },
    async (t) => {
      const rest = `
      const server = (await start()).unref().ref();
      const timer = setTimeout(async () => {
        server.unref();
        await server.close();
        console.log('closed');
      }, 50);
      timer.unref();`;
      const { exitCode, stdout, stderr } = await ending(t, { engine, workers }, rest);
      assert.deepEqual([exitCode, stdout, stderr], [0, 'closed\n', '']);
    },
  );
}

test('after unref a relay keeps no process, with a client, and datagrams held back both ways', async (t) => {
  const script = `
    const { createSocket } = await import('node:dgram');
    const { once } = await import('node:events');
    const { impair } = await import(${JSON.stringify(INDEX)});
    const server = createSocket('udp4', (payload, { port, address }) => server.send(payload, port, address));
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const relay = await impair({ to: { host: '127.0.0.1', port: server.address().port } });
    relay.unref();
    const client = createSocket('udp4');
    const send = () => client.send('hello', relay.port, '127.0.0.1');
    const held = async (direction) => {
      while (relay.counters[direction].heldDatagrams === 0) await new Promise((done) => setTimeout(done, 2));
    };
    relay.change({ backward: { delayMs: 60_000 } });
    send();
    await held('backward');
    relay.change({ forward: { delayMs: 60_000 } });
    send();
    await held('forward');
    client.unref();
    server.unref();`;
  const args = ['--input-type=module', '-e', script];
  const { exitCode, stderr } = await new Program(t, process.execPath, args).ended();
  assert.deepEqual([exitCode, stderr], [0, '']);
});
