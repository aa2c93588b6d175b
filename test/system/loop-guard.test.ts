// The guard against echo loops under attack: forged datagrams by the dozen, floods, and runs that the
// kernel coalesced. What a loop may cost is told by the other end of it.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type TestContext } from 'node:test';
import { LoopGuard } from '../../src/server/loop-guard.ts';
import { until } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { Flood } from '../helpers/flood.ts';
import { JsonServer, nonZero } from '../helpers/json-server.ts';
import { MadeBatch } from '../helpers/made-batch.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath } from '../helpers/peers.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';
import { SlowEcho } from '../helpers/slow-echo.ts';

const skipHosts = firstSkip(needsNamespaces(), needsProgram('python3'));

const PARTNER = { address: '10.77.0.2', port: 7777 };

/** A server with its defaults, and a slow echo on the other host. */
async function startPair(
  t: TestContext,
  engine: string,
  delayMs: number,
): Promise<{
  server: JsonServer;
  slow: SlowEcho;
  forge: (...payloads: readonly string[]) => void;
  host: NetworkNamespace;
}> {
  const [host, other] = NetworkNamespace.createPair(t);
  await host.untilRunning('wire');
  const server = await JsonServer.start(t, host, '--engine', engine, '--host', '10.77.0.1');
  const slow = await SlowEcho.start(t, other, PARTNER.address, PARTNER.port, delayMs);
  const ends = [PARTNER.address, PARTNER.port, '10.77.0.1', server.port].map(String);
  const forge = (...payloads: readonly string[]): void => {
    other.run('python3', peerPath('forge.py'), ...ends, ...payloads);
  };
  return { server, slow, forge, host };
}

/** Resolves once nothing has come for so long that nothing can be on its way. */
async function untilQuiet(slow: SlowEcho): Promise<void> {
  const isQuiet = async (): Promise<boolean> => {
    await sleep(100);
    return (await slow.counts()).idleMs > 2000;
  };
  await until(isQuiet, 'every loop to end');
}

for (const { engine, skip } of ENGINES) {
  for (const [what, payloadOf] of [
    ['that differ', (number: number) => `forged ${number}`],
    ['all alike', () => 'forged'],
  ] as const) {
    test(
      `ends loops of 95 datagrams ${what}, each as if it were alone (${engine})`,
      { skip: firstSkip(skip, skipHosts) },
      async (t) => {
        const { server, slow, forge } = await startPair(t, engine, 100);
        forge(...Array.from({ length: 95 }, (_, number) => payloadOf(number)));
        await untilQuiet(slow);
        const { mostOver } = await slow.counts();
        // A hundred answers and one a second; the clock of the guard may be late by a sixteenth.
        assert.ok(mostOver > 0 && mostOver <= 101, `${mostOver} answers of one payload`);
        const { refused } = await server.stop();
        assert.deepEqual(Object.keys(nonZero(refused)), ['echo-loop']);
        assert.equal(refused['echo-loop'], 95);
      },
    );
  }

  test(
    `ends a loop beside a flood that the limits refuse (${engine})`,
    { skip: firstSkip(skip, skipHosts) },
    async (t) => {
      const { server, slow, forge, host } = await startPair(t, engine, 40);
      // From the server's own host, so from another address than the loops.
      const options = { address: '10.77.0.1', port: server.port, flows: 8, amount: '60.0' };
      const flood = new Flood(t, host, options);
      forge(...Array.from({ length: 20 }, (_, number) => `forged ${number}`));
      await untilQuiet(slow);
      flood.stop();
      const { mostOver } = await slow.counts();
      assert.ok(mostOver > 0 && mostOver <= 101, `${mostOver} answers`);
      const { refused, kernelDrops } = await server.stop();
      assert.ok(refused['source-limit'] > 10_000, `only ${refused['source-limit']} were refused`);
      // What finds the receive buffer full ends without the guard; only the Linux engine can tell.
      if (kernelDrops?.receiveBuffer === 0) assert.equal(refused['echo-loop'], 20);
    },
  );
}

const NOW_MS = 1_764_000_000_000;

/** A client whose payloads are numbered; its port alone changes with the flow. */
class Numbered {
  readonly batch: MadeBatch;
  #number = 0;

  constructor(address: string) {
    this.batch = new MadeBatch([{ address, port: 50_139, payload: Buffer.alloc(8) }]);
  }

  next(): MadeBatch {
    this.#number++;
    this.batch.arena.writeUInt32BE(this.#number);
    return this.batch;
  }
}

test('takes none of 60 million different payloads for a loop, at 100,000 a second', () => {
  const guard = new LoopGuard({ salt: 1, ratePps: 100_000, startMs: NOW_MS });
  const client = new Numbered('192.0.2.7');
  let cut = 0;
  for (let number = 0; number < 60_000_000; number++) {
    if (guard.isLoop(client.next(), 0, 0, NOW_MS + number / 100)) cut++;
  }
  assert.equal(cut, 0);
});

test('takes no payload for a loop for what ten other sources repeat at their limit', () => {
  const guard = new LoopGuard({ salt: 1, ratePps: 100_000, startMs: NOW_MS });
  const client = new Numbered('192.0.2.7');
  const flooders = Array.from({ length: 10 }, (_, host) => {
    return new MadeBatch([{ address: `198.51.100.${host}`, port: 7, payload: Buffer.alloc(8) }]);
  });
  let cut = 0;
  // Each flooder goes round a thousand payloads, once a second, as fast as none is forgotten; and for the
  // first hundred seconds twice as often, so that they reach the most that a payload may have.
  for (let ms = 0; ms < 200_000; ms++) {
    for (let round = 0; round < (ms < 100_000 ? 2 : 1); round++) {
      for (const flooder of flooders) {
        flooder.arena.writeUInt32BE(ms % 1000);
        guard.isLoop(flooder, 0, 0, NOW_MS + ms);
      }
    }
    for (let number = 0; number < 50; number++) {
      if (guard.isLoop(client.next(), 0, 0, NOW_MS + ms)) cut++;
    }
  }
  assert.equal(cut, 0);
});
