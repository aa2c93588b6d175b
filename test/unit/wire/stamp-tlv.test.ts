import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  encodeClassOfService,
  encodeTlvs,
  isTlvLength,
  tlvEnd,
  TLV_TYPE,
} from '../../../src/wire/stamp-tlv.ts';
import { holds } from '../../helpers/property.ts';
import { vector, viewOf } from '../../helpers/stamp.ts';
import { decodeClassOfService, decodeTlvs } from '../../helpers/stamp-codec.ts';

test('reads the TLVs of V6, V7 and V8', () => {
  const read = (name: string, at: number): unknown =>
    decodeTlvs(vector(name).subarray(at)).tlvs.map(({ flags, type, value }) => [
      flags,
      type,
      Buffer.from(value).toString('hex'),
    ]);
  assert.deepEqual(read('V6', 112), [
    [0x80, 4, 'b8000000'],
    [0x80, 8, '6c149f55553f597a4f9a9cc874aa6077'],
  ]);
  assert.deepEqual(read('V7', 112), [
    [0, 4, 'b8a40000'],
    [0, 8, 'c0a32ae978503b5fcbe53aaf13dbc430'],
  ]);
  assert.deepEqual(read('V8', 44), [
    [0x80, 1, '00000000'],
    [0x80, 8, 'eb08ec2ee4afcf248183395d8b699b08'],
  ]);
});

const anyTlvs = fc.array(
  fc.record(
    { type: fc.integer({ min: 0, max: 255 }), value: fc.uint8Array({ maxLength: 40 }) },
    { noNullPrototype: true },
  ),
  { maxLength: 8 },
);

test('reads back the TLVs it wrote, each with the U flag that a sender sets', () => {
  holds(
    fc.property(anyTlvs, (tlvs) => {
      assert.deepEqual(decodeTlvs(encodeTlvs(tlvs)), {
        tlvs: tlvs.map((tlv) => ({ flags: 0x80, ...tlv })),
        isWhole: true,
      });
    }),
  );
});

test('at every length that cuts a TLV, reads those before and says that the rest is none', () => {
  const values = ['', 'a5', 'b8000000'].map((hex, at) => ({
    type: at + 1,
    value: Buffer.from(hex, 'hex'),
  }));
  const bytes = encodeTlvs(values);
  // 4 octets, 5 octets, 8 octets.
  const ends = [0, 4, 9, 17];
  for (let length = 0; length <= bytes.length; length++) {
    const { tlvs, isWhole } = decodeTlvs(bytes.subarray(0, length));
    assert.equal(tlvs.length, ends.filter((end) => end > 0 && end <= length).length);
    assert.equal(isWhole, ends.includes(length), `${length} octets`);
  }
});

test('a length one beyond the end is no TLV', () => {
  const bytes = Buffer.from('8004000500000000', 'hex');
  assert.equal(tlvEnd(viewOf(bytes), 0, 8), undefined);
  bytes[3] = 4;
  assert.equal(tlvEnd(viewOf(bytes), 0, 8), 8);
});

for (const [type, lengths] of [
  [TLV_TYPE.extraPadding, [0, 1, 2, 3, 4, 5, 12, 16, 17]],
  [TLV_TYPE.timestampInformation, [4, 5, 12, 16, 17]],
  [TLV_TYPE.classOfService, [4]],
  [TLV_TYPE.directMeasurement, [12]],
  [TLV_TYPE.followUpTelemetry, [16]],
  [TLV_TYPE.hmac, [16]],
  [200, [0, 1, 2, 3, 4, 5, 12, 16, 17]],
] as const) {
  test(`a value of type ${type} has one of the lengths that it may have`, () => {
    const asked = [0, 1, 2, 3, 4, 5, 12, 16, 17];
    assert.deepEqual(
      asked.filter((length) => isTlvLength(type, length)),
      lengths,
    );
  });
}

test('Class of Service: the vectors, and every field back', () => {
  assert.equal(encodeClassOfService({ dscp1: 46, dscp2: 0, ecn: 0, rp: 0 }), 0xb800);
  assert.equal(encodeClassOfService({ dscp1: 46, dscp2: 10, ecn: 1, rp: 0 }), 0xb8a4);
  for (let word = 0; word <= 0xffff; word++) {
    assert.equal(encodeClassOfService(decodeClassOfService(word)), word);
  }
});

test('terminates within the bytes, whatever they are', () => {
  holds(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const { tlvs, isWhole } = decodeTlvs(bytes);
      const read = tlvs.reduce((sum, { value }) => sum + 4 + value.length, 0);
      assert.ok(read <= bytes.length);
      assert.equal(isWhole, read === bytes.length);
    }),
    5000,
  );
});
