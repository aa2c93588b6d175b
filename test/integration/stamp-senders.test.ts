// The STAMP reflector asked as other people's TWAMP-Light senders ask it, on both engines.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import { serve, type EchoServer, type ServeOptions, type StampOptions } from '../../src/index.ts';
import { until } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { startPeer } from '../helpers/peers.ts';
import { firstSkip, needsProgram } from '../helpers/skips.ts';

type Engine = (typeof ENGINES)[number]['engine'];

interface Replies {
  /** Of each reply: its own number, and that of its packet. */
  readonly numbers: readonly (readonly [number, number])[];
  readonly octets: readonly number[];
  readonly unanswered: number;
}

async function serveStamp(
  engine: Engine,
  stamp: StampOptions = {},
  options: ServeOptions = {},
): Promise<EchoServer> {
  return await serve({
    host: '127.0.0.1',
    port: 0,
    engine,
    ...options,
    stamp: { port: 0, stateful: true, ...stamp },
  });
}

/** Runs the sender with its source port, octets, padding and count. */
async function ask(
  t: TestContext,
  server: EchoServer,
  ...args: readonly (string | number)[]
): Promise<Replies> {
  const { port } = server.services.find(({ name }) => name === 'stamp')!;
  const peer = startPeer(t, 'twamp_light_sender.py', '127.0.0.1', `${port}`, ...args.map(String));
  const { stdout, stderr, exitCode } = await peer.ended();
  assert.equal(exitCode, 0, stderr);
  return JSON.parse(stdout) as Replies;
}

/** A port that nobody has. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

const IN_ORDER = [0, 1, 2, 3, 4].map((number) => [number, number]);

for (const { engine, skip } of ENGINES) {
  const options = { skip: firstSkip(skip, needsProgram('python3')) };

  for (const octets of [41, 44, 100, 1000]) {
    test(
      `a sender that pads ${octets} octets at random gets a session (${engine})`,
      options,
      async (t) => {
        await using server = await serveStamp(engine);
        const replies = await ask(t, server, 0, octets, 'random', 5);
        assert.deepEqual(replies.numbers, IN_ORDER);
        assert.deepEqual(replies.octets, [octets, octets, octets, octets, octets]);
      },
    );
  }

  test(
    `a sender that begins again on its port is numbered from 0 again (${engine})`,
    options,
    async (t) => {
      await using server = await serveStamp(engine);
      const port = await freePort();
      for (const padding of ['zeros', 'zeros', 'random']) {
        const replies = await ask(t, server, port, 41, padding, 5);
        assert.deepEqual(replies.numbers, IN_ORDER);
      }
    },
  );

  for (const [octets, padding] of [
    [14, 'zeros'],
    [15, 'zeros'],
    [30, 'random'],
    [40, 'zeros'],
  ] as const) {
    test(
      `a sender of ${octets} octets gets replies of 44 where its network is named (${engine})`,
      options,
      async (t) => {
        await using server = await serveStamp(
          engine,
          { answerShort: true },
          { allow: ['127.0.0.0/8'] },
        );
        const { numbers, octets: lengths } = await ask(t, server, 0, octets, padding, 5);
        assert.deepEqual(numbers, IN_ORDER);
        assert.deepEqual(lengths, [44, 44, 44, 44, 44]);
      },
    );
  }

  test(
    `a sender of 14 octets gets none else, and who serves is told what padding helps (${engine})`,
    options,
    async (t) => {
      await using server = await serveStamp(engine);
      const warnings: string[] = [];
      server.on('warning', (message) => warnings.push(message));
      const { numbers, unanswered } = await ask(t, server, 0, 14, 'zeros', 2);
      assert.deepEqual([numbers, unanswered], [[], 2]);
      const notice = /14 octets from 127\.0\.0\.1 .*pad its packets by 27 octets or more/;
      await until(() => warnings.some((warning) => notice.test(warning)), 'a warning');
      assert.equal(warnings.length, 1);
    },
  );
}

test('short requests are answered to networks that are named alone, and without a key', async () => {
  const named = { allow: ['127.0.0.0/8'] };
  for (const [stamp, options] of [
    [{ answerShort: true }, {}],
    [{ answerShort: true, key: new Uint8Array(16) }, named],
  ] as const) {
    await assert.rejects(serveStamp('portable', stamp, options), {
      code: 'ECHOGRAM_ERR_OPTION_VALUE',
    });
  }
});
