// Whose place a new client of a relay takes, over real sockets to a server that answers nothing.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Allowance } from '../../../src/relay/allowance.ts';
import { Source } from '../../../src/relay/source.ts';
import { keyOf, SourceTable } from '../../../src/relay/source-table.ts';
import { Target } from '../../../src/relay/target.ts';
import type { SocketAddress } from '../../../src/socket/ip-address.ts';
import { SOCKET_CELLS } from '../../../src/socket/counters.ts';
import { PortableSocket } from '../../../src/socket/portable/portable-socket.ts';
import { UdpPeer } from '../../helpers/udp.ts';

const LOCAL: SocketAddress = { address: '127.0.0.1', port: 7001 };

/** A table, and what puts clients into it. */
class Room {
  readonly table: SourceTable;
  readonly #t: TestContext;
  readonly #front: PortableSocket;
  readonly #target: Target;

  static async open(t: TestContext, limit: number): Promise<Room> {
    const cells = new Float64Array(SOCKET_CELLS);
    const options = { address: '127.0.0.1', port: 0, receiveBufferBytes: 65_536, cells };
    const front = await PortableSocket.open(options);
    t.after(() => front.close());
    const { port } = await UdpPeer.open(t);
    return new Room(t, limit, front, new Target([{ address: '127.0.0.1', ipVersion: 4 }], port));
  }

  private constructor(t: TestContext, limit: number, front: PortableSocket, target: Target) {
    this.table = new SourceTable(limit);
    this.#t = t;
    this.#front = front;
    this.#target = target;
  }

  add(client: SocketAddress, nowMs: number, hasAnswered = false): Source {
    const allowance = new Allowance(true);
    if (hasAnswered) {
      allowance.receive(1);
      allowance.take(1);
      allowance.receive(1);
    }
    const listener = {
      onReply: () => undefined,
      onIcmp: () => undefined,
      onBroken: () => undefined,
    };
    const cells = new Float64Array(SOCKET_CELLS);
    const route = { client, front: this.#front, target: this.#target, allowance, cells };
    const source = new Source(route, false, listener);
    this.#t.after(() => source.close());
    this.table.add(keyOf(client, LOCAL), source, nowMs);
    return source;
  }
}

function at(address: string, port = 5000): SocketAddress {
  return { address, port };
}

test('there is a place until the limit', async (t) => {
  const room = await Room.open(t, 2);
  room.add(at('192.0.2.1'), 0);
  assert.equal(room.table.placeFor(at('192.0.2.2'), 1), null);
  room.add(at('192.0.2.2'), 1);
  assert.equal(room.table.placeFor(at('192.0.2.3'), 2), undefined);
});

test('the longest silent gives way, once it has been so for ten seconds', async (t) => {
  const room = await Room.open(t, 2);
  const first = room.add(at('192.0.2.1'), 0);
  const second = room.add(at('192.0.2.2'), 1);
  assert.equal(room.table.placeFor(at('192.0.2.3'), 9999), undefined);
  assert.equal(room.table.placeFor(at('192.0.2.3'), 10_000), first);
  room.table.hear(keyOf(first.client, LOCAL), 10_000);
  assert.equal(room.table.placeFor(at('192.0.2.3'), 10_001), second);
});

test('a stranger who takes all places makes room for others, and takes none of theirs', async (t) => {
  const room = await Room.open(t, 5);
  const friend = room.add(at('192.0.2.1'), 0);
  const taken = [1, 2, 3, 4].map((port) => room.add(at('198.51.100.9', port), port));
  // One more of his, although the friend has been silent for longer.
  assert.equal(room.table.placeFor(at('198.51.100.9', 5), 100), undefined);
  assert.equal(room.table.placeFor(at('198.51.100.9', 5), 20_000), taken[0]);
  // Another one gets a place of his, although all are active; so many that he has no fewer.
  assert.equal(room.table.placeFor(at('192.0.2.2'), 100), taken[0]);
  room.table.remove(keyOf(taken[0]!.client, LOCAL), taken[0]!);
  room.add(at('192.0.2.2'), 100);
  assert.equal(room.table.placeFor(at('192.0.2.2', 1), 101), taken[1]);
  room.table.remove(keyOf(taken[1]!.client, LOCAL), taken[1]!);
  room.add(at('192.0.2.2', 1), 101);
  assert.equal(room.table.placeFor(at('192.0.2.2', 2), 102), undefined);
  assert.equal(room.table.hear(keyOf(friend.client, LOCAL), 103), friend);
});

test('the addresses of one IPv6 /56 are one', async (t) => {
  const room = await Room.open(t, 3);
  room.add(at('2001:db8:0:1::1'), 0);
  const first = room.add(at('2001:db8:0:100::1'), 1);
  room.add(at('2001:db8:0:1ff::2'), 2);
  // 2001:db8:0:100::/56 has two places, the /56 before it one.
  assert.equal(room.table.placeFor(at('192.0.2.1'), 3), first);
});

test('of equals, one that has answered a reply stays', async (t) => {
  const room = await Room.open(t, 2);
  room.add(at('192.0.2.1'), 0, true);
  const stranger = room.add(at('192.0.2.2'), 1);
  assert.equal(room.table.placeFor(at('192.0.2.3'), 20_000), stranger);
});

test('those that were silent for so long are found, the longest first', async (t) => {
  const room = await Room.open(t, 5);
  const sources = [0, 1, 2].map((nowMs) => room.add(at('192.0.2.1', nowMs + 1), nowMs));
  room.table.hear(keyOf(sources[0]!.client, LOCAL), 3);
  assert.deepEqual(room.table.silentSince(2), [sources[1], sources[2]]);
  assert.deepEqual([...room.table], [sources[1], sources[2], sources[0]]);
});
