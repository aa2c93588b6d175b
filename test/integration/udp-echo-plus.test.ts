// UDPEchoPlus in this process, asked over loopback, on both engines.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { serve, type EchoServer } from '../../src/index.ts';
import { decodeUdpEchoPlus, type UdpEchoPlusHeader } from '../../src/wire/udp-echo-plus.ts';
import { until } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { viewOf } from '../helpers/stamp.ts';
import { UdpPeer } from '../helpers/udp.ts';

/** A request with its number, and `octets` in all. */
function request(testGenSn: number, octets = 24): Buffer {
  const bytes = Buffer.alloc(octets, 0x5a);
  bytes.fill(0, 0, 24);
  bytes.writeUInt32BE(testGenSn, 0);
  return bytes;
}

async function ask(peer: UdpPeer, server: EchoServer, packet: Buffer): Promise<Buffer> {
  await peer.send(packet, server.port);
  return (await peer.next('a reply')).payload;
}

function headerOf(payload: Buffer): UdpEchoPlusHeader {
  const header = {
    testGenSn: -1,
    testRespSn: -1,
    recvTimestampUs: -1,
    replyTimestampUs: -1,
    replyFailureCount: -1,
    testIteration: -1,
  };
  assert.ok(decodeUdpEchoPlus(viewOf(payload), 0, payload.length, header));
  return header;
}

for (const { engine, skip } of ENGINES) {
  const options = { host: '127.0.0.1', port: 0, engine, udpEchoPlus: true } as const;
  const testOn = (what: string, body: (t: TestContext) => Promise<void>): void => {
    test(`${what} (${engine})`, { skip }, body);
  };

  testOn('numbers its replies for all clients together, and stamps them in order', async (t) => {
    await using server = await serve(options);
    const [one, two] = [await UdpPeer.open(t), await UdpPeer.open(t)];
    const headers: UdpEchoPlusHeader[] = [];
    for (const [peer, number] of [
      [one, 7],
      [two, 1],
      [one, 8],
    ] as const) {
      headers.push(headerOf(await ask(peer, server, request(number))));
    }
    assert.deepEqual(
      headers.map(({ testGenSn, testRespSn }) => [testGenSn, testRespSn]),
      [
        [7, 1],
        [1, 2],
        [8, 3],
      ],
    );
    const times = headers.flatMap(({ recvTimestampUs, replyTimestampUs }) => [
      recvTimestampUs,
      replyTimestampUs,
    ]);
    assert.deepEqual(
      times.toSorted((a, b) => a - b),
      times,
    );
    assert.ok(headers.every(({ replyFailureCount }) => replyFailureCount === 0));
  });

  testOn('leaves the number of the client and what follows its own fields alone', async (t) => {
    await using server = await serve(options);
    const peer = await UdpPeer.open(t);
    for (const octets of [20, 24, 100, 1472]) {
      const packet = request(3, Math.max(octets, 24)).subarray(0, octets);
      const reply = await ask(peer, server, packet);
      assert.equal(reply.length, octets);
      assert.deepEqual(reply.subarray(0, 4), packet.subarray(0, 4));
      assert.deepEqual(reply.subarray(20), packet.subarray(20));
    }
    const short = Buffer.from('nineteen octets, no');
    assert.deepEqual(await ask(peer, server, short), short);
  });

  testOn(
    'counts what TR-143 names: valid requests, their bytes, and those over a limit',
    async (t) => {
      // A bucket holds a fifth of a second's datagrams: one of five.
      await using server = await serve({ ...options, limitPps: 5 });
      const peer = await UdpPeer.open(t);
      await ask(peer, server, request(1));
      const before = Date.now() / 1000;
      // More than one more where this host stalls until the bucket holds one again.
      let sent = 1;
      while (server.counters.refused['source-limit'] === 0) {
        await peer.send(request(++sent), server.port);
        const judged = (): number =>
          server.counters.sentDatagrams + server.counters.refused['source-limit'];
        await until(() => judged() === sent, `${sent} requests to be judged`);
      }
      const counters = server.udpEchoPlusCounters ?? assert.fail('it has none');
      const { firstReceivedSeconds, lastReceivedSeconds, ...counts } = counters;
      // 24 octets and the UDP header's 8.
      assert.deepEqual(counts, {
        packetsReceived: sent,
        packetsResponded: sent - 1,
        bytesReceived: sent * 32,
        bytesResponded: (sent - 1) * 32,
        replyFailures: 1,
      });
      assert.ok(firstReceivedSeconds !== null && firstReceivedSeconds <= before + 0.002);
      assert.ok(lastReceivedSeconds !== null && lastReceivedSeconds >= firstReceivedSeconds);
    },
  );

  testOn(
    'is cut where two servers are set upon each other, although each round changes',
    async (t) => {
      // A limit switches the guard against loops on.
      await using server = await serve({ ...options, limitPps: 1_000_000 });
      const other = await UdpPeer.open(t);
      let rounds = 0;
      other.socket.on('message', (payload, { port, address }) => {
        rounds++;
        // What another such server does.
        payload.writeUInt32BE(rounds, 4);
        payload.writeUInt32BE(rounds * 1000, 8);
        other.socket.send(payload, port, address);
      });
      await other.send(request(1), server.port);
      await until(() => server.counters.refused['echo-loop'] === 1, 'the loop to be cut');
      // A hundred repetitions pass, less one for each second.
      assert.ok(rounds >= 100 && rounds < 200, `${rounds} rounds`);
    },
  );
}

test('a server without it has no counters of TR-143', async () => {
  await using server = await serve({ host: '127.0.0.1', port: 0 });
  assert.equal(server.udpEchoPlusCounters, null);
});
