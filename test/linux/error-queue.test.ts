// What the kernel says of what was sent: when, and what came back instead of a reply.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { MSG_DONTWAIT } from '../../src/socket/linux/constants.ts';
import { ErrorQueue, type IcmpError } from '../../src/socket/linux/error-queue.ts';
import { openProbeSocket, startStamps } from '../../src/socket/linux/open-probe-socket.ts';
import { ProbeArena } from '../../src/socket/linux/probe-arena.ts';
import { until } from '../helpers/deadline.ts';
import { libc, needsLinuxEngine } from '../helpers/linux.ts';
import { firstSkip, needsIPv6 } from '../helpers/skips.ts';
import { closedPort, UdpPeer } from '../helpers/udp.ts';

const PAYLOAD_BYTES = 100;

interface Told {
  readonly stamps: { readonly id: number; readonly seconds: number }[];
  readonly errors: (IcmpError & { readonly quoted: number[] })[];
}

/** A connected socket; `send` sends so many datagrams, `read` takes what its error queue has. */
function open(
  t: TestContext,
  address: string,
  port: number,
): { send: (count: number) => void; read: () => Told; fd: number } {
  const socket = openProbeSocket(libc, {
    ipVersion: address.includes(':') ? 6 : 4,
    peer: { address, port, dscp: undefined },
    ports: 1,
    payloadBytes: PAYLOAD_BYTES,
    receiveBufferBytes: 65_536,
    ttl: undefined,
    allowBroadcast: false,
  });
  t.after(() => libc.close(socket.fd));
  const arena = new ProbeArena(libc, PAYLOAD_BYTES);
  arena.payloadBytes.fill(PAYLOAD_BYTES);
  arena.prepare(arena.capacity);
  for (let slot = 0; slot < arena.capacity; slot++) arena.view.setUint32(arena.startOf(slot), slot);
  const queue = new ErrorQueue(libc, socket.isIPv6);
  const told: Told = { stamps: [], errors: [] };
  const handlers = {
    onSentStamp: (id: number, seconds: number) => told.stamps.push({ id, seconds }),
    onIcmpError: (error: IcmpError, view: DataView, start: number, bytes: number) => {
      assert.ok(bytes >= PAYLOAD_BYTES);
      told.errors.push({ ...error, quoted: [view.getUint32(start)] });
    },
  };
  return {
    fd: socket.fd,
    send: (count) => {
      const sent = libc.sendmmsg(socket.fd, arena.headerPointers[0]!, count, MSG_DONTWAIT);
      assert.equal(sent, count);
    },
    read: () => {
      while (queue.read(socket.fd, handlers, () => undefined) > 0);
      return told;
    },
  };
}

test(
  'each datagram has a stamp, numbered from 0 in the order of sending',
  {
    skip: needsLinuxEngine(),
  },
  async (t) => {
    const peer = await UdpPeer.open(t);
    const { send, read } = open(t, '127.0.0.1', peer.port);
    const before = Math.floor(Date.now() / 1000);
    send(5);
    await until(() => read().stamps.length >= 5, 'five time stamps');
    const { stamps, errors } = read();
    assert.deepEqual(
      stamps.map(({ id }) => id),
      [0, 1, 2, 3, 4],
    );
    assert.ok(stamps.every(({ seconds }) => seconds >= before && seconds <= Date.now() / 1000));
    assert.deepEqual(errors, []);
  },
);

test(
  'stamps that are started again are numbered from 0',
  { skip: needsLinuxEngine() },
  async (t) => {
    const peer = await UdpPeer.open(t);
    const { send, read, fd } = open(t, '127.0.0.1', peer.port);
    send(3);
    assert.ok(startStamps(libc, fd));
    send(2);
    await until(() => read().stamps.length >= 5, 'five time stamps');
    assert.deepEqual(
      read().stamps.map(({ id }) => id),
      [0, 1, 2, 0, 1],
    );
  },
);

// RFC 792: type 3, code 3. RFC 4443: type 1, code 4.
for (const [address, icmpType, icmpCode, skip] of [
  ['127.0.0.1', 3, 3, needsLinuxEngine()],
  ['::1', 1, 4, firstSkip(needsLinuxEngine(), needsIPv6())],
] as const) {
  test(
    `a closed port on ${address} is told with who said so and what it quotes`,
    { skip },
    async (t) => {
      const port = await closedPort(t, address);
      const { send, read } = open(t, address, port);
      send(1);
      await until(() => read().errors.length >= 1, 'an ICMP error');
      assert.deepEqual(read().errors, [
        {
          systemCode: 'ECONNREFUSED',
          nextHopMtu: null,
          from: address,
          icmpType,
          icmpCode,
          quoted: [0],
        },
      ]);
    },
  );
}
