// What every engine's socket must do. Each engine's test file runs this suite against it.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { describe, test, type TestContext } from 'node:test';
import { getSystemErrorName } from 'node:util';
import {
  RECEIVE_BUFFER_BYTES,
  type BindOptions,
  type DatagramSocket,
} from '../../src/socket/datagram-socket.ts';
import { readSocketCounters, SOCKET_CELLS } from '../../src/socket/counters.ts';
import { ANSWER } from '../../src/socket/datagram-batch.ts';
import { formatAddressWords } from '../../src/socket/ip-address.ts';
import { deadline, until } from '../helpers/deadline.ts';
import type { ServedSocket } from '../helpers/served-socket.ts';
import { firstSkip, needsIPv6, type Skip } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';

/** An engine under test. */
export interface EngineUnderTest {
  readonly name: string;
  /** Why this machine can't run it, or false. */
  readonly skip: Skip;
  readonly open: (options: BindOptions) => Promise<ServedSocket>;
}

/** A datagram as the socket reported it, copied out of its batch. */
interface Seen {
  readonly payload: Buffer;
  readonly address: string;
  readonly port: number;
  readonly words: string;
}

/** A verdict other than `ANSWER`. */
const REFUSED = 1;

const FAMILIES = [
  { family: 'IPv4', address: '127.0.0.1', limitBytes: 65_507, skip: () => false as Skip },
  { family: 'IPv6', address: '::1', limitBytes: 65_527, skip: needsIPv6 },
] as const;

/** Registers the contract's tests for one engine. */
export function socketContract(engine: EngineUnderTest): void {
  describe(`the ${engine.name} socket`, () => {
    for (const { family, address, limitBytes, skip } of FAMILIES) {
      const options = { skip: firstSkip(engine.skip, skip()) };

      test(`reports payload and source of a datagram over ${family}`, options, async (t) => {
        const { socket, seen } = await openEcho(t, engine, address);
        const peer = await UdpPeer.open(t, address);
        await peer.send('hello', socket.local.port, address);
        await until(() => seen.length === 1, 'the datagram');
        assert.equal(seen[0]?.payload.toString(), 'hello');
        assert.deepEqual([seen[0].address, seen[0].port], [address, peer.port]);
        assert.equal(seen[0].words, address);
      });

      test(`sends every size back byte for byte over ${family}`, options, async (t) => {
        const { socket } = await openEcho(t, engine, address);
        const peer = await UdpPeer.open(t, address);
        for (const payloadBytes of [0, 1, 2, 63, 64, 65, 1472, 2048, 2049, 9000, limitBytes]) {
          const payload = Buffer.from(
            Array.from({ length: payloadBytes }, (_, at) => (at * 31 + payloadBytes) & 255),
          );
          await peer.send(payload, socket.local.port, address);
          const reply = await peer.next(`the echo of ${payloadBytes} bytes`);
          assert.equal(Buffer.compare(reply.payload, payload), 0, `${payloadBytes} bytes`);
          assert.deepEqual([reply.address, reply.port], [address, socket.local.port]);
        }
      });
    }

    const options = { skip: engine.skip };

    test('keeps the order of a burst and counts its datagrams and bytes', options, async (t) => {
      const { socket, cells } = await openEcho(t, engine);
      const peer = await UdpPeer.open(t);
      const burst = Array.from({ length: 200 }, (_, index) => `datagram ${index}`);
      for (const payload of burst) await peer.send(payload, socket.local.port);
      for (const payload of burst) {
        assert.equal((await peer.next(payload)).payload.toString(), payload);
      }
      const bytes = burst.join('').length;
      await until(() => readSocketCounters(cells).sentDatagrams === 200, '200 sent to be counted');
      const counters = readSocketCounters(cells);
      assert.deepEqual([counters.receivedDatagrams, counters.receivedBytes], [200, bytes]);
      assert.equal(counters.sentBytes, bytes);
      assert.equal(counters.receiveErrors, 0);
    });

    test('sends nothing for a datagram whose verdict is not ANSWER', options, async (t) => {
      const isWanted = (payload: Buffer): boolean => payload.length === 2;
      const { socket, seen } = await openEcho(t, engine, '127.0.0.1', isWanted);
      const peer = await UdpPeer.open(t);
      for (const payload of ['1', '22', '3', '22', '3']) {
        await peer.send(payload, socket.local.port);
      }
      await until(() => seen.length === 5, 'all five');
      assert.equal((await peer.next()).payload.toString(), '22');
      assert.equal((await peer.next()).payload.toString(), '22');
      assert.equal(peer.unread, 0);
    });

    test('sends a reply that was shortened in place', options, async (t) => {
      const { socket } = await openEcho(t, engine, '127.0.0.1', () => true, 3);
      const peer = await UdpPeer.open(t);
      await peer.send('abcdef', socket.local.port);
      assert.equal((await peer.next()).payload.toString(), 'abc');
    });

    test('serves on after a peer that is gone (ICMP port unreachable)', options, async (t) => {
      const { socket } = await openEcho(t, engine);
      const peer = await UdpPeer.open(t);
      for (let clients = 0; clients < 20; clients++) {
        const gone = createSocket('udp4');
        await new Promise((resolve) => {
          gone.send('farewell', socket.local.port, '127.0.0.1', resolve);
        });
        gone.close();
      }
      await peer.send('still there?', socket.local.port);
      assert.equal((await peer.next()).payload.toString(), 'still there?');
    });

    test('fails to bind a port in use with an error of Node’s shape', options, async (t) => {
      const { socket } = await openEcho(t, engine);
      const { port } = socket.local;
      const error = await failureOf(engine.open(bindOptions('127.0.0.1', port)));
      assert.equal(getSystemErrorName(error.errno ?? 0), 'EADDRINUSE');
      const { code, syscall, address } = error;
      assert.deepEqual(
        { code, syscall, address },
        { code: 'EADDRINUSE', syscall: 'bind', address: '127.0.0.1' },
      );
      assert.equal(error.port, port);
    });

    test('fails to bind an address that is not this host’s', options, async () => {
      // 192.0.2.0/24 is TEST-NET-1 (RFC 5737): no host has an address there.
      await assert.rejects(engine.open(bindOptions('192.0.2.1', 0)), {
        code: 'EADDRNOTAVAIL',
        syscall: 'bind',
        address: '192.0.2.1',
      });
    });

    test('reads back the receive buffer that the kernel granted', options, async (t) => {
      const askedBytes = 100_000;
      const { socket, close } = await engine.open({
        ...bindOptions('127.0.0.1', 0),
        receiveBufferBytes: askedBytes,
      });
      t.after(close);
      assert.deepEqual(socket.receiveBuffer, { askedBytes, grantedBytes: askedBytes });
    });

    test('says so when the kernel grants less than was asked', options, async (t) => {
      const askedBytes = 2 ** 30;
      const { socket, close } = await engine.open({
        ...bindOptions('127.0.0.1', 0),
        receiveBufferBytes: askedBytes,
      });
      t.after(close);
      const { grantedBytes } = socket.receiveBuffer;
      assert.ok(
        grantedBytes !== null && grantedBytes < askedBytes,
        `granted ${grantedBytes} of ${askedBytes}`,
      );
    });

    test('asks for a send buffer of 4 MiB, and reads back what was granted', options, async (t) => {
      const { socket } = await openEcho(t, engine);
      const { askedBytes, grantedBytes } = socket.sendBuffer;
      assert.equal(askedBytes, 4_194_304);
      // 2,304 is Linux's least (SOCK_MIN_SNDBUF), halved as it reports twice what it took.
      const isGranted = grantedBytes !== null && grantedBytes >= 2304 && grantedBytes <= askedBytes;
      assert.ok(isGranted, `granted ${grantedBytes}`);
    });

    test('closes while datagrams come, and closing again is no error', options, async (t) => {
      const { socket, seen, close } = await openEcho(t, engine);
      const peer = await UdpPeer.open(t);
      for (let sent = 0; sent < 50; sent++) await peer.send('x', socket.local.port);
      await until(() => seen.length > 0, 'a datagram');
      await deadline(close(), () => 'the socket to close');
      await deadline(close(), () => 'the second close');
      const seenAtClose = seen.length;
      await peer.send('too late', socket.local.port);
      await peer.send('too late', socket.local.port);
      assert.equal(seen.length, seenAtClose);
    });
  });
}

interface BindFailure extends NodeJS.ErrnoException {
  readonly address?: string;
  readonly port?: number;
}

async function failureOf(promise: Promise<unknown>): Promise<BindFailure> {
  const failure = await promise.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof Error);
  return failure;
}

function bindOptions(address: string, port: number): BindOptions {
  return {
    address,
    port,
    receiveBufferBytes: RECEIVE_BUFFER_BYTES,
    cells: new Float64Array(SOCKET_CELLS),
  };
}

interface OpenEcho {
  readonly socket: DatagramSocket;
  readonly seen: Seen[];
  readonly cells: Float64Array;
  readonly close: () => Promise<void>;
}

/** Opens a socket that answers what `isWanted` accepts, cut to `longestBytes`. */
async function openEcho(
  t: TestContext,
  engine: EngineUnderTest,
  address = '127.0.0.1',
  isWanted: (payload: Buffer) => boolean = () => true,
  longestBytes = Infinity,
): Promise<OpenEcho> {
  const options = bindOptions(address, 0);
  const { socket, start, close } = await engine.open(options);
  t.after(close);
  const seen: Seen[] = [];
  const batch = socket.createBatch();
  start(() => {
    while (socket.receive(batch) > 0) {
      for (let index = 0; index < batch.count; index++) {
        const at = batch.offsetOf(index);
        const payload = Buffer.from(batch.bytesOf(index).slice(at, at + batch.lengths[index]!));
        const words = formatAddressWords(batch.sourceWords, index * 4);
        seen.push({ payload, words, ...batch.peerOf(index) });
        batch.verdicts[index] = isWanted(payload) ? ANSWER : REFUSED;
        batch.lengths[index] = Math.min(payload.length, longestBytes);
      }
      socket.send(batch);
    }
  });
  return { socket, seen, cells: options.cells, close };
}
