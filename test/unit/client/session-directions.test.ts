// A session that asks a reflector, on a made-up clock: the replies are made by hand from its packets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeStampReply, decodeStampRequest } from '../../helpers/stamp-codec.ts';
import { encodeErrorEstimate } from '../../../src/wire/timestamp.ts';
import { fillUdpEchoPlus } from '../../../src/wire/udp-echo-plus.ts';
import { counts, MadeSession, viewOf } from '../../helpers/made-session.ts';
import { emptyRequest } from '../../helpers/stamp.ts';

const MS = 1e6;

/** Some time of day, at the session's start. */
const START = { seconds: 1_700_000_000, nanoseconds: 999_999_999 };

const STAMP = { protocol: 'stamp', payloadBytes: 44, intervalNs: 100 * MS } as const;
const PLUS = { protocol: 'udp-echo-plus', payloadBytes: 68, intervalNs: 100 * MS } as const;

function stampSession(plan: Partial<MadeSession['plan']> = {}): MadeSession {
  const made = new MadeSession({ ...STAMP, ...plan });
  made.session.setStart(START);
  return made;
}

/** The reply to a request, whose number there is `theirs`. Times are since the session's start. */
function reply(
  probe: Uint8Array,
  theirs: number,
  receivedNs: number,
  sentNs: number,
  { aheadSeconds = 0, ssid = undefined as number | undefined } = {},
): Uint8Array {
  const request = emptyRequest();
  assert.equal(
    decodeStampRequest(viewOf(probe), 0, probe.length, 'unauthenticated', request),
    'intact',
  );
  const bytes = Uint8Array.from(probe);
  encodeStampReply(viewOf(bytes), 0, 'unauthenticated', {
    sequence: theirs,
    senderSequence: request.sequence,
    ssid: ssid ?? request.ssid,
    receivedAt: wall(receivedNs, aheadSeconds),
    sentAt: wall(sentNs, aheadSeconds),
    senderSentAt: request.sentAt,
    senderErrorEstimate: request.errorEstimate,
    senderTtl: 9,
    errorEstimate: encodeErrorEstimate({ isSynchronised: true, format: 'ntp', errorSeconds: 1 }),
  });
  return bytes;
}

function wall(ns: number, aheadSeconds: number): { seconds: number; nanoseconds: number } {
  const nanoseconds = START.nanoseconds + ns;
  const carry = Math.floor(nanoseconds / 1e9);
  const seconds = START.seconds + aheadSeconds + carry;
  return { seconds, nanoseconds: nanoseconds - carry * 1e9 };
}

test('a STAMP request has its number from 1, its time of day, and one SSID for its port', () => {
  const made = stampSession({ streams: 2, intervalNs: 10 * MS });
  const requests = made.sendAll(4).map((probe) => {
    const request = emptyRequest();
    decodeStampRequest(viewOf(probe), 0, probe.length, 'unauthenticated', request);
    return { ...request, sentAt: { ...request.sentAt } };
  });
  assert.deepEqual(
    requests.map(({ sequence }) => sequence),
    [1, 1, 2, 2],
  );
  assert.deepEqual(
    requests.map(({ sentAt }) => sentAt),
    [0, 10, 20, 30].map((ms) => wall(ms * MS, 0)),
  );
  const [first, second, third, fourth] = requests.map(({ ssid }) => ssid);
  assert.deepEqual([third, fourth, second], [first, second, first! + 1]);
  assert.notEqual(first, 0);
});

test('times of each direction, by hand', () => {
  // There 30 and 20 ms, kept for 5, back 7 and 9; the other clock is an hour and 2 ms ahead.
  const made = stampSession();
  const [first, second] = made.sendAll(2);
  const ahead = { aheadSeconds: 3600 };
  made.receive(reply(first!, 0, 32 * MS, 37 * MS, ahead), 42 * MS);
  assert.deepEqual(made.records.at(-1), {
    type: 'reply',
    sequence: 0,
    stream: 0,
    atNs: 42 * MS,
    isReordered: false,
    sentNs: 0,
    sendErrorNs: 0,
    rttNs: 37 * MS,
    residenceNs: 5 * MS,
    forwardDelayNs: 3600e9 + 32 * MS,
    backwardDelayNs: -3600e9 + 5 * MS,
  });
  made.receive(reply(second!, 1, 122 * MS, 127 * MS, ahead), 134 * MS);
  const { forward, backward, reflector, rttNs } = made.end();
  assert.deepEqual([rttNs.min, rttNs.max], [29 * MS, 37 * MS]);
  assert.deepEqual(
    [forward!.delayNs!.min, forward!.delayNs!.max],
    [3600e9 + 22 * MS, 3600e9 + 32 * MS],
  );
  assert.deepEqual([forward!.ipdvNs.min, backward!.ipdvNs.min], [-10 * MS, 2 * MS]);
  assert.deepEqual([forward!.pdvNs.max, backward!.pdvNs.max], [10 * MS, 2 * MS]);
  assert.deepEqual([reflector!.residenceNs.min, reflector!.residenceNs.max], [5 * MS, 5 * MS]);
  // It is ahead by 3600.002 s: by 3599.995 at least, as nothing comes back before it left.
  const { offsetLeastNs, offsetMostNs, isSynchronised, errorNs } = reflector!.clock!;
  assert.deepEqual([offsetLeastNs, offsetMostNs], [3600e9 - 5 * MS, 3600e9 + 22 * MS]);
  // RFC 4656: 128 · 2^(25 − 32) is a second exactly.
  assert.deepEqual([isSynchronised, errorNs], [true, 1e9]);
});

test('an error estimate that no number holds exactly is null, and no other reply mends it', () => {
  const made = stampSession();
  const [first, second] = made.sendAll(2);
  const absurd = reply(first!, 0, 32 * MS, 37 * MS);
  // Scale 63: 255 · 2^31 s.
  viewOf(absurd).setUint16(12, 0xbfff);
  made.receive(absurd, 42 * MS);
  made.receive(reply(second!, 1, 122 * MS, 127 * MS), 134 * MS);
  assert.equal(made.end().reflector!.clock!.errorNs, null);
});

test('a stay of the whole delay leaves a round trip of nothing, and a longer one is not believed', () => {
  // A nanosecond more is within what a time on the wire is rounded by; two are not.
  for (const [stayedNs, told] of [
    [5 * MS, { rttNs: 0, residenceNs: 5 * MS }],
    [5 * MS + 1, { rttNs: 0, residenceNs: 5 * MS + 1 }],
    [5 * MS + 2, { rttNs: 5 * MS, residenceNs: undefined }],
  ] as const) {
    const made = stampSession();
    const [first] = made.sendAll(1);
    made.receive(reply(first!, 0, 7 * MS, 7 * MS + stayedNs), 5 * MS);
    const record = made.records.at(-1);
    assert.ok(record?.type === 'reply');
    assert.deepEqual({ rttNs: record.rttNs, residenceNs: record.residenceNs }, told);
  }
});

test('a probe of which nothing came has no neighbour, in either direction', () => {
  const made = stampSession();
  const [first, , third, fourth] = made.sendAll(4);
  for (const [probe, theirs, atNs] of [
    [first, 0, 0],
    [third, 1, 200 * MS],
    [fourth, 2, 300 * MS],
  ] as const) {
    made.receive(
      reply(probe!, theirs, atNs + MS, atNs + 2 * MS),
      Math.max(made.nowNs, atNs + 400 * MS),
    );
  }
  const { forward } = made.end();
  // Of three delays one pair is of neighbours.
  assert.deepEqual(
    [forward!.ipdvNs.min, forward!.ipdvNs.max, forward!.ipdvNs.stddev],
    [0, 0, null],
  );
  assert.equal(forward!.lost, 1);
});

for (const [what, change] of [
  ['another time of sending', (bytes: Uint8Array): void => void (bytes[28]! ^= 1)],
  [
    'the number of another probe',
    (bytes: Uint8Array): void => {
      viewOf(bytes).setUint32(24, 2);
    },
  ],
  [
    'no Error Estimate',
    (bytes: Uint8Array): void => {
      viewOf(bytes).setUint16(12, 0);
    },
  ],
] as const) {
  test(`a reply with ${what} is an altered one`, () => {
    const made = stampSession();
    const [first] = made.sendAll(2);
    const bytes = reply(first!, 0, MS, 2 * MS);
    change(bytes);
    made.receive(bytes, 110 * MS);
    const { datagrams, forward, reflector } = made.end();
    assert.deepEqual(datagrams, counts({ sent: 2, lost: 2, corrupted: 1, lossRatio: 1 }));
    assert.deepEqual([forward!.lost, reflector!.numbering], [null, null]);
  });
}

test('a reply of another session, or to a probe that was never sent, is a stray', () => {
  const made = stampSession();
  const [first] = made.sendAll(1);
  made.receive(reply(first!, 0, MS, 2 * MS, { ssid: 0xffff }), 3 * MS);
  const future = reply(first!, 0, MS, 2 * MS);
  viewOf(future).setUint32(24, 77);
  made.receive(future, 4 * MS);
  // One that knows RFC 8762 alone.
  made.receive(reply(first!, 0, MS, 2 * MS, { ssid: 0 }), 5 * MS);
  assert.deepEqual(made.end().datagrams, counts({ sent: 1, received: 1, stray: 2 }));
});

test('every cut of a reply, and of nothing, is counted and answers nothing', () => {
  const made = stampSession();
  const [first] = made.sendAll(1);
  const whole = reply(first!, 0, MS, 2 * MS);
  for (let bytes = 0; bytes < 41; bytes++) made.receive(whole.slice(0, bytes), 3 * MS);
  // TWAMP-Light's ends there.
  made.receive(whole.slice(0, 41), 4 * MS);
  assert.deepEqual(made.end().datagrams, counts({ sent: 1, received: 1, corrupted: 41 }));
});

test('our own packet that comes back is no reply', () => {
  for (const plan of [STAMP, PLUS]) {
    const made = new MadeSession(plan);
    made.session.setStart(START);
    const [first] = made.sendAll(1);
    made.receive(first!, MS);
    assert.deepEqual(made.fates, ['unaltered']);
    const { datagrams, reflector } = made.end();
    assert.deepEqual(datagrams, counts({ sent: 1, lost: 1, lossRatio: 1 }));
    assert.equal(reflector!.unaltered, 1);
  }
});

test('a late reply is late, was lost neither way, and has no part in delays', () => {
  const made = stampSession();
  const [first, second] = made.sendAll(2);
  made.receive(reply(second!, 1, 101 * MS, 102 * MS), 103 * MS);
  made.sweep(1001 * MS);
  made.receive(reply(first!, 0, MS, 2 * MS), 1100 * MS);
  assert.deepEqual(made.fates, ['reply 1', 'timeout 0', 'late 0']);
  const { datagrams, forward, backward } = made.end();
  assert.deepEqual(datagrams, counts({ sent: 2, received: 1, late: 1, lossRatio: 0.5 }));
  assert.deepEqual([forward!.lost, backward!.lost, backward!.reordered], [0, 0, 1]);
  assert.equal(forward!.delayNs!.max, MS);
});

const REFUSED = { systemCode: 'ECONNREFUSED', from: '192.0.2.7', icmpType: 3, icmpCode: 3 };

test('an ICMP error names the STAMP probe that it quotes', () => {
  const made = stampSession({ streams: 2 });
  const probes = made.sendAll(4);
  const receive = (index: number, bytes: number, port: number): void => {
    made.receiveIcmp(REFUSED, MS, probes[index]!.subarray(0, bytes), { port });
  };
  receive(2, 44, 0);
  receive(3, 16, 1);
  // Eight octets are all that RFC 792 demands; and another port's is not this one's.
  receive(2, 8, 0);
  receive(3, 44, 0);
  assert.deepEqual(made.fates, [
    'icmp-error 2',
    'icmp-error 3',
    'icmp-error null',
    'icmp-error null',
  ]);
});

test("UDPEchoPlus' clock wraps between two replies, and within one", () => {
  const made = new MadeSession(PLUS);
  const [first, second] = made.sendAll(2);
  const filled = (
    probe: Uint8Array,
    testRespSn: number,
    recv: number,
    sent: number,
  ): Uint8Array => {
    const bytes = Uint8Array.from(probe);
    const times = { recvTimestampUs: recv, replyTimestampUs: sent };
    fillUdpEchoPlus(viewOf(bytes), 0, { testRespSn, ...times, replyFailureCount: 0 });
    return bytes;
  };
  // TR-143: received at 0xfffffff0 and answered at 0x10 is 32 µs. The next is 100.004 ms later.
  made.receive(filled(first!, 9, 0xffff_fff0, 0x10), 110 * MS);
  made.receive(filled(second!, 10, 100_004 - 16, 100_004 - 16), 111 * MS);
  const { forward, reflector } = made.end();
  assert.deepEqual([reflector!.residenceNs.min, reflector!.residenceNs.max], [0, 32_000]);
  assert.deepEqual([forward!.ipdvNs.max, forward!.delayNs, reflector!.clock], [4000, null, null]);
});
