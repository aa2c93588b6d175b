// The judges are RFC 4231's test cases and createHmac of node:crypto.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { HmacSha256 } from '../../../src/wire/hmac-sha256.ts';
import { holds } from '../../helpers/property.ts';

function digestOf(hmac: HmacSha256, ...parts: readonly Uint8Array[]): string {
  const digest = Buffer.alloc(32);
  hmac.begin();
  for (const part of parts) hmac.add(part, 0, part.length);
  hmac.end(digest);
  return digest.toString('hex');
}

for (const [number, key, text, digest] of [
  [
    1,
    Buffer.alloc(20, 0x0b),
    Buffer.from('Hi There'),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  ],
  [
    2,
    Buffer.from('Jefe'),
    Buffer.from('what do ya want for nothing?'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    3,
    Buffer.alloc(20, 0xaa),
    Buffer.alloc(50, 0xdd),
    '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
  ],
  [
    6,
    Buffer.alloc(131, 0xaa),
    Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
] as const) {
  test(`is that of test case ${number} of RFC 4231`, () => {
    assert.equal(digestOf(new HmacSha256(key), text), digest);
  });
}

test('is that of node:crypto for any key and text, in any parts, one after another', () => {
  const texts = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 });
  holds(
    fc.property(
      fc.uint8Array({ maxLength: 150 }),
      fc.array(texts, { maxLength: 3 }),
      (key, all) => {
        const hmac = new HmacSha256(key);
        for (const parts of all) {
          const expected = createHmac('sha256', key).update(Buffer.concat(parts)).digest('hex');
          assert.equal(digestOf(hmac, ...parts), expected);
        }
      },
    ),
  );
});

test('a text of each length around a block is padded right', () => {
  const hmac = new HmacSha256(Buffer.from('a key'));
  for (let length = 0; length <= 200; length++) {
    const text = Buffer.alloc(length, length);
    assert.equal(digestOf(hmac, text), createHmac('sha256', 'a key').update(text).digest('hex'));
  }
});

test('takes a text as long as the longest packet, and a short one after it', () => {
  const hmac = new HmacSha256(Buffer.from('a key'));
  for (const length of [65_507, 96]) {
    const text = Buffer.alloc(length, 0xa5);
    assert.equal(digestOf(hmac, text), createHmac('sha256', 'a key').update(text).digest('hex'));
  }
});

test('writes no more octets than it is given room for', () => {
  const hmac = new HmacSha256(Buffer.from('Jefe'));
  const text = Buffer.from('what do ya want for nothing?');
  const digest = Buffer.alloc(4);
  hmac.begin();
  hmac.add(text, 0, text.length);
  hmac.end(digest);
  assert.equal(digest.toString('hex'), '5bdcc146');
});
