import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeUdpEchoPlus,
  encodeUdpEchoPlus,
  fillUdpEchoPlus,
  type UdpEchoPlusHeader,
} from '../../../src/wire/udp-echo-plus.ts';
import { holds } from '../../helpers/property.ts';
import { repositoryText } from '../../helpers/repository.ts';
import { viewOf } from '../../helpers/stamp.ts';

interface Vector {
  readonly name: string;
  readonly header: UdpEchoPlusHeader;
  readonly hex: string;
}

const { vectors } = JSON.parse(repositoryText('test/vectors/udp-echo-plus.json')) as {
  vectors: readonly Vector[];
};

function noHeader(): UdpEchoPlusHeader {
  return {
    testGenSn: -1,
    testRespSn: -1,
    recvTimestampUs: -1,
    replyTimestampUs: -1,
    replyFailureCount: -1,
    testIteration: -1,
  };
}

for (const { name, header, hex } of vectors) {
  test(`writes and reads the vector: ${name}`, () => {
    const packet = Buffer.concat([Buffer.alloc(24, 0xff), Buffer.from('ab')]);
    encodeUdpEchoPlus(viewOf(packet), 0, header);
    assert.equal(packet.toString('hex'), hex);
    const read = noHeader();
    assert.ok(decodeUdpEchoPlus(viewOf(packet), 0, packet.length, read));
    assert.deepEqual(read, header);
  });
}

test('a request filled in is the reply; the client’s own fields and data stay as they are', () => {
  const [request, reply] = vectors;
  const packet = Buffer.from(request!.hex, 'hex');
  fillUdpEchoPlus(viewOf(packet), 0, reply!.header);
  assert.equal(packet.toString('hex'), reply!.hex);
});

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const anyHeader = fc.record(
  {
    testGenSn: uint32,
    testRespSn: uint32,
    recvTimestampUs: uint32,
    replyTimestampUs: uint32,
    replyFailureCount: uint32,
    testIteration: uint32,
  },
  { noNullPrototype: true },
);

test('reads back what it wrote, at any place, and touches nothing beside', () => {
  holds(
    fc.property(fc.integer({ min: 0, max: 9 }), anyHeader, (at, header) => {
      const buffer = new Uint8Array(at + 27).fill(0xff);
      encodeUdpEchoPlus(viewOf(buffer), at, header);
      const read = noHeader();
      assert.ok(decodeUdpEchoPlus(viewOf(buffer), at, 27, read));
      assert.deepEqual(read, header);
      assert.ok(buffer.subarray(0, at).every((octet) => octet === 0xff));
      assert.ok(buffer.subarray(at + 24).every((octet) => octet === 0xff));
    }),
  );
});

test('numbers beyond 32 bits wrap', () => {
  const packet = new Uint8Array(24);
  encodeUdpEchoPlus(viewOf(packet), 0, { ...noHeader(), replyTimestampUs: 2 ** 32 + 16 });
  const read = noHeader();
  decodeUdpEchoPlus(viewOf(packet), 0, 24, read);
  assert.equal(read.replyTimestampUs, 16);
});

test('is too short below 20 octets, and has no iteration number below 24', () => {
  const packet = Buffer.from(vectors[1]!.hex, 'hex');
  for (let length = 0; length <= 24; length++) {
    const read = noHeader();
    const isOne = decodeUdpEchoPlus(viewOf(packet.subarray(0, length)), 0, length, read);
    assert.equal(isOne, length >= 20, `${length} octets`);
    if (isOne) assert.equal(read.testIteration, length < 24 ? 0 : 1);
  }
});
