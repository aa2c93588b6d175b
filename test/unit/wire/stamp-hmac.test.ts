import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { StampKey } from '../../../src/wire/stamp-hmac.ts';
import { keyOctets, vector } from '../../helpers/stamp.ts';

const K1 = new StampKey(keyOctets('K1'));

for (const name of ['V3', 'V4', 'V6', 'V7']) {
  test(`${name} is authentic under its key, and under no other`, () => {
    assert.ok(K1.verifiesPacket(vector(name), 0));
    assert.ok(!new StampKey(keyOctets('K2')).verifiesPacket(vector(name), 0));
  });

  test(`${name} is not authentic with any bit of it flipped`, () => {
    const packet = vector(name);
    for (let bit = 0; bit < 112 * 8; bit++) {
      packet[bit >> 3]! ^= 1 << (bit & 7);
      assert.ok(!K1.verifiesPacket(packet, 0), `bit ${bit}`);
      packet[bit >> 3]! ^= 1 << (bit & 7);
    }
    assert.ok(K1.verifiesPacket(packet, 0));
  });
}

for (const [name, tlvsAt, hmacAt] of [
  ['V6', 112, 120],
  ['V7', 112, 120],
  ['V8', 44, 52],
] as const) {
  test(`the TLVs of ${name} are authentic, and not with any of their bits flipped`, () => {
    const packet = vector(name);
    assert.ok(K1.verifiesTlvs(packet, 0, tlvsAt, hmacAt));
    assert.ok(!new StampKey(keyOctets('K2')).verifiesTlvs(packet, 0, tlvsAt, hmacAt));
    const covered = [
      0,
      1,
      2,
      3,
      ...Array.from({ length: hmacAt - tlvsAt }, (_, at) => tlvsAt + at),
    ];
    const value = Array.from({ length: 16 }, (_, at) => hmacAt + 4 + at);
    for (const octet of [...covered, ...value]) {
      for (let bit = 0; bit < 8; bit++) {
        packet[octet]! ^= 1 << bit;
        assert.ok(!K1.verifiesTlvs(packet, 0, tlvsAt, hmacAt), `octet ${octet} bit ${bit}`);
        packet[octet]! ^= 1 << bit;
      }
    }
    // The header of the HMAC TLV itself is not covered: a reflector changes its flags.
    packet[hmacAt] = 0;
    assert.ok(K1.verifiesTlvs(packet, 0, tlvsAt, hmacAt));
  });
}

test('the last octet of V6bad is wrong', () => {
  const packet = vector('V6');
  packet[139] = 0x76;
  assert.ok(K1.verifiesPacket(packet, 0));
  assert.ok(!K1.verifiesTlvs(packet, 0, 112, 120));
});

test('verifies and signs a packet that starts further on', () => {
  const buffer = Buffer.concat([Buffer.alloc(7, 0xee), vector('V7')]);
  assert.ok(K1.verifiesPacket(buffer, 7));
  assert.ok(K1.verifiesTlvs(buffer, 7, 7 + 112, 7 + 120));
  buffer.fill(0, 7 + 96, 7 + 112).fill(0, 7 + 124);
  K1.signPacket(buffer, 7);
  K1.signTlvs(buffer, 7, 7 + 112, 7 + 120);
  assert.ok(buffer.subarray(7).equals(vector('V7')));
});

test('is HMAC-SHA-256: RFC 4231 test case 2, whose text is what a TLV could cover', () => {
  // Key "Jefe" and text "what do ya want for nothing?", here as a number of four octets and the rest.
  const text = Buffer.concat([Buffer.from('what do ya want for nothing?'), Buffer.alloc(20)]);
  new StampKey(Buffer.from('Jefe')).signTlvs(text, 0, 4, 28);
  assert.equal(text.subarray(32).toString('hex'), '5bdcc146bf60754e6a042426089575c7');
});

test('shows nothing of the key', () => {
  const key = new StampKey(Buffer.from('a key to be kept'));
  const shown = inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key);
  assert.ok(!/kept|6120 ?6b|97, ?32/.test(shown), shown);
});
