// Strangers at the table of STAMP sessions, and beside it the model.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SenderStamp, SessionKey } from '../../src/server/reflectors/session-entries.ts';
import { SOURCE_SHARE } from '../../src/server/reflectors/session-order.ts';
import { StampSessions } from '../../src/server/reflectors/stamp-sessions.ts';
import { writeAddressWords } from '../../src/socket/ip-address.ts';
import { ModelSessions } from './model-sessions.ts';

export const REFUSED = -1;

export function keyOf(address: string, port = 50_000, ssid = 0, socket = 0): SessionKey {
  const words = new Uint32Array(4);
  writeAddressWords(address, words, 0);
  return { words, at: 0, port, ssid, socket };
}

export function stampOf(sequence: number, seconds = 0, fraction = 0): SenderStamp {
  return { sequence, seconds, fraction };
}

/** The number of the reply to a packet; −1 if it is refused. */
export function ask(
  sessions: StampSessions,
  key: SessionKey,
  nowSeconds = 1,
  stamp = stampOf(0, 0, 0),
): number {
  const session = sessions.find(key, stamp, nowSeconds);
  return session === REFUSED ? REFUSED : sessions.nextSequence(session);
}

/** Packets of an adversary: how many sessions of which source, how many packets each, and how much later. */
interface Burst {
  readonly source: number;
  readonly firstPort: number;
  readonly sessions: number;
  readonly packets: number;
  /** Each session sends all its packets before the next one begins. */
  readonly isInTurn: boolean;
  readonly laterSeconds: number;
}

export const PACKETS: fc.Arbitrary<readonly Burst[]> = fc.array(
  fc.record({
    source: fc.oneof(fc.nat(1), fc.nat(6)),
    firstPort: fc.nat(150),
    sessions: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 150 })),
    packets: fc.integer({ min: 1, max: 2 }),
    isInTurn: fc.boolean(),
    laterSeconds: fc.constantFrom(0, 0, 0, 0, 1, 1, 20, 60, 61, 900, 901),
  }),
  { minLength: 1, maxLength: 40, size: 'max' },
);

/** Two hosts of one IPv6 /56 are one source; the others are one each. */
const SOURCES = [
  ...['192.0.2.1', '192.0.2.2', '192.0.2.3', '198.51.100.1'],
  ...['2001:db8:0:1::1', '2001:db8:0:2::1', '2001:db8:1::1'],
];

/** Sends the packets to a table and to the model, and compares the numbers of the replies. */
export function agreesWithModel(sequence: readonly Burst[]): void {
  const capacity = 3 * SOURCE_SHARE;
  const memory = StampSessions.createMemory(capacity);
  const sessions = new StampSessions(memory);
  const model = new ModelSessions(capacity);
  let nowSeconds = 1;
  for (const burst of sequence) {
    nowSeconds += burst.laterSeconds;
    for (const key of keysOf(burst)) {
      assert.equal(ask(sessions, key, nowSeconds), model.ask(key, nowSeconds));
    }
  }
  // Whatever happened, another thread finds the same.
  const another = new StampSessions(memory);
  for (const { key } of [...model.sessions]) {
    assert.equal(ask(another, key, nowSeconds), model.ask(key, nowSeconds));
  }
}

/** Whose each packet of a burst is. */
function keysOf({ source, firstPort, sessions, packets, isInTurn }: Burst): SessionKey[] {
  return Array.from({ length: sessions * packets }, (_, each) => {
    const session = isInTurn ? Math.floor(each / packets) : each % sessions;
    return keyOf(SOURCES[source]!, firstPort + session);
  });
}
