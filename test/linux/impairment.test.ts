// The bad network in a box: what the server says that it did is what a client sees, exactly.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { serve, type ImpairmentPlan, type ServerCounters } from '../../src/index.ts';
import { until } from '../helpers/deadline.ts';
import { nonZero } from '../helpers/json-server.ts';
import { needsLinuxEngine } from '../helpers/linux.ts';
import { UdpPeer } from '../helpers/udp.ts';

const skip = needsLinuxEngine();

const SENT = 2000;

/** Datagrams at once: fewer than any receive buffer holds. */
const BURST = 50;

const COPIES = 16;

/** A number in 16 copies: one flipped bit neither hides nor changes it. */
function payloadOf(number: number): Buffer {
  return Buffer.from(Uint32Array.from({ length: COPIES }, () => number).buffer);
}

/** The number that most copies hold. */
function numberOf(payload: Buffer): number {
  const [first = 0, second = 0, third = 0] = [0, 4, 8].map((at) => payload.readUInt32LE(at));
  return first === second || first === third ? first : second;
}

/** Bits in which two payloads of the same length differ. */
function flippedBits(payload: Buffer, original: Buffer): number {
  let bits = 0;
  for (const [at, octet] of original.entries()) {
    for (let rest = octet ^ payload[at]!; rest > 0; rest &= rest - 1) bits++;
  }
  return bits;
}

/** What a client saw of each datagram that it sent, by number. */
interface Seen {
  readonly lost: readonly number[];
  readonly duplicated: readonly number[];
  readonly corrupted: readonly number[];
}

function seenIn(payloads: readonly Buffer[]): Seen {
  const copies = Array.from({ length: SENT }, () => 0);
  const corrupted = new Set<number>();
  for (const payload of payloads) {
    const number = numberOf(payload);
    const flipped = flippedBits(payload, payloadOf(number));
    assert.ok(flipped <= 1, `${flipped} bits of number ${number} differ`);
    copies[number] = copies[number]! + 1;
    if (flipped === 1) corrupted.add(number);
  }
  assert.ok(Math.max(...copies) <= 2);
  const numbers = copies.map((_, number) => number);
  return {
    lost: numbers.filter((number) => copies[number] === 0),
    duplicated: numbers.filter((number) => copies[number] === 2),
    corrupted: numbers.filter((number) => corrupted.has(number)),
  };
}

/** Sends `SENT` numbered datagrams to a server with that plan, and waits for all that come back. */
async function run(
  t: TestContext,
  engine: 'linux' | 'portable',
  impair: ImpairmentPlan,
): Promise<{ seen: Seen; counters: ServerCounters }> {
  await using server = await serve({ host: '127.0.0.1', port: 0, engine, impair });
  const peer = await UdpPeer.open(t);
  peer.socket.setRecvBufferSize(4 * 1024 * 1024);
  for (let number = 0; number < SENT; number++) {
    await peer.send(payloadOf(number), server.port);
    if (number % BURST !== BURST - 1) continue;
    await until(() => server.counters.receivedDatagrams === number + 1, 'the burst to be taken');
  }
  const replies = (): number => {
    const { lost, duplicated } = server.counters.impaired;
    return SENT - lost + duplicated;
  };
  await until(() => server.counters.sentDatagrams === replies(), 'all replies to leave');
  const payloads: Buffer[] = [];
  for (let left = replies(); left > 0; left--) payloads.push((await peer.next('a reply')).payload);
  assert.equal(peer.unread, 0);
  return { seen: seenIn(payloads), counters: server.counters };
}

const PLAN = { lossRatio: 0.1, duplicateRatio: 0.05, corruptRatio: 0.02, seed: 42 };

for (const engine of ['linux', 'portable'] as const) {
  for (const [what, plan] of [
    ['loss, duplicates and corruption', PLAN],
    ['the same, delayed and reordered', { ...PLAN, delayMs: 5, jitterMs: 5, reorderRatio: 0.1 }],
  ] as const) {
    test(`the ${engine} engine counts ${what} as a client sees them`, { skip }, async (t) => {
      const { seen, counters } = await run(t, engine, plan);
      const { lost, duplicated, corrupted, overflowed } = counters.impaired;
      const { length: seenLost } = seen.lost;
      assert.deepEqual(
        { lost, duplicated, corrupted, overflowed },
        {
          lost: seenLost,
          duplicated: seen.duplicated.length,
          corrupted: seen.corrupted.length,
          overflowed: 0,
        },
      );
      assert.ok(Math.min(lost, duplicated, corrupted) > 0);
      assert.deepEqual(nonZero(counters.sendFailed), {});
    });
  }
}

test('the same seed gives each datagram the same fate, on both engines', { skip }, async (t) => {
  const { seen } = await run(t, 'linux', PLAN);
  assert.deepEqual((await run(t, 'linux', PLAN)).seen, seen);
  assert.deepEqual((await run(t, 'portable', PLAN)).seen, seen);
  assert.notDeepEqual((await run(t, 'linux', { ...PLAN, seed: 43 })).seen, seen);
});
