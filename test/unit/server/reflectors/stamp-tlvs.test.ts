// What a reflector does with each TLV (RFC 8972 section 4), by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeTlvs } from '../../../../src/wire/stamp-tlv.ts';
import { MadeReflector, type Came, type MadeStamp } from '../../../helpers/made-reflector.ts';
import { keyOctets, vector } from '../../../helpers/stamp.ts';
import { StampKey } from '../../../../src/wire/stamp-hmac.ts';

const K1 = keyOctets('K1');

/** What comes back behind the packet for these octets behind V1. */
function reflected(hex: string, made: MadeStamp = {}, came: Came = {}): string {
  const request = Buffer.concat([vector('V1'), Buffer.from(hex, 'hex')]);
  return new MadeReflector(made).reflect(request, came).reply.subarray(44).toString('hex');
}

const STATEFUL = { isStateful: true };

for (const [what, request, reply, made] of [
  ['padding, understood', '80010002a5a5', '00010002a5a5', {}],
  ['padding of nothing', '80010000', '00010000', {}],
  ['an unknown type', '80c80001ff', '80c80001ff', {}],
  ['an unknown type without its flag', '00c80001ff', '80c80001ff', {}],
  ['a return path, refused as unknown', '800a000800020004c0000201', '800a000800020004c0000201', {}],
  ['a destination address, refused as unknown', '80090004c0000201', '80090004c0000201', {}],
  ['a length beyond the end', '80010003a5a5', '40010003a5a5', {}],
  ['a header cut to three octets', '800100', '400100', {}],
  ['one octet, which has no type', '80', 'c0', {}],
  ['a length beyond the end, of an unknown type', '80c80003a5a5', 'c0c80003a5a5', {}],
  ['a length that its type has not', '800400020000', '400400020000', {}],
  ['what comes after a malformed one, copied', '80040001ff80010000', '40040001ff80010000', {}],
  // Synchronised by NTP, stamped by software, both ways: the made clock is synchronized.
  ['timestamp information', '8003000400000000', '0003000401020102', {}],
  // DSCP 46 was asked for; DSCP 8 and ECN 2 came.
  ['class of service', '80040004b8000000', '00040004b8880000', { dscp: [0, 46] }],
  ['class of service that may not be asked for', '80040004b8000000', '00040004b8890000', {}],
  [
    'class of service beside what may be',
    '80040004b8000000',
    '00040004b8890000',
    { dscp: [45, 47] },
  ],
  ['class of service that came', '8004000420000000', '0004000420880000', {}],
  [
    'class of service where nobody sees it',
    '80040004b8000000',
    '80040004b8000000',
    { seesTos: false },
  ],
  [
    'direct measurement of a session',
    '8005000c000000070000000000000000',
    '0005000c000000070000000100000001',
    STATEFUL,
  ],
  [
    'direct measurement without one',
    '8005000c000000070000000000000000',
    '8005000c000000070000000000000000',
    {},
  ],
  [
    'follow-up telemetry without a session',
    `80070010${'ff'.repeat(16)}`,
    `00070010${'00'.repeat(16)}`,
    {},
  ],
  [
    'follow-up telemetry of a first reply',
    `80070010${'ff'.repeat(16)}`,
    `00070010${'00'.repeat(16)}`,
    STATEFUL,
  ],
  ['an HMAC without a key', `80080010${'ab'.repeat(16)}`, `80080010${'ab'.repeat(16)}`, {}],
  ['reserved flags, cleared', '8f010000', '00010000', {}],
] as const) {
  test(`answers ${what}: ${request} with ${reply}`, () => {
    // DSCP 8, ECN 2: 8 · 4 + 2.
    assert.equal(reflected(request, made, { tos: 34 }), reply);
  });
}

test('tells in follow-up telemetry the number and T3 of the reply before', () => {
  const reflector = new MadeReflector(STATEFUL);
  const request = Buffer.concat([vector('V1'), Buffer.from(`80070010${'00'.repeat(16)}`, 'hex')]);
  reflector.reflect(request);
  reflector.reflect(request);
  const { reply } = reflector.reflect(request);
  // The second reply, number 1, left at T3 of the vectors; stamped by software.
  assert.equal(reply.subarray(44).toString('hex'), '0007001000000001e8fe6f802607d15602000000');
});

test('tells of the reply before in follow-up telemetry where both came in one batch', () => {
  const reflector = new MadeReflector({ ...STATEFUL, key: K1 });
  const request = authenticated(`80070010${'00'.repeat(16)}`);
  const [one, two] = [50_001, 50_002].map((port) => [port, request] as const);
  const replies = reflector.reflectBatch([one!, two!, one!, one!]);
  reflector.departure = { seconds: 1_700_000_001, nanoseconds: 0 };
  replies.push(...reflector.reflectBatch([two!, one!, two!]));
  // T3 of the vectors, and the second after 1,700,000,000, 0xe8fe6f80 by NTP; stamped by software.
  const [none, first, second] = ['00'.repeat(12), 'e8fe6f802607d15602', 'e8fe6f810000000002'];
  assert.deepEqual(
    replies.map((reply) => [reply.readUInt32BE(0), reply.subarray(116, 129).toString('hex')]),
    [
      [0, `00${none}`],
      [0, `00${none}`],
      [1, `00000000${first}`],
      [2, `00000001${first}`],
      [1, `00000000${first}`],
      [3, `00000002${first}`],
      [2, `00000001${second}`],
    ],
  );
  for (const reply of replies) assert.ok(new StampKey(K1).verifiesTlvs(reply, 0, 112, 132));
});

/** V3 with TLVs behind it, and an HMAC TLV of a key behind those. */
function authenticated(tlvs: string, key = K1, after = ''): Buffer {
  const hmacTlv = encodeTlvs([{ type: 8, value: new Uint8Array(16) }]);
  const octets = [vector('V3'), Buffer.from(tlvs, 'hex'), hmacTlv, Buffer.from(after, 'hex')];
  const packet = Buffer.concat(octets);
  new StampKey(key).signTlvs(packet, 0, 112, 112 + tlvs.length / 2);
  return packet;
}

/** The flags of each TLV that comes back, where they start at these octets behind the packet. */
function flagsAt(request: Buffer, ...starts: readonly number[]): number[] {
  const { reply } = new MadeReflector({ key: K1 }).reflect(request);
  return starts.map((start) => reply[112 + start]!);
}

for (const [what, request, starts, flags] of [
  ['an HMAC TLV that fits', authenticated('80010002a5a5'), [0, 6], [0, 0]],
  [
    'one that fits, with padding behind it',
    authenticated('80040004b8000000', K1, '80010001a5'),
    [0, 8, 28],
    [0, 0, 0],
  ],
  ['one of another key', authenticated('80010002a5a5', keyOctets('K2')), [0, 6], [0x20, 0x20]],
  [
    'one that is not the last but for padding',
    authenticated('80010000', K1, '8003000400000000'),
    [0, 4, 24],
    [0x20, 0x20, 0x20],
  ],
  ['two of them', authenticated('', K1, `80080010${'00'.repeat(16)}`), [0, 20], [0x20, 0x20]],
  [
    'none, and padding alone',
    Buffer.concat([vector('V3'), Buffer.from('80010001a5', 'hex')]),
    [0],
    [0],
  ],
  [
    'none, and something else',
    Buffer.concat([vector('V3'), Buffer.from('8003000400000000', 'hex')]),
    [0],
    [0x20],
  ],
  [
    'none, and an unknown type',
    Buffer.concat([vector('V3'), Buffer.from('80c80000', 'hex')]),
    [0],
    [0xa0],
  ],
  [
    // A class of service of five octets, an unknown type, timestamp information.
    'one of zeros behind a malformed one',
    Buffer.concat([
      vector('V3'),
      Buffer.from(`80040005b80000000080c80000800300040000000080080010${'00'.repeat(16)}`, 'hex'),
    ]),
    [0, 9, 13, 21],
    [0x60, 0xa0, 0x20, 0x20],
  ],
  [
    'one that fits, behind a malformed one and another',
    authenticated('80040005b80000000080c80000'),
    [0, 9, 13],
    [0x40, 0x80, 0],
  ],
  ['one that is cut', authenticated('80010000').subarray(0, 112 + 23), [0, 4], [0x20, 0x60]],
] as const) {
  test(`with a key, ${what}: flags ${flags.map((flag) => flag.toString(16)).join(' ')}`, () => {
    assert.deepEqual(flagsAt(request, ...starts), flags);
  });
}

test('every bit of TLVs changed on the way is noticed', () => {
  const request = authenticated('8003000400000000');
  // From the first TLV to the end of the HMAC; of its own header only what makes it one.
  for (let bit = 112 * 8; bit < request.length * 8; bit++) {
    const octet = bit >>> 3;
    const isHmacFlags = octet === 120;
    if (isHmacFlags) continue;
    const damaged = Buffer.from(request);
    damaged[octet]! ^= 0x80 >>> (bit & 7);
    const { reply } = new MadeReflector({ key: K1 }).reflect(damaged);
    assert.ok((reply[112]! & 0x20) !== 0, `bit ${bit & 7} of octet ${octet}`);
  }
});

test('the HMAC TLV of a reply is over its own number and TLVs', () => {
  const reflector = new MadeReflector({ key: K1, isStateful: true });
  reflector.reflect(vector('V3'));
  const { reply } = reflector.reflect(authenticated('8003000400000000'));
  assert.equal(reply.readUInt32BE(0), 1);
  assert.ok(new StampKey(K1).verifiesPacket(reply, 0));
  assert.ok(new StampKey(K1).verifiesTlvs(reply, 0, 112, 120));
});
