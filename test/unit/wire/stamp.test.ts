import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StampKey } from '../../../src/wire/stamp-hmac.ts';
import { encodeTlvs } from '../../../src/wire/stamp-tlv.ts';
import {
  decodeStampReply,
  encodeStampRequest,
  STAMP_LAYOUT,
  turnStampAround,
  type StampMode,
} from '../../../src/wire/stamp.ts';
import { decodeStampRequest, encodeStampReply } from '../../helpers/stamp-codec.ts';
import { holds } from '../../helpers/property.ts';
import {
  emptyReply,
  emptyRequest,
  keyOctets,
  STAMP_VECTORS,
  vector,
  viewOf,
} from '../../helpers/stamp.ts';

const MODES = ['unauthenticated', 'authenticated'] as const;

for (const { name, what, mode, key, fields, tlvs, hex } of STAMP_VECTORS.requests) {
  test(`writes and reads ${name}: ${what}`, () => {
    const base = STAMP_LAYOUT[mode].bytes;
    const packet = Buffer.alloc(hex.length / 2, 0xff);
    encodeStampRequest(viewOf(packet), 0, mode, fields);
    const values = (tlvs ?? []).map(({ type, value }) => ({
      type,
      value: value === undefined ? new Uint8Array(16) : Buffer.from(value, 'hex'),
    }));
    packet.set(encodeTlvs(values), base);
    if (key !== undefined) {
      const signer = new StampKey(keyOctets(key));
      if (mode === 'authenticated') signer.signPacket(packet, 0);
      if (tlvs !== undefined) signer.signTlvs(packet, 0, base, packet.length - 20);
    }
    assert.equal(packet.toString('hex'), hex);
    const read = emptyRequest();
    assert.equal(decodeStampRequest(viewOf(packet), 0, packet.length, mode, read), 'intact');
    assert.deepEqual(read, fields);
  });
}

for (const { name, what, mode, key, fields, hex } of STAMP_VECTORS.replies) {
  test(`writes and reads ${name}: ${what}`, () => {
    const packet = Buffer.from(hex, 'hex');
    const base = STAMP_LAYOUT[mode].bytes;
    const made = Buffer.alloc(base, 0xff);
    encodeStampReply(viewOf(made), 0, mode, fields);
    if (mode === 'authenticated') new StampKey(keyOctets(key!)).signPacket(made, 0);
    assert.equal(made.toString('hex'), hex.slice(0, base * 2));
    const read = emptyReply();
    assert.equal(decodeStampReply(viewOf(packet), 0, packet.length, mode, read), 'intact');
    assert.deepEqual(read, fields);
  });
}

for (const [request, reply] of [
  ['V1', 'V2'],
  ['V3', 'V4'],
  ['V6', 'V7'],
] as const) {
  test(`turns ${request} around into ${reply}, but for what the reflector adds at the end`, () => {
    const packet = Buffer.concat([Buffer.alloc(3, 0xee), vector(request)]);
    const { mode, fields } = STAMP_VECTORS.replies.find(({ name }) => name === reply)!;
    const layout = STAMP_LAYOUT[mode];
    const { receivedAt, errorEstimate, senderTtl } = fields;
    turnStampAround(viewOf(packet), 3, layout.bytes, layout, receivedAt, errorEstimate, senderTtl);
    const expected = vector(reply);
    // Sequence number, T3 and HMAC are the reflector's to add.
    const end = mode === 'authenticated' ? 96 : 44;
    expected.fill(0, layout.timestamp, layout.timestamp + 8);
    packet.writeUInt32BE(fields.sequence, 3);
    assert.equal(
      packet.subarray(3, 3 + end).toString('hex'),
      expected.subarray(0, end).toString('hex'),
    );
    assert.equal(packet.subarray(0, 3).toString('hex'), 'eeeeee');
  });
}

const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const time = fc.record(
  {
    seconds: fc.integer({ min: 0, max: 4_000_000_000 }),
    nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
  },
  { noNullPrototype: true },
);
const errorEstimate = uint16.filter((word) => (word & 0xff) !== 0);
const requestFields = { sequence: uint32, sentAt: time, errorEstimate, ssid: uint16 };
const anyRequest = fc.record(requestFields, { noNullPrototype: true });
const anyReply = fc.record(
  {
    ...requestFields,
    receivedAt: time,
    senderSequence: uint32,
    senderSentAt: time,
    senderErrorEstimate: uint16,
    senderTtl: fc.integer({ min: 0, max: 255 }),
  },
  { noNullPrototype: true },
);
const mode = fc.constantFrom<StampMode>(...MODES);
const offset = fc.integer({ min: 0, max: 9 });

/** Where octets must be zero (RFC 8762 sections 4.2 and 4.3): from, up to. */
const ZERO_IN_REQUEST = {
  unauthenticated: [[16, 44]],
  authenticated: [
    [4, 16],
    [28, 112],
  ],
} as const;
const ZERO_IN_REPLY = {
  unauthenticated: [
    [38, 40],
    [41, 44],
  ],
  authenticated: [
    [4, 16],
    [28, 32],
    [40, 48],
    [52, 64],
    [74, 80],
    [81, 112],
  ],
} as const;

function zeroOutside(packet: Uint8Array, ranges: readonly (readonly [number, number])[]): void {
  for (const [from, to] of ranges) {
    assert.deepEqual(packet.subarray(from, to), new Uint8Array(to - from), `octets ${from}–${to}`);
  }
}

test('reads back the request it wrote, at any place of a buffer that held something else', () => {
  holds(
    fc.property(mode, offset, anyRequest, (kind, at, fields) => {
      const { bytes } = STAMP_LAYOUT[kind];
      const buffer = new Uint8Array(at + bytes + 3).fill(0xff);
      encodeStampRequest(viewOf(buffer), at, kind, fields);
      const read = emptyRequest();
      assert.equal(decodeStampRequest(viewOf(buffer), at, bytes, kind, read), 'intact');
      assert.deepEqual(read, fields);
      zeroOutside(buffer.subarray(at), ZERO_IN_REQUEST[kind]);
      assert.ok(buffer.subarray(0, at).every((octet) => octet === 0xff));
      assert.ok(buffer.subarray(at + bytes).every((octet) => octet === 0xff));
    }),
  );
});

test('reads back the reply it wrote, at any place of a buffer that held something else', () => {
  holds(
    fc.property(mode, offset, anyReply, (kind, at, fields) => {
      const { bytes } = STAMP_LAYOUT[kind];
      const buffer = new Uint8Array(at + bytes + 3).fill(0xff);
      encodeStampReply(viewOf(buffer), at, kind, fields);
      const read = emptyReply();
      assert.equal(decodeStampReply(viewOf(buffer), at, bytes, kind, read), 'intact');
      assert.deepEqual(read, fields);
      zeroOutside(buffer.subarray(at), ZERO_IN_REPLY[kind]);
      assert.ok(buffer.subarray(0, at).every((octet) => octet === 0xff));
      assert.ok(buffer.subarray(at + bytes).every((octet) => octet === 0xff));
    }),
  );
});

test('a request turned around reads as a reply with the fields of both', () => {
  const ttl = fc.integer({ min: 0, max: 255 });
  holds(
    fc.property(mode, anyRequest, time, errorEstimate, ttl, (kind, fields, at, estimate, hops) => {
      const layout = STAMP_LAYOUT[kind];
      const view = new DataView(new ArrayBuffer(layout.bytes));
      encodeStampRequest(view, 0, kind, fields);
      turnStampAround(view, 0, layout.bytes, layout, at, estimate, hops);
      const read = emptyReply();
      decodeStampReply(view, 0, layout.bytes, kind, read);
      assert.equal(read.sequence, fields.sequence);
      assert.equal(read.senderSequence, fields.sequence);
      assert.equal(read.ssid, fields.ssid);
      assert.deepEqual(read.senderSentAt, fields.sentAt);
      assert.equal(read.senderErrorEstimate, fields.errorEstimate);
      assert.deepEqual(read.receivedAt, at);
      assert.equal(read.errorEstimate, estimate);
      assert.equal(read.senderTtl, hops);
    }),
  );
});

for (const kind of MODES) {
  const { requestMinBytes, replyMinBytes, bytes } = STAMP_LAYOUT[kind];

  test(`an ${kind} packet is short at every length below its fields, and none above`, () => {
    const request = vector(kind === 'authenticated' ? 'V3' : 'V1');
    const reply = vector(kind === 'authenticated' ? 'V4' : 'V2');
    for (let length = 0; length <= bytes; length++) {
      // A view of that length, so that reading past the end would throw.
      const ofRequest = viewOf(request.subarray(0, length));
      const ofReply = viewOf(reply.subarray(0, length));
      const asRequest = decodeStampRequest(ofRequest, 0, length, kind, emptyRequest());
      const asReply = decodeStampReply(ofReply, 0, length, kind, emptyReply());
      assert.equal(asRequest, length < requestMinBytes ? 'short' : 'intact', `${length} octets`);
      assert.equal(asReply, length < replyMinBytes ? 'short' : 'intact', `${length} octets`);
    }
  });
}

test('reads the shortest packets of TWAMP-Light, whose session identifier is padding or absent', () => {
  const request = emptyRequest();
  const short = vector('V5').subarray(0, 14);
  assert.equal(decodeStampRequest(viewOf(short), 0, 14, 'unauthenticated', request), 'intact');
  assert.deepEqual([request.sequence, request.ssid, request.errorEstimate], [1, 0, 0x8f84]);
  const reply = emptyReply();
  const cut = vector('V2').subarray(0, 41);
  assert.equal(decodeStampReply(viewOf(cut), 0, 41, 'unauthenticated', reply), 'intact');
  assert.deepEqual([reply.sequence, reply.senderTtl], [7, 64]);
});

test('ignores what is in octets that ought to be zero', () => {
  for (const { mode: kind, fields, hex } of STAMP_VECTORS.replies) {
    const packet = Buffer.from(hex, 'hex');
    for (const [from, to] of ZERO_IN_REPLY[kind]) packet.fill(0xff, from, to);
    const read = emptyReply();
    assert.equal(decodeStampReply(viewOf(packet), 0, packet.length, kind, read), 'intact');
    assert.deepEqual(read, fields);
  }
});

test('takes multiplier 0, and nanoseconds of a second or more, for corrupted', () => {
  const request = vector('V1');
  request[13] = 0;
  assert.equal(
    decodeStampRequest(viewOf(request), 0, 44, 'unauthenticated', emptyRequest()),
    'corrupted',
  );
  const reply = vector('V2');
  reply[13] = 0;
  assert.equal(
    decodeStampReply(viewOf(reply), 0, 44, 'unauthenticated', emptyReply()),
    'corrupted',
  );
  const offsets = { sentAt: 4, receivedAt: 16 } as const;
  for (const at of Object.values(offsets)) {
    const ptp = vector('V2');
    ptp.writeUInt16BE(0x4001, 12);
    for (const start of [4, 16]) ptp.writeUInt32BE(0, start + 4);
    assert.equal(decodeStampReply(viewOf(ptp), 0, 44, 'unauthenticated', emptyReply()), 'intact');
    ptp.writeUInt32BE(1_000_000_000, at + 4);
    assert.equal(
      decodeStampReply(viewOf(ptp), 0, 44, 'unauthenticated', emptyReply()),
      'corrupted',
    );
  }
});

test('throws for no bytes', () => {
  holds(
    fc.property(mode, fc.uint8Array({ maxLength: 200 }), (kind, bytes) => {
      const view = viewOf(bytes);
      decodeStampRequest(view, 0, bytes.length, kind, emptyRequest());
      decodeStampReply(view, 0, bytes.length, kind, emptyReply());
    }),
    5000,
  );
});
