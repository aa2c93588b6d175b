// The table of STAMP sessions: whose a packet is, when one begins anew, and which goes if there is no room.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SessionKey } from '../../../../src/server/reflectors/session-entries.ts';
import {
  KEPT_SILENT_SECONDS,
  KEPT_TRIALS,
  SOURCE_SHARE,
} from '../../../../src/server/reflectors/session-order.ts';
import {
  MAX_SESSIONS,
  SESSION_IDLE_SECONDS,
  StampSessions,
} from '../../../../src/server/reflectors/stamp-sessions.ts';
import { holds } from '../../../helpers/property.ts';
import {
  agreesWithModel,
  ask,
  keyOf,
  PACKETS,
  REFUSED,
  stampOf,
} from '../../../helpers/session-attacks.ts';

function tableOf(sessions?: number): StampSessions {
  return new StampSessions(StampSessions.createMemory(sessions));
}

/** The address of a source of its own. */
function forged(index: number): string {
  return `100.${index >>> 16}.${(index >>> 8) & 0xff}.${index & 0xff}`;
}

test('a session is a source address, a port, an SSID and a socket of ours', () => {
  const sessions = tableOf();
  const keys = [
    keyOf('192.0.2.7'),
    keyOf('192.0.2.7', 50_000, 1),
    keyOf('192.0.2.7', 50_001),
    keyOf('192.0.2.8'),
    keyOf('2001:db8::7'),
    keyOf('192.0.2.7', 50_000, 0, 1),
  ];
  assert.deepEqual(
    [...keys, ...keys].map((key) => ask(sessions, key)),
    [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1],
  );
});

test('a session ends after its time without a packet, and begins anew at 0', () => {
  const sessions = tableOf();
  const idle = SESSION_IDLE_SECONDS;
  const numbers = [1, 2, 2 + idle, 3 + 2 * idle].map((at) => ask(sessions, keyOf('192.0.2.7'), at));
  assert.deepEqual(numbers, [0, 1, 2, 0]);
});

test('another thread goes on with the same numbers, and in the same order, in the same memory', () => {
  const memory = StampSessions.createMemory(2);
  const inThread = (address: string, nowSeconds: number): number =>
    ask(new StampSessions(memory), keyOf(address), nowSeconds);
  const asked = [
    ['192.0.2.1', 1],
    ['192.0.2.1', 2],
    ['192.0.2.2', 2],
    // There is no room: of the two the second one has had one packet, and goes.
    ['192.0.2.3', 3],
    ['192.0.2.1', 4],
    ['192.0.2.2', 4],
  ] as const;
  assert.deepEqual(
    asked.map(([address, nowSeconds]) => inThread(address, nowSeconds)),
    [0, 1, 0, 0, 2, 0],
  );
});

test(`there is room for ${MAX_SESSIONS} sessions, of one source or of as many, and not for one more`, () => {
  for (const addressOf of [() => '192.0.2.7', forged]) {
    const sessions = tableOf();
    const keys = Array.from({ length: MAX_SESSIONS }, (_, index) =>
      keyOf(addressOf(index), index & 0xffff),
    );
    for (const number of [0, 1, 2]) {
      assert.ok(keys.every((key) => ask(sessions, key, number) === number));
    }
    assert.equal(ask(sessions, keyOf('198.51.100.1')), addressOf === forged ? REFUSED : 0);
  }
});

for (const [what, packets, expected] of [
  ['a sender that began again at 0', [stampOf(0, 10), stampOf(1, 11), stampOf(0, 12)], [0, 1, 0]],
  ['a sender that began again at 1', [stampOf(1, 10), stampOf(2, 11), stampOf(1, 12)], [0, 1, 0]],
  [
    'a sender that began again, whose first packet was overtaken by its second',
    [stampOf(5, 10), stampOf(1, 12), stampOf(0, 11), stampOf(2, 13)],
    [0, 0, 1, 2],
  ],
  ['a sender that began again a moment later', [stampOf(0, 10, 5), stampOf(0, 10, 6)], [0, 0]],
  [
    'a late packet 0',
    [stampOf(1, 11), stampOf(2, 12), stampOf(0, 10), stampOf(3, 13)],
    [0, 1, 2, 3],
  ],
  ['a doubled packet 0', [stampOf(0, 10), stampOf(0, 10), stampOf(1, 11)], [0, 1, 2]],
  [
    'a doubled packet 0 that comes last',
    [stampOf(0, 10), stampOf(1, 11), stampOf(0, 10)],
    [0, 1, 2],
  ],
  [
    'the number after the largest there is',
    [stampOf(0xffff_fffe, 10), stampOf(0xffff_ffff, 11), stampOf(0, 12), stampOf(1, 13)],
    [0, 1, 2, 3],
  ],
  [
    'a number in the middle, later: a sender whose clock was set back in between',
    [stampOf(7, 100), stampOf(8, 10), stampOf(7, 100)],
    [0, 1, 2],
  ],
  // NTP seconds pass 2^32 in 2036 (RFC 5905 figure 4).
  ['a sender that began again after 2036', [stampOf(0, 0xffff_ffff), stampOf(0, 5)], [0, 0]],
  ['times that are none', [stampOf(0), stampOf(1), stampOf(0)], [0, 1, 2]],
] as const) {
  test(`${what} gets the numbers ${expected.join(', ')}`, () => {
    const sessions = tableOf();
    const key = keyOf('192.0.2.7');
    const numbers = packets.map((stamp) => ask(sessions, key, 1, stamp));
    assert.deepEqual(numbers, expected);
  });
}

test('a session that began anew or gave way knows nothing of replies from before', () => {
  const sessions = tableOf(1);
  const sent = { sequence: 0, high: 7, low: 8 };
  const place = sessions.find(keyOf('192.0.2.1'), stampOf(0, 10), 1);
  const first = sessions.epochOf(place);
  sessions.noteSent(place, first, sent);
  assert.deepEqual(sessions.before(place, first), sent);
  assert.equal(sessions.find(keyOf('192.0.2.1'), stampOf(0, 11), 1), place);
  const anew = sessions.epochOf(place);
  sessions.noteSent(place, first, sent);
  assert.equal(sessions.before(place, anew), undefined);
  sessions.noteSent(place, anew, sent);
  assert.equal(sessions.before(place, first), undefined);
  assert.equal(sessions.find(keyOf('192.0.2.2'), stampOf(0), 2 + SESSION_IDLE_SECONDS), place);
  assert.equal(sessions.before(place, sessions.epochOf(place)), undefined);
});

test('no sequence of packets makes it differ from a model that looks at every session each time', () => {
  holds(fc.property(PACKETS, agreesWithModel), 25);
});

/** Sends what strangers may: from one address or from as many as there are, once or more often. */
class Strangers {
  readonly #sessions: StampSessions;
  #next = 0;

  constructor(sessions: StampSessions) {
    this.#sessions = sessions;
  }

  /** Each opens a session of its own, whose packets follow one another at once. */
  open(count: number, packets: number, isForged: boolean, nowSeconds: number): void {
    for (let each = 0; each < count; each++, this.#next++) {
      const address = isForged ? forged(this.#next) : '203.0.113.66';
      const key = keyOf(address, this.#next & 0xffff, this.#next >>> 16);
      for (let packet = 0; packet < packets; packet++) ask(this.#sessions, key, nowSeconds);
    }
  }
}

for (const [what, packets, isForged] of [
  ['one address, one packet a session', 1, false],
  ['one address, two packets a session', 2, false],
  ['as many addresses, one packet each', 1, true],
  ['as many addresses, two packets each', 2, true],
] as const) {
  test(`a source's running sessions go on whatever strangers open: ${what}`, () => {
    const sessions = tableOf();
    const strangers = new Strangers(sessions);
    const own = Array.from({ length: SOURCE_SHARE }, (_, index) =>
      keyOf('192.0.2.7', 1024 + index),
    );
    const askAll = (at: number): number[] => own.map((key) => ask(sessions, key, at));
    askAll(0);
    askAll(0);
    // As many as there is room for, and half as many again, while the honest one is silent.
    const pauseSeconds = KEPT_SILENT_SECONDS;
    for (let round = 1; round <= 2; round++) {
      strangers.open(MAX_SESSIONS * 1.5, packets, isForged, round * pauseSeconds - 1);
      const numbers = askAll(round * pauseSeconds);
      assert.deepEqual(
        numbers,
        own.map(() => round + 1),
      );
    }
  });
}

for (const packets of [1, 2]) {
  test(`a new session gets its place from the one address that took all, with ${packets} packets a session`, () => {
    const sessions = tableOf();
    const strangers = new Strangers(sessions);
    strangers.open(MAX_SESSIONS * 1.5, packets, false, 1);
    for (let honest = 0; honest < 5; honest++) {
      const key = keyOf(`192.0.2.${honest}`);
      assert.equal(ask(sessions, key, 2), 0);
      strangers.open(MAX_SESSIONS, packets, false, 3);
      assert.equal(ask(sessions, key, 4), 1);
    }
  });
}

test('a new session has time for a second packet beside forged ones, where one address took all', () => {
  const sessions = tableOf();
  const strangers = new Strangers(sessions);
  strangers.open(MAX_SESSIONS, 2, false, 1);
  const key = keyOf('192.0.2.7');
  assert.equal(ask(sessions, key, 2), 0);
  strangers.open(MAX_SESSIONS * KEPT_TRIALS - 1, 1, true, 3);
  assert.equal(ask(sessions, key, 4), 1);
});

test('two sources with many sessions each do not take them from each other', () => {
  const sessions = tableOf(4 * SOURCE_SHARE);
  const keysOf = (address: string): SessionKey[] =>
    Array.from({ length: 2 * SOURCE_SHARE + 1 }, (_, index) => keyOf(address, 1024 + index));
  const all = [...keysOf('192.0.2.1'), ...keysOf('192.0.2.2')];
  // The first takes one more than half, and the second what is left.
  for (const key of all) for (let packet = 0; packet < 2; packet++) ask(sessions, key);
  assert.deepEqual(all.filter((key) => ask(sessions, key) === REFUSED).length, 2);
});

test('where all sessions run, new ones get the place of one that was silent for a minute', () => {
  const sessions = tableOf(2);
  for (const address of ['192.0.2.1', '192.0.2.2']) {
    for (let packet = 0; packet < 2; packet++) ask(sessions, keyOf(address), 1);
  }
  ask(sessions, keyOf('192.0.2.1'), 40);
  assert.equal(ask(sessions, keyOf('192.0.2.3'), 1 + KEPT_SILENT_SECONDS), REFUSED);
  assert.equal(ask(sessions, keyOf('192.0.2.3'), 2 + KEPT_SILENT_SECONDS), 0);
  assert.equal(ask(sessions, keyOf('192.0.2.1'), 3 + KEPT_SILENT_SECONDS), 3);
});
