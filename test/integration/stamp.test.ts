// The STAMP reflector in this process, asked over loopback, on both engines.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { inspect } from 'node:util';
import test, { type TestContext } from 'node:test';
import { OptionError, ping, serve, type EchoServer, type StampOptions } from '../../src/index.ts';
import {
  decodeStampReply,
  encodeStampRequest,
  STAMP_LAYOUT,
  type StampMode,
  type StampReply,
} from '../../src/wire/stamp.ts';
import { StampKey } from '../../src/wire/stamp-hmac.ts';
import { decodeErrorEstimate } from '../../src/wire/timestamp.ts';
import { until } from '../helpers/deadline.ts';
import { dissectTwampTest } from '../helpers/dissect.ts';
import { ENGINES } from '../helpers/engines.ts';
import { peerPath } from '../helpers/peers.ts';
import { firstSkip, needsIPv6, needsProgram, needsRoot } from '../helpers/skips.ts';
import { emptyReply, keyOctets, vector, viewOf } from '../helpers/stamp.ts';
import { UdpPeer } from '../helpers/udp.ts';

type Engine = (typeof ENGINES)[number]['engine'];

const LOCAL = { host: '127.0.0.1', port: 0 } as const;

async function serveStamp(engine: Engine, stamp: StampOptions = {}): Promise<EchoServer> {
  return await serve({ ...LOCAL, engine, stamp: { port: 0, ...stamp } });
}

function stampPort(server: EchoServer): number {
  return server.services.find(({ name }) => name === 'stamp')!.port;
}

/** A request that was sent at the Unix second 1,700,000,000. */
function request(sequence: number, mode: StampMode = 'unauthenticated', ssid = 0): Buffer {
  const bytes = Buffer.alloc(STAMP_LAYOUT[mode].bytes);
  const sentAt = { seconds: 1_700_000_000, nanoseconds: 123_456_789 };
  encodeStampRequest(viewOf(bytes), 0, mode, { sequence, sentAt, errorEstimate: 0x8f84, ssid });
  return bytes;
}

function replyOf(payload: Buffer, mode: StampMode = 'unauthenticated'): StampReply {
  const reply = emptyReply();
  assert.equal(decodeStampReply(viewOf(payload), 0, payload.length, mode, reply), 'intact');
  return reply;
}

/** Sends a packet to the reflector, and resolves with what comes back. */
async function ask(peer: UdpPeer, server: EchoServer, packet: Buffer): Promise<Buffer> {
  await peer.send(packet, stampPort(server));
  return (await peer.next('a STAMP reply')).payload;
}

async function untilRefused(server: EchoServer, refusal: string, count = 1): Promise<void> {
  const refused = (): number => (server.counters.refused as Record<string, number>)[refusal]!;
  await until(() => refused() === count, `${count} refused as ${refusal}`);
}

/** Seconds since 1970, whole and parts, as one number: exact to a fraction of a microsecond. */
function secondsOf({ seconds, nanoseconds }: { seconds: number; nanoseconds: number }): number {
  return seconds + nanoseconds / 1e9;
}

for (const { engine, skip } of ENGINES) {
  const options = { skip };
  const testOn = (what: string, body: (t: TestContext) => Promise<void>): void => {
    test(`${what} (${engine})`, options, body);
  };

  testOn('reflects a STAMP packet with its own times between ours', async (t) => {
    await using server = await serveStamp(engine);
    const peer = await UdpPeer.open(t);
    const before = Date.now() / 1000;
    const payload = await ask(peer, server, request(7, 'unauthenticated', 0xbeef));
    const after = Date.now() / 1000;
    assert.equal(payload.length, 44);
    const reply = replyOf(payload);
    assert.equal(reply.sequence, 7);
    assert.equal(reply.senderSequence, 7);
    assert.equal(reply.ssid, 0xbeef);
    assert.deepEqual(reply.senderSentAt, { seconds: 1_700_000_000, nanoseconds: 123_456_789 });
    assert.equal(reply.senderErrorEstimate, 0x8f84);
    const [received, sent] = [secondsOf(reply.receivedAt), secondsOf(reply.sentAt)];
    // Date.now() leaves out up to a millisecond; so may the portable engine's clock.
    assert.ok(before - 0.002 <= received && sent <= after + 0.002, `${before} ${received}`);
    assert.ok(received <= sent, `${received} ${sent}`);
    const estimate = decodeErrorEstimate(reply.errorEstimate);
    assert.equal(estimate.format, 'ntp');
    assert.ok(estimate.errorSeconds > 0);
    // Only the Linux engine sees the TTL: 64, of any system's datagrams over loopback.
    assert.equal(reply.senderTtl, engine === 'linux' ? 64 : 255);
    assert.deepEqual([payload.readUInt16BE(38), payload.readUIntBE(41, 3)], [0, 0]);
  });

  testOn('numbers the replies of each session by itself where it is stateful', async (t) => {
    await using server = await serveStamp(engine, { stateful: true });
    const [one, two] = [await UdpPeer.open(t), await UdpPeer.open(t)];
    const sequences: number[] = [];
    for (const [peer, sequence, ssid] of [
      [one, 5, 0],
      [one, 9, 0],
      [two, 3, 0],
      [one, 4, 1],
      [one, 12, 0],
    ] as const) {
      const payload = await ask(peer, server, request(sequence, 'unauthenticated', ssid));
      const reply = replyOf(payload);
      assert.equal(reply.senderSequence, sequence);
      sequences.push(reply.sequence);
    }
    // By hand: three sessions, of which the first has three packets.
    assert.deepEqual(sequences, [0, 1, 0, 0, 2]);
  });

  testOn(
    'answers what its key authenticates, with an HMAC of its own, and nothing else',
    async (t) => {
      const key = keyOctets('K1');
      await using server = await serveStamp(engine, { key });
      const peer = await UdpPeer.open(t);
      const payload = await ask(peer, server, vector('V3'));
      assert.equal(payload.length, 112);
      assert.ok(new StampKey(key).verifiesPacket(payload, 0));
      assert.equal(replyOf(payload, 'authenticated').senderSequence, 0);

      const flipped = vector('V3');
      flipped[50]! ^= 1;
      await peer.send(flipped, stampPort(server));
      await untilRefused(server, 'stamp-hmac');
      const wrongKey = vector('V3');
      new StampKey(keyOctets('K2')).signPacket(wrongKey, 0);
      await peer.send(wrongKey, stampPort(server));
      await untilRefused(server, 'stamp-hmac', 2);
      await peer.send(vector('V3').subarray(0, 111), stampPort(server));
      await untilRefused(server, 'stamp-short');
      assert.equal(peer.unread, 0);
    },
  );

  testOn(
    'sends no reply that is longer than its request, and none to another reflector',
    async (t) => {
      await using server = await serveStamp(engine);
      const peer = await UdpPeer.open(t);
      // 41 octets are TWAMP-Light's shortest reply (RFC 5357 section 4.2.1).
      for (const length of [41, 42, 43, 44, 45, 100, 1472]) {
        const packet = Buffer.alloc(length);
        request(1).copy(packet);
        assert.equal((await ask(peer, server, packet)).length, length);
      }
      await peer.send(request(1).subarray(0, 40), stampPort(server));
      await untilRefused(server, 'stamp-short');
      await peer.send(await ask(peer, server, request(2)), stampPort(server));
      await untilRefused(server, 'stamp-reply');
      const corrupted = request(3);
      corrupted[13] = 0;
      await peer.send(corrupted, stampPort(server));
      await untilRefused(server, 'stamp-corrupted');
      assert.equal(peer.unread, 0);
    },
  );

  testOn('goes on echoing beside, and counts each service by itself', async (t) => {
    await using server = await serveStamp(engine);
    const peer = await UdpPeer.open(t);
    await ask(peer, server, request(1));
    await peer.send('hello', server.port);
    assert.equal((await peer.next()).payload.toString(), 'hello');
    await until(() => server.counters.sentDatagrams === 2, 'both answers counted');
    const counts = server.services.map(({ name, counters }) => [
      name,
      counters.receivedDatagrams,
      counters.sentBytes,
    ]);
    assert.deepEqual(counts, [
      ['echo', 1, 5],
      ['stamp', 1, 44],
    ]);
  });
}

for (const { engine, skip } of ENGINES) {
  test(
    `tshark reads our replies as the sender's packet and our times say (${engine})`,
    { skip: firstSkip(skip, needsProgram('tshark')) },
    async (t) => {
      await using server = await serveStamp(engine);
      const peer = await UdpPeer.open(t);
      const payload = await ask(peer, server, request(7));
      const reply = replyOf(payload);
      const [seen = []] = dissectTwampTest(
        'reply',
        [payload],
        [
          'seq_number',
          'sender_seq_number',
          'sender_ttl',
          'sender_timestamp',
          'sender_error_estimate',
          'error_estimate.scale',
          'timestamp',
          'receive_timestamp',
        ],
      );
      const [sequence, senderSequence, ttl, senderTime, senderEstimate, scales, sent, received] =
        seen;
      assert.deepEqual([sequence, senderSequence], ['7', '7']);
      assert.equal(ttl, engine === 'linux' ? '64' : '255');
      // tshark rounds the fraction down, where 789 is nearest.
      assert.match(senderTime ?? '', /^Nov 14, 2023 22:13:20\.12345678[89] UTC$/);
      // 0x8f84, of which the scale is 15.
      assert.equal(senderEstimate, '36740');
      assert.match(scales ?? '', /,15$/);
      for (const [text = '', { seconds, nanoseconds }] of [
        [sent, reply.sentAt],
        [received, reply.receivedAt],
      ] as const) {
        assert.equal(Math.floor(Date.parse(text.replace(/\.\d+ /, ' ')) / 1000), seconds);
        const fraction = Number(/\.(\d{9}) /.exec(text)?.[1]);
        assert.ok(Math.abs(fraction - nanoseconds) <= 1, `${text} and ${nanoseconds} ns`);
      }
    },
  );

  test(
    `tshark reads what ping asks (${engine})`,
    { skip: firstSkip(skip, needsProgram('tshark')) },
    async (t) => {
      const peer = await UdpPeer.open(t);
      const { port } = peer;
      const begun = Date.now();
      // 44 octets, and an Extra Padding TLV of 56 behind them.
      const asked = { host: LOCAL.host, port, engine, count: 2, payloadBytes: 100 } as const;
      await ping({ ...asked, protocol: 'stamp', intervalMs: 5, timeoutMs: 20 });
      const payloads = [(await peer.next()).payload, (await peer.next()).payload];
      const fields = ['seq_number', 'timestamp', 'error_estimate.multiplier', 'padding'];
      const seen = dissectTwampTest('request', payloads, fields);
      for (const [index, [sequence, sent = '', multiplier, padding = '']] of seen.entries()) {
        assert.equal(sequence, String(index + 1));
        const sentAt = Date.parse(sent.replace(/\.(\d{3})\d+ /, '.$1 '));
        assert.ok(sentAt >= begun - 1 && sentAt <= Date.now(), sent);
        // RFC 4656 section 4.1.2 forbids 0.
        assert.notEqual(Number(multiplier), 0);
        // To TWAMP what a reply of 41 octets has no place for is padding: three zeros, and the TLV.
        assert.match(padding, /^00000080010034[\da-f]{104}$/);
      }
      assert.equal(seen.length, 2);
    },
  );

  test(
    `two reflectors set upon each other stop at the first packet (${engine})`,
    { skip },
    async (t) => {
      await using one = await serveStamp(engine, { stateful: true });
      await using two = await serveStamp(engine);
      // What one sends to a client is what a forged source address would have it send to two.
      const peer = await UdpPeer.open(t);
      const reply = await ask(peer, one, request(1));
      await peer.send(reply, stampPort(two));
      await untilRefused(two, 'stamp-reply');
      await peer.send(reply, stampPort(one));
      await untilRefused(one, 'stamp-reply');
      assert.equal(peer.unread, 0);
    },
  );
}

/** Sends one datagram of 127.0.0.1 from the first port to the second. */
function forge(sourcePort: number, targetPort: number, packet: Buffer): void {
  const ends = ['127.0.0.1', `${sourcePort}`, '127.0.0.1', `${targetPort}`];
  const args = [peerPath('forge.py'), ...ends, `0x${packet.toString('hex')}`];
  const { status, stderr } = spawnSync('python3', args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

for (const { engine, skip } of ENGINES) {
  for (const stateful of [false, true]) {
    for (const octets of [41, 44]) {
      test(
        `one forged datagram of ${octets} octets makes no loop of a reflector${stateful ? ' with sessions' : ''} and a UDPEchoPlus server (${engine})`,
        { skip: firstSkip(skip, needsRoot(), needsProgram('python3')) },
        async (t) => {
          await using plus = await serve({ ...LOCAL, engine, udpEchoPlus: true });
          await using server = await serveStamp(engine, { stateful });
          // Its number is where a reply has the seconds of T3: not those of T2, from 11 on.
          const peer = await UdpPeer.open(t);
          for (let number = 1; number <= 11; number++) {
            await peer.send(Buffer.alloc(24), plus.port);
            await peer.next('a UDPEchoPlus reply');
          }
          forge(plus.port, stampPort(server), request(5).subarray(0, octets));
          // By the time of the UDPEchoPlus server, what came back may have lost its Error Estimate.
          const cameBack = (): number =>
            server.counters.refused['stamp-reply'] + server.counters.refused['stamp-corrupted'];
          const isOver = (): boolean => cameBack() === 1 || server.counters.sentDatagrams > 100;
          await until(isOver, 'the packet to come back');
          assert.equal(server.counters.sentDatagrams, 1);
        },
      );
    }
  }
}

test(
  'the port of reflectors is never answered, even where every other source port is',
  { skip: needsRoot() },
  async (t) => {
    await using server = await serve({ ...LOCAL, answerAnyPort: true, stamp: { port: 0 } });
    const reflector = await UdpPeer.open(t, '127.0.0.1', 862);
    await reflector.send(request(1), stampPort(server));
    await untilRefused(server, 'own-port');
    // The echo beside it may answer there.
    await reflector.send('hello', server.port);
    assert.equal((await reflector.next('an echo')).payload.toString(), 'hello');
    const own = await UdpPeer.open(t, '127.0.0.2', stampPort(server));
    await own.send(request(1), stampPort(server));
    await untilRefused(server, 'own-port', 2);
  },
);

test('does not start where both services want one port, and leaves none behind', async (t) => {
  const { port } = await UdpPeer.open(t);
  await assert.rejects(serve({ ...LOCAL, stamp: { port } }), {
    code: 'ECHOGRAM_ERR_BIND',
    data: { host: '127.0.0.1', port, systemCode: 'EADDRINUSE' },
  });
});

for (const { engine, skip } of ENGINES) {
  test(
    `answers over IPv6 too, with its hop limit (${engine})`,
    { skip: firstSkip(skip, needsIPv6()) },
    async (t) => {
      await using server = await serve({ host: '::1', port: 0, engine, stamp: { port: 0 } });
      const peer = await UdpPeer.open(t, '::1');
      peer.socket.setTTL(77);
      await peer.send(request(1), stampPort(server), '::1');
      const reply = replyOf((await peer.next('a STAMP reply')).payload);
      assert.equal(reply.senderTtl, engine === 'linux' ? 77 : 255);
    },
  );

  test(
    `the stamps of a reply that an impairment holds back tell when the server had it (${engine})`,
    { skip },
    async (t) => {
      const impair = { delayMs: 100 };
      await using server = await serve({ ...LOCAL, engine, impair, stamp: { port: 0 } });
      const peer = await UdpPeer.open(t);
      const { sentAt } = replyOf(await ask(peer, server, request(1)));
      const underWaySeconds = Date.now() / 1000 - secondsOf(sentAt);
      // The delay is the network's, after T3; Date.now() leaves out up to a millisecond, as may T3.
      assert.ok(underWaySeconds >= 0.1 - 0.002, `${underWaySeconds} s under way`);
    },
  );
}

for (const [stamp, option, rule] of [
  [{ port: -1 }, 'stamp.port', 'a whole number from 0 to 65535'],
  [{ stateful: 'yes' }, 'stamp.stateful', 'true or false'],
  [{ dscp: [64] }, 'stamp.dscp', 'a list of whole numbers from 0 to 63'],
  [{ dscp: 46 }, 'stamp.dscp', 'a list of whole numbers from 0 to 63'],
  [{ key: new Uint8Array(15) }, 'stamp.key', 'a Uint8Array of 16 octets or more'],
  [{ key: 'sixteen octets..' }, 'stamp.key', 'a Uint8Array of 16 octets or more'],
] as const) {
  test(`${option} must be ${rule}, got ${JSON.stringify(stamp)}`, async () => {
    await assert.rejects(serve({ ...LOCAL, stamp: stamp as unknown as StampOptions }), (error) => {
      assert.ok(error instanceof OptionError);
      const { data } = error as OptionError<'ECHOGRAM_ERR_OPTION_VALUE'>;
      assert.deepEqual([data.option, data.rule], [option, rule]);
      assert.doesNotMatch(inspect(error), /sixteen octets/);
      return true;
    });
  });
}
