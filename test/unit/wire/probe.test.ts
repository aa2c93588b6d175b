import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PROBE_MIN_BYTES, ProbeCodec, type ProbeFields } from '../../../src/wire/probe.ts';
import { holds } from '../../helpers/property.ts';
import { repositoryText } from '../../helpers/repository.ts';

interface Vector {
  readonly name: string;
  readonly nonce: readonly [number, number];
  readonly payloadBytes: number;
  readonly fields: ProbeFields;
  readonly hex: string;
}

const { vectors } = JSON.parse(repositoryText('test/vectors/probe.json')) as {
  vectors: readonly Vector[];
};

const NONCE = [0x0123_4567, 0x89ab_cdef] as const;

function noFields(): ProbeFields {
  return { stream: -1, sequence: -1, intendedAtNs: -1, sentAtNs: -1 };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function encoded(codec: ProbeCodec, fields: Partial<ProbeFields> = {}): Uint8Array {
  const bytes = new Uint8Array(codec.payloadBytes);
  codec.encode(viewOf(bytes), { ...noFields(), stream: 0, sequence: 9, ...someTimes, ...fields });
  return bytes;
}

const someTimes = { intendedAtNs: 1_000_000_000, sentAtNs: 1_000_012_345 };

for (const { name, nonce, payloadBytes, fields, hex } of vectors) {
  test(`writes and reads the vector: ${name}`, () => {
    const codec = new ProbeCodec(nonce, payloadBytes);
    assert.equal(Buffer.from(encoded(codec, fields)).toString('hex'), hex);
    const read = noFields();
    assert.equal(codec.decode(viewOf(Buffer.from(hex, 'hex')), read), 'intact');
    assert.deepEqual(read, fields);
  });
}

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const uint53 = fc.maxSafeNat();
const anyFields = fc.record(
  {
    stream: fc.integer({ min: 0, max: 65_535 }),
    sequence: uint53,
    intendedAtNs: uint53,
    sentAtNs: uint53,
  },
  { noNullPrototype: true },
);

test('reads back what it wrote, at any place of a buffer that held something else', () => {
  const size = fc.integer({ min: PROBE_MIN_BYTES, max: 300 });
  const offset = fc.integer({ min: 0, max: 9 });
  holds(
    fc.property(fc.tuple(word, word), size, offset, anyFields, (nonce, bytes, at, fields) => {
      const codec = new ProbeCodec(nonce, bytes);
      const view = new DataView(new Uint8Array(at + bytes).fill(0xff).buffer, at);
      codec.encode(view, fields);
      const read = noFields();
      assert.equal(codec.decode(view, read), 'intact');
      assert.deepEqual(read, fields);
    }),
  );
});

for (const payloadBytes of [64, 1472]) {
  test(`takes a probe of ${payloadBytes} bytes for altered whichever of its bits changed`, () => {
    const codec = new ProbeCodec(NONCE, payloadBytes);
    const bytes = encoded(codec);
    for (let bit = 0; bit < payloadBytes * 8; bit++) {
      const mask = 1 << (bit % 8);
      bytes[bit >> 3]! ^= mask;
      assert.equal(codec.decode(viewOf(bytes), noFields()), 'corrupted', `bit ${bit}`);
      bytes[bit >> 3]! ^= mask;
    }
    assert.equal(codec.decode(viewOf(bytes), noFields()), 'intact');
  });

  test(`takes a probe of ${payloadBytes} bytes for altered at every shorter length`, () => {
    const codec = new ProbeCodec(NONCE, payloadBytes);
    const bytes = encoded(codec);
    for (let length = 0; length < payloadBytes; length++) {
      const verdict = codec.decode(viewOf(bytes.subarray(0, length)), noFields());
      assert.equal(verdict, 'corrupted', `${length} bytes`);
    }
  });
}

test('takes a probe that grew on its way for altered', () => {
  const codec = new ProbeCodec(NONCE, 64);
  const grown = new Uint8Array(68);
  grown.set(encoded(codec));
  assert.equal(codec.decode(viewOf(grown), noFields()), 'corrupted');
});

test('takes the payload of one probe behind the header of another for altered', () => {
  const codec = new ProbeCodec(NONCE, 64);
  const mixed = encoded(codec, { sequence: 1 });
  mixed.set(encoded(codec, { sequence: 2 }).subarray(PROBE_MIN_BYTES), PROBE_MIN_BYTES);
  assert.equal(codec.decode(viewOf(mixed), noFields()), 'corrupted');
});

test("tells another session's probe from an altered one", () => {
  const codec = new ProbeCodec(NONCE, 64);
  for (const nonce of [
    [NONCE[0], NONCE[1] ^ 1],
    [NONCE[0] ^ 1, NONCE[1]],
  ] as const) {
    for (const payloadBytes of [PROBE_MIN_BYTES, 64, 100]) {
      const other = encoded(new ProbeCodec(nonce, payloadBytes));
      assert.equal(codec.decode(viewOf(other), noFields()), 'foreign');
    }
  }
});

test("takes its own session's probe of another size for altered", () => {
  const other = encoded(new ProbeCodec(NONCE, 68));
  assert.equal(new ProbeCodec(NONCE, 64).decode(viewOf(other), noFields()), 'corrupted');
});

test('never takes any bytes for a probe, and throws for none', () => {
  const codec = new ProbeCodec(NONCE, 64);
  const probe = encoded(codec);
  // Random bytes alone would never come past the magic number.
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .tuple(fc.integer({ min: 0, max: 63 }), fc.uint8Array({ minLength: 1, maxLength: 80 }))
      .map(([kept, rest]) => Uint8Array.from([...probe.subarray(0, kept), ...rest])),
  );
  holds(
    fc.property(bytes, (hostile) => {
      fc.pre(!Buffer.from(hostile).equals(probe));
      assert.notEqual(codec.decode(viewOf(hostile), noFields()), 'intact');
    }),
    5000,
  );
});
