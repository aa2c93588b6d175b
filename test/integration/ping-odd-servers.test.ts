// The other end is at fault, or speaks another protocol, and the verdict says which, on both engines.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { ping, serve, type SessionResult } from '../../src/index.ts';
import { ENGINES } from '../helpers/engines.ts';
import { startPeer } from '../helpers/peers.ts';
import { firstSkip, needsProgram } from '../helpers/skips.ts';

type Engine = (typeof ENGINES)[number]['engine'];

async function ask(
  engine: Engine,
  protocol: 'echo' | 'stamp' | 'udp-echo-plus',
  port: number,
  payloadBytes?: number,
): Promise<SessionResult> {
  return await ping({
    host: '127.0.0.1',
    port,
    engine,
    protocol,
    count: 4,
    intervalMs: 20,
    timeoutMs: 300,
    ...(payloadBytes === undefined ? {} : { payloadBytes }),
  });
}

async function oddServer(t: TestContext, fault: string): Promise<number> {
  const [, port] = await startPeer(t, 'faulty_server.py', fault).untilStdout(/port (\d+)\n/);
  return Number(port);
}

for (const { engine, skip } of ENGINES) {
  const options = { skip: firstSkip(skip, needsProgram('python3')) };

  for (const [protocol, payloadBytes] of [
    ['echo', undefined],
    ['echo', 44],
    ['stamp', undefined],
    ['stamp', 200],
  ] as const) {
    test(
      `a UDPEchoPlus server that is asked as ${protocol}, ${payloadBytes ?? 'the usual'} octets, is known (${engine})`,
      { skip },
      async () => {
        await using server = await serve({
          host: '127.0.0.1',
          port: 0,
          engine,
          udpEchoPlus: true,
        });
        const result = await ask(engine, protocol, server.port, payloadBytes);
        assert.deepEqual(result.alterations, { udpEchoPlus: 4, joined: 0, swappedTimes: 0 });
        assert.deepEqual([result.datagrams.corrupted, result.datagrams.received], [4, 0]);
        assert.equal(result.verdict.code, 'WRONG_PROTOCOL');
        assert.match(
          result.verdict.sentences[0]!,
          /^Port \d+ is a UDPEchoPlus server: .* 4 replies .*; try --protocol udp-echo-plus\.$/,
        );
      },
    );
  }

  for (const [protocol, fault, payloadBytes] of [
    ['echo', 'joined', undefined],
    ['stamp', 'joined', undefined],
    ['stamp', 'joined-stamp', undefined],
    ['stamp', 'joined-stamp', 200],
    ['udp-echo-plus', 'joined', undefined],
    ['udp-echo-plus', 'joined-udp-echo-plus', 200],
  ] as const) {
    test(
      `a server that joins two probes in one reply is known (${protocol}, ${fault}, ${payloadBytes ?? 'the usual'} octets, ${engine})`,
      options,
      async (t) => {
        const port = await oddServer(t, fault);
        const { alterations, verdict, datagrams } = await ask(engine, protocol, port, payloadBytes);
        assert.deepEqual(alterations, { udpEchoPlus: 0, joined: 2, swappedTimes: 0 });
        assert.deepEqual([datagrams.corrupted, datagrams.received], [2, 0]);
        assert.equal(verdict.code, 'ALTERED');
        assert.match(verdict.sentences[0]!, /The other end joins datagrams: 2 replies contain two/);
      },
    );
  }

  test(
    `a reflector that has T1 and T3 the wrong way round is known (${engine})`,
    options,
    async (t) => {
      const { alterations, verdict } = await ask(engine, 'stamp', await oddServer(t, 'swapped'));
      assert.deepEqual(alterations, { udpEchoPlus: 0, joined: 0, swappedTimes: 4 });
      assert.equal(verdict.code, 'ALTERED');
      assert.match(verdict.sentences[0]!, /The other end swaps T1 and T3 in 4/);
    },
  );
}
