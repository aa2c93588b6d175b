// The library's server in this process, with real sockets as its clients.

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import test from 'node:test';
import {
  send,
  serve,
  type DatagramSample,
  type EchoServer,
  type ServerCounters,
} from '../../src/index.ts';
import { until } from '../helpers/deadline.ts';
import { needsIPv6, needsLinux } from '../helpers/skips.ts';
import { udpPortsOf } from '../helpers/udp-table.ts';
import { UdpPeer } from '../helpers/udp.ts';

const LOCAL = { host: '127.0.0.1', port: 0 } as const;

/** Waits until the server has counted `datagrams` answers: the kernel tells after the client has it. */
async function untilAnswered(server: EchoServer, datagrams: number): Promise<void> {
  await until(() => server.counters.sentDatagrams === datagrams, `${datagrams} answers counted`);
}

/** Sends each payload and takes its echo, one after the other. */
async function echoAll(
  peer: UdpPeer,
  server: EchoServer,
  ...payloads: readonly string[]
): Promise<void> {
  for (const payload of payloads) {
    await peer.send(payload, server.port);
    assert.equal((await peer.next('an echo')).payload.toString(), payload);
  }
}

for (const [address, sizes] of [
  // 65,535 − 20 (IPv4 header) − 8 (UDP header); IPv6 doesn't count its header: 65,535 − 8.
  ['127.0.0.1', [0, 1, 65_507]],
  ['::1', [0, 1, 65_527]],
] as const) {
  for (const size of sizes) {
    const skip = address === '::1' && needsIPv6();

    test(
      `echoes ${size} bytes over ${address}, byte for byte, from the address asked`,
      { skip },
      async (t) => {
        await using server = await serve({ host: address, port: 0 });
        const peer = await UdpPeer.open(t, address);
        // 251 is prime to 256, so that a payload moved by any number of octets would show.
        const payload = Buffer.from(Uint8Array.from({ length: size }, (_, index) => index % 251));
        await peer.send(payload, server.port, address);
        const echo = await peer.next();
        assert.ok(echo.payload.equals(payload));
        assert.deepEqual([echo.address, echo.port], [address, server.port]);
        await untilAnswered(server, 1);
        const { receivedBytes, sentBytes } = server.counters;
        assert.deepEqual([receivedBytes, sentBytes], [size, size]);
      },
    );
  }
}

test('listens on 127.0.0.1, and on ::1 with the same port where localhost is that too', async () => {
  await using server = await serve({ port: 0 });
  assert.ok(server.addresses.some(({ address }) => address === '127.0.0.1'));
  for (const { address, port } of server.addresses) {
    assert.equal(port, server.port);
    assert.ok((await send('hello', { host: address, port, timeoutMs: 20_000 })).matches);
  }
});

test('does not start with a signal that is aborted already', async () => {
  const reason = new Error('not today');
  await assert.rejects(serve({ ...LOCAL, signal: AbortSignal.abort(reason) }), reason);
});

test(
  'rejects with the reason of an abort while it starts, and leaves no port behind',
  { skip: needsLinux() },
  async () => {
    const portsBefore = udpPortsOf(process.pid);
    const controller = new AbortController();
    const starting = serve({ ...LOCAL, signal: controller.signal });
    const reason = new Error('changed my mind');
    controller.abort(reason);
    await assert.rejects(starting, reason);
    assert.deepEqual(udpPortsOf(process.pid), portsBefore);
  },
);

test('closes and leaves its port when its signal is aborted', async (t) => {
  const controller = new AbortController();
  const server = await serve({ ...LOCAL, signal: controller.signal });
  let isClosed = false;
  server.on('close', () => (isClosed = true));
  controller.abort();
  await until(() => isClosed, 'the close event');
  assert.equal((await UdpPeer.open(t, '127.0.0.1', server.port)).port, server.port);
});

test('leaves nothing behind on its signal once it is closed', async () => {
  const { signal } = new AbortController();
  const server = await serve({ ...LOCAL, signal });
  await server.close();
  assert.deepEqual(getEventListeners(signal, 'abort'), []);
});

test('may be closed again, while it closes and after, and says so once', async () => {
  const server = await serve(LOCAL);
  const closings: ServerCounters[] = [];
  server.on('close', (counters) => closings.push(counters));
  await Promise.all([server.close(), server.close()]);
  await server.close();
  await server[Symbol.asyncDispose]();
  assert.deepEqual(closings, [server.counters]);
});

test('is closed at the end of its await using block, its port free again', async (t) => {
  let port: number;
  {
    await using server = await serve(LOCAL);
    port = server.port;
  }
  assert.equal((await UdpPeer.open(t, '127.0.0.1', port)).port, port);
});

test(
  'tells each datagram, answered or refused, with its exact details',
  { skip: needsLinux() },
  async (t) => {
    await using server = await serve(LOCAL);
    const samples: DatagramSample[] = [];
    server.on('datagram', (sample) => samples.push(sample));
    const peer = await UdpPeer.open(t);
    const long = 'a'.repeat(2000);
    await echoAll(peer, server, 'hello', '', long);
    // Linux has all of 127/8; the server's own port as source port is never answered.
    const alike = await UdpPeer.open(t, '127.0.0.2', server.port);
    await alike.send('me too', server.port);
    await until(() => samples.length === 4, 'four datagram events');
    const client = { address: '127.0.0.1', port: peer.port };
    const told = samples.map(({ payload, ...sample }) => ({ ...sample, text: textOf(payload) }));
    assert.deepEqual(told, [
      {
        service: 'echo',
        peer: client,
        payloadBytes: 5,
        text: 'hello',
        refused: null,
        notSent: null,
        sentBytes: 5,
      },
      {
        service: 'echo',
        peer: client,
        payloadBytes: 0,
        text: '',
        refused: null,
        notSent: null,
        sentBytes: 0,
      },
      // Of a long payload a sample holds the first 1,024 bytes.
      {
        service: 'echo',
        peer: client,
        payloadBytes: 2000,
        text: 'a'.repeat(1024),
        refused: null,
        notSent: null,
        sentBytes: 2000,
      },
      {
        service: 'echo',
        peer: { address: '127.0.0.2', port: server.port },
        payloadBytes: 6,
        text: 'me too',
        refused: 'own-port',
        notSent: null,
        sentBytes: 0,
      },
    ]);
    assert.equal(alike.unread, 0);
  },
);

function textOf(payload: Uint8Array): string {
  return new TextDecoder().decode(payload);
}

test('hands out a copy of the payload, which later datagrams leave as it is', async (t) => {
  await using server = await serve(LOCAL);
  const samples: DatagramSample[] = [];
  server.on('datagram', (sample) => samples.push(sample));
  const peer = await UdpPeer.open(t);
  await echoAll(peer, server, 'first', 'other');
  await until(() => samples.length === 2, 'both events');
  assert.deepEqual(
    samples.map(({ payload }) => textOf(payload)),
    ['first', 'other'],
  );
});

for (const samplesPerSecond of [0, 2]) {
  test(`counts what is beyond ${samplesPerSecond} samples a second as unreported`, async (t) => {
    const server = await serve({ ...LOCAL, samplesPerSecond });
    let told = 0;
    let unreported = 0;
    server.on('datagram', () => told++);
    server.on('unreported', (datagrams) => (unreported += datagrams));
    const peer = await UdpPeer.open(t);
    await echoAll(peer, server, ...Array<string>(50).fill('ping'));
    await server.close();
    assert.equal(told + unreported, 50);
    assert.ok(samplesPerSecond === 0 ? told === 0 : told >= 2 && told < 50, `told ${told}`);
  });
}

test(
  'counts exactly what came, what went and what was refused',
  { skip: needsLinux() },
  async (t) => {
    const server = await serve(LOCAL);
    const peer = await UdpPeer.open(t);
    await echoAll(peer, server, 'a', 'bb', 'ccc');
    const alike = await UdpPeer.open(t, '127.0.0.2', server.port);
    await alike.send('four', server.port);
    await until(() => server.counters.refused['own-port'] === 1, 'the refusal');
    await untilAnswered(server, 3);
    await server.close();
    const { sendFailed, refused, impaired, kernelDrops, ...counted } = server.counters;
    const none = { receiveBuffer: 0, checksum: 0, bufferOrChecksum: 0 };
    // Only the Linux engine can know.
    assert.deepEqual(kernelDrops, server.engine === 'linux' ? none : null);
    assert.deepEqual(counted, {
      receivedDatagrams: 4,
      // 1 + 2 + 3 + 4
      receivedBytes: 10,
      sentDatagrams: 3,
      sentBytes: 6,
      receiveErrors: 0,
      fragmentedDatagrams: server.engine === 'linux' ? 0 : null,
    });
    const { 'own-port': ownPort, ...otherRefusals } = refused;
    assert.equal(ownPort, 1);
    for (const counts of [sendFailed, otherRefusals, impaired]) {
      assert.deepEqual(new Set(Object.values(counts)), new Set([0]));
    }
  },
);

test('survives clients that are gone before the answer comes (ICMP port unreachable)', async (t) => {
  await using server = await serve(LOCAL);
  // Opened before them, so that it gets none of their ports: answers to those may be under way.
  const peer = await UdpPeer.open(t);
  for (let index = 0; index < 20; index++) {
    const gone = await UdpPeer.open(t);
    await gone.send('too late', server.port);
    await gone.close();
  }
  await echoAll(peer, server, 'still there?');
  await untilAnswered(server, 21);
  assert.equal(server.counters.receivedDatagrams, 21);
});

test('names the port that another server holds', async () => {
  await using first = await serve(LOCAL);
  await assert.rejects(serve({ host: '127.0.0.1', port: first.port }), {
    name: 'SocketError',
    code: 'ECHOGRAM_ERR_BIND',
    data: { host: '127.0.0.1', port: first.port, systemCode: 'EADDRINUSE' },
  });
});

test('serves many clients at once, each its own', async (t) => {
  await using server = await serve(LOCAL);
  const peers = await Promise.all(Array.from({ length: 50 }, () => UdpPeer.open(t)));
  await Promise.all(
    peers.map(async (peer, index) => {
      await echoAll(peer, server, `client ${index}`, `again ${index}`);
    }),
  );
  assert.ok(peers.every((peer) => peer.unread === 0));
  await untilAnswered(server, 100);
});
