import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { DropTally } from '../../../src/server/drop-tally.ts';
import { EchoServer } from '../../../src/server/echo-server.ts';
import { engineOptions } from '../../../src/server/engine-options.ts';
import { EngineReports } from '../../../src/server/engines/engine-reports.ts';
import { startEngine } from '../../../src/server/engines/start-engine.ts';
import { parseServeOptions } from '../../../src/server/serve-options.ts';
import { deadline } from '../../helpers/deadline.ts';
import { UdpPeer } from '../../helpers/udp.ts';

/** A server whose engine ran for a while before it was made: `meanwhile` is what happened then. */
async function madeAfter(
  meanwhile: (reports: EngineReports, port: number) => void | Promise<void>,
): Promise<EchoServer> {
  const options = parseServeOptions({ host: '127.0.0.1', port: 0, engine: 'portable' });
  const reports = new EngineReports();
  const sampleCredit = new Int32Array(new SharedArrayBuffer(4));
  const drops = new DropTally();
  const asked = engineOptions(options, { sampleCredit, listener: reports });
  const started = await startEngine(options.engine, asked);
  await meanwhile(reports, started.engine.services[0]!.addresses[0]!.port);
  return EchoServer.of({
    options,
    started,
    reports,
    sampleCredit,
    drops,
    dropsByService: [new DropTally()],
  });
}

test('what the engine noticed before its server was made is among its warnings', async () => {
  await using server = await madeAfter((reports) => {
    reports.onNotice('worker 0 died (Error: told to) and is being restarted');
  });
  assert.equal(server.warnings[0], 'worker 0 died (Error: told to) and is being restarted');
});

test('a server whose engine failed before it was made closes, and says why', async () => {
  const server = await madeAfter((reports) => {
    reports.onFailed('the socket fails (EBADF)');
  });
  await assert.rejects(
    deadline(server.closed, () => 'the server to close'),
    {
      code: 'ECHOGRAM_ERR_SERVER_FAILED',
      data: { engine: 'portable', reason: 'the socket fails (EBADF)' },
    },
  );
});

test('a failure without a listener ends no process, and one who waits for an event learns of it', async () => {
  let engine: EngineReports | undefined;
  const made = (): Promise<EchoServer> => madeAfter((reports) => void (engine = reports));
  const unheard = await made();
  engine?.onFailed('the socket fails (EBADF)');
  await assert.rejects(unheard.closed, { code: 'ECHOGRAM_ERR_SERVER_FAILED' });

  const awaited = once(await made(), 'close');
  engine?.onFailed('the socket fails (EBADF)');
  await assert.rejects(awaited, { code: 'ECHOGRAM_ERR_SERVER_FAILED' });
});

test('what was answered before anybody could be shown it is told as not shown', async (t) => {
  const peer = await UdpPeer.open(t);
  await using server = await madeAfter(async (_, port) => {
    await peer.send('early', port);
    await peer.next('its echo');
  });
  let shown = 0;
  let unreported = 0;
  server.on('datagram', () => shown++);
  server.on('unreported', (datagrams) => (unreported += datagrams));
  await server.close();
  assert.deepEqual({ shown, unreported }, { shown: 0, unreported: 1 });
});
