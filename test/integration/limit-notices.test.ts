// What a limit refuses is told while it happens, by either engine, and once for all workers.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { serve, type EchoServer, type Refusal } from '../../src/index.ts';
import { until } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { firstSkip, needsLinux } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';

/** Starts a server on loopback, which has a limit only if one is asked for. */
async function start(
  engine: 'linux' | 'portable',
  limitPps: number,
  workers = 1,
): Promise<{ server: EchoServer; warnings: string[] }> {
  const options = { host: '127.0.0.1', port: 0, engine, limitPps, samplesPerSecond: 0 };
  const server = await serve({ ...options, ...(engine === 'linux' ? { workers } : {}) });
  const warnings: string[] = [];
  server.on('warning', (message) => warnings.push(message));
  return { server, warnings };
}

/** Has each of the sources send, again and again, until the server has refused one by that rule. */
async function sendUntilRefused(
  t: TestContext,
  server: EchoServer,
  refusal: Refusal,
  sources: readonly string[] = ['127.0.0.1'],
  payloadOf: (round: number) => string = String,
): Promise<void> {
  const peers: UdpPeer[] = [];
  for (const source of sources) peers.push(await UdpPeer.open(t, source));
  let round = 0;
  await until(async () => {
    round++;
    for (const peer of peers) await peer.send(payloadOf(round), server.port);
    return server.counters.refused[refusal] > 0;
  }, `a refusal by ${refusal}`);
}

for (const { engine, skip } of ENGINES) {
  test(`a source beyond its limit is named while it goes on (${engine})`, { skip }, async (t) => {
    const { server, warnings } = await start(engine, 10, 2);
    await using _closed = server;
    await sendUntilRefused(t, server, 'source-limit');
    await until(() => warnings.length > 0, 'the notice');
    const notice =
      /^the per-source limit of 10 per second \(--limit\) refused ([\d,]+) datagrams? in the last .*, for example from 127\.0\.0\.1$/;
    const [, told] = notice.exec(warnings[0]!) ?? assert.fail(warnings[0]);
    const refused = server.counters.refused['source-limit'];
    assert.ok(
      Number(told!.replaceAll(',', '')) >= 1 && Number(told!.replaceAll(',', '')) <= refused,
      `${told} of ${refused}`,
    );
    // The next one has ten seconds' time, however it ends.
    await sendUntilRefused(t, server, 'source-limit');
    await server.close();
    assert.equal(warnings.length, 1);
  });

  test(
    `sources that together are beyond the server's limit are told (${engine})`,
    { skip: firstSkip(skip, needsLinux()) },
    async (t) => {
      // A hundred a second in all, and a fifth of that at once.
      const { server, warnings } = await start(engine, 1);
      const sources = Array.from({ length: 200 }, (_, host) => `127.0.1.${host + 1}`);
      await sendUntilRefused(t, server, 'global-limit', sources);
      await server.close();
      assert.match(
        warnings.join(),
        /the server-wide limit of 100 per second \(100 times --limit\) refused [\d,]+ datagrams? in the last .*, for example from 127\.0\.1\.\d+/,
      );
    },
  );

  test(`what the guard against loops drops is told (${engine})`, { skip }, async (t) => {
    const { server, warnings } = await start(engine, 100_000);
    await sendUntilRefused(t, server, 'echo-loop', ['127.0.0.1'], () => 'to and fro');
    await server.close();
    assert.match(
      warnings.join(),
      /^the echo loop guard \(--limit 0 turns it off\) refused [\d,]+ datagrams? in the last .*, for example from 127\.0\.0\.1$/,
    );
  });

  test(`within the limits nothing is told (${engine})`, { skip }, async (t) => {
    const { server, warnings } = await start(engine, 100_000);
    const peer = await UdpPeer.open(t);
    for (let number = 0; number < 50; number++) await peer.send(String(number), server.port);
    await until(() => server.counters.receivedDatagrams === 50, 'all to be taken');
    await server.close();
    assert.deepEqual(warnings, []);
  });
}
