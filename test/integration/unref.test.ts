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
