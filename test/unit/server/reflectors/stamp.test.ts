// The reflector against the vectors of the wire format, and every reason to refuse.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { REFUSALS } from '../../../../src/server/admission.ts';
import { ShortRequests } from '../../../../src/server/reflectors/short-requests.ts';
import { StampKey } from '../../../../src/wire/stamp-hmac.ts';
import { MadeReflector } from '../../../helpers/made-reflector.ts';
import { holds } from '../../../helpers/property.ts';
import { keyOctets, vector } from '../../../helpers/stamp.ts';

const K1 = keyOctets('K1');

/** The answer to a vector after `before` others of its session. */
function answerAfter(before: number, reflector: MadeReflector, name: string, ttl: number): string {
  for (let index = 0; index < before; index++) reflector.reflect(vector(name));
  return reflector.reflect(vector(name), { ttl }).reply.toString('hex');
}

test('answers V1 with V2, the eighth packet of a stateful session', () => {
  const reflector = new MadeReflector({ isStateful: true });
  assert.equal(answerAfter(7, reflector, 'V1', 64), vector('V2').toString('hex'));
});

test('answers V3 with V4, authenticated', () => {
  const reflector = new MadeReflector({ isStateful: true, key: K1 });
  assert.equal(answerAfter(7, reflector, 'V3', 64), vector('V4').toString('hex'));
});

test('answers V6 with V7: DSCP 46 as asked, DSCP 10 and ECN 1 as they came, both HMACs anew', () => {
  const reflector = new MadeReflector({ key: K1, dscp: [46] });
  // DSCP 10 and ECN 1: 10 · 4 + 1.
  const { reply, tos } = reflector.reflect(vector('V6'), { ttl: 63, tos: 41 });
  assert.equal(reply.toString('hex'), vector('V7').toString('hex'));
  assert.equal(tos, 46 * 4);
});

test('answers V6 with the DSCP that came, 10, where 46 may not be asked for', () => {
  const { tos } = new MadeReflector({ key: K1, dscp: [0] }).reflect(vector('V6'), { tos: 41 });
  assert.equal(tos, 40);
});

test('flags every TLV of V6 where its HMAC TLV is wrong in one bit, and leaves the values', () => {
  const request = vector('V6');
  request[139]! ^= 1;
  const { reply, tos, refused } = new MadeReflector({ key: K1 }).reflect(request, { tos: 41 });
  assert.equal(refused, undefined);
  const expected = request.subarray(112);
  expected[0] = 0x20;
  expected[8] = 0x20;
  assert.deepEqual(reply.subarray(112), expected);
  // The DSCP of the request, since nothing in it can be trusted; its ECN is not mirrored.
  assert.equal(tos, 40);
});

for (const [what, made, request, reason] of [
  ['40 octets', {}, vector('V1').subarray(0, 40), 'stamp-short'],
  ['no octets', {}, Buffer.alloc(0), 'stamp-short'],
  [
    '111 octets where a key is asked for',
    { key: K1 },
    vector('V3').subarray(0, 111),
    'stamp-short',
  ],
  ['an error estimate of nothing', {}, changed('V1', 13, 0), 'stamp-corrupted'],
  ['a reply', {}, vector('V2'), 'stamp-reply'],
  ['an authenticated reply', { key: K1 }, vector('V4'), 'stamp-reply'],
  ['no error estimate, nor an HMAC of it', { key: K1 }, changed('V3', 25, 0), 'stamp-hmac'],
  ['a reply of another key', { key: keyOctets('K2') }, vector('V4'), 'stamp-hmac'],
  ['another key', { key: keyOctets('K2') }, vector('V3'), 'stamp-hmac'],
  ['a bit of its HMAC flipped', { key: K1 }, changed('V3', 111, 0xf5), 'stamp-hmac'],
  ['a bit of its zeros flipped', { key: K1 }, changed('V3', 80, 1), 'stamp-hmac'],
  [
    'an HMAC of zeros',
    { key: K1 },
    Buffer.concat([vector('V3').subarray(0, 96), Buffer.alloc(16)]),
    'stamp-hmac',
  ],
] as const) {
  test(`does not answer a packet with ${what}, and counts it as ${reason}`, () => {
    const reflector = new MadeReflector(made);
    const before = Buffer.from(request);
    const { refused, reply } = reflector.reflect(request);
    assert.equal(refused, reason);
    assert.deepEqual(reply, before);
    assert.equal(reflector.cells[REFUSALS.indexOf(reason)], 1);
    assert.equal(
      reflector.cells.reduce((sum, count) => sum + count),
      1,
    );
  });
}

function changed(name: string, at: number, octet: number): Buffer {
  const bytes = vector(name);
  bytes[at] = octet;
  return bytes;
}

test('answers a replayed packet again: STAMP has no other defence than its numbers', () => {
  const reflector = new MadeReflector({ isStateful: true, key: K1 });
  const sequences = [0, 1].map(() => reflector.reflect(vector('V3')).reply.readUInt32BE(0));
  assert.deepEqual(sequences, [0, 1]);
});

test('a reply is as long as its request, whatever that is, and no refused one is touched', () => {
  for (const made of [{}, { isStateful: true }, { key: K1 }, { seesTos: false }]) {
    const reflector = new MadeReflector(made);
    const bases = [vector('V1'), vector('V3'), vector('V5'), vector('V6'), vector('V8')];
    const requests = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(fc.constantFrom(...bases), fc.uint8Array({ maxLength: 80 }))
        .map((parts) => Uint8Array.from(Buffer.concat(parts))),
    );
    holds(
      fc.property(requests, (request) => {
        const { reply, refused } = reflector.reflect(request);
        assert.equal(reply.length, request.length);
        if (refused !== undefined) assert.deepEqual(Uint8Array.from(reply), request);
      }),
      500,
    );
  }
});

test('a reply is never answered, by a reflector of any kind', () => {
  for (const [made, name] of [
    [{}, 'V1'],
    [{ isStateful: true }, 'V1'],
    [{ isStateful: true }, 'V5'],
    [{ key: K1 }, 'V6'],
  ] as const) {
    const { reply } = new MadeReflector(made).reflect(vector(name));
    assert.equal(new MadeReflector(made).reflect(reply).refused, 'stamp-reply');
  }
});

test('a reply that comes back is not answered, whatever its octets up to 19 are by then', () => {
  for (const made of [{}, { isStateful: true }, { isStateful: true, key: K1 }]) {
    const [asked, cameBack] = [new MadeReflector(made), new MadeReflector(made)];
    const ttls = fc.integer({ min: 0, max: 255 });
    const octets = fc.uint8Array({ minLength: 20, maxLength: 20 });
    holds(
      fc.property(anyRequest('key' in made ? 112 : 41), ttls, octets, (request, ttl, written) => {
        if ('key' in made) new StampKey(K1).signPacket(request, 0);
        const { reply, refused } = asked.reflect(request, { ttl });
        assert.equal(refused, undefined);
        assert.equal(cameBack.reflect(reply).refused, 'stamp-reply');
        reply.set(written);
        assert.notEqual(cameBack.reflect(reply).refused, undefined);
      }),
      500,
    );
  }
});

/** A sender's packet with any number, time, error and session, of that many octets or up to 60 more. */
function anyRequest(octets: number): fc.Arbitrary<Buffer> {
  const isAuthenticated = octets === 112;
  return fc
    .tuple(
      fc.nat(60),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 8, maxLength: 8 }),
      fc.integer({ min: 0, max: 0xff }),
      fc.integer({ min: 1, max: 0xff }),
      fc.nat(0xffff),
    )
    .map(([more, sequence, time, errorFlags, multiplier, ssid]) => {
      const request = Buffer.alloc(octets + more);
      const timeAt = isAuthenticated ? 16 : 4;
      request.set(sequence);
      request.set(time, timeAt);
      request.set([errorFlags, multiplier, ssid >>> 8, ssid & 0xff], timeAt + 8);
      return request;
    });
}

test("zeros of TWAMP-Light's padding come back as zeros", () => {
  const request = Buffer.concat([vector('V1'), Buffer.alloc(31)]);
  const { reply } = new MadeReflector().reflect(request);
  assert.deepEqual(reply.subarray(44), Buffer.alloc(31));
});

test("TWAMP-Light's random padding is no session identifier, nor TLVs", () => {
  for (const octets of [41, 44, 45, 100, 1472]) {
    const reflector = new MadeReflector({ isStateful: true });
    for (let number = 0; number < 20; number++) {
      const request = withPadding(number, randomBytes(octets - 14));
      const { reply, refused, tos } = reflector.reflect(request, { tos: 40 });
      assert.equal(refused, undefined);
      assert.deepEqual([reply.readUInt32BE(0), reply.readUInt32BE(24)], [number, number]);
      assert.equal(reply.readUInt16BE(14), 0);
      assert.deepEqual(reply.subarray(44), request.subarray(44));
      assert.equal(tos, 40);
    }
  }
});

test('what one octet alone shows to be padding is no identifier either', () => {
  for (let at = 16; at < 44; at++) {
    if (at === 37) continue;
    const reflector = new MadeReflector({ isStateful: true });
    const numbers = [1, 2].map((ssid) => {
      const padding = Buffer.alloc(30);
      padding.writeUInt16BE(ssid);
      padding[at - 14] = 1;
      return reflector.reflect(withPadding(ssid, padding)).reply.readUInt32BE(0);
    });
    assert.deepEqual(numbers, [0, 1], `octet ${at}`);
  }
});

/** A TWAMP-Light packet (RFC 5357 section 4.1.2): number, T1 and Error Estimate, and then padding. */
function withPadding(number: number, padding: Uint8Array): Buffer {
  const packet = Buffer.concat([vector('V1').subarray(0, 14), padding]);
  packet.writeUInt32BE(number, 0);
  packet.writeUInt32BE(0xea00_0000 + number, 4);
  // No multiplier where a reply has that of its sender (RFC 4656 section 4.1.2): it would look like one.
  if (packet.length > 37) packet[37] = 0;
  return packet;
}

test('says whose requests are too short once for each source, and not for each of a flood', () => {
  const reflector = new MadeReflector();
  const short = vector('V1').subarray(0, 14);
  for (let each = 0; each < 300; each++) {
    reflector.reflect(short, { address: `192.0.2.${each & 0xff}` });
  }
  assert.deepEqual(reflector.notices, [
    'STAMP requests of 14 octets from 192.0.2.0 get no reply: it would have 41 or more; let the sender pad its packets by 27 octets or more, or allow its network and add --stamp-answer-short',
  ]);
});

test('says it once for all threads of a server', () => {
  const shortNotices = ShortRequests.createMemory();
  const threads = [1, 2, 3].map(() => new MadeReflector({ shortNotices }));
  for (const [host, thread] of threads.entries()) {
    thread.reflect(vector('V1').subarray(0, 14), { address: `192.0.2.${host}` });
  }
  const told = threads.map(({ notices }) => notices.length);
  assert.deepEqual(told, [1, 0, 0]);
});

test('says that a request without the key is none', () => {
  const reflector = new MadeReflector({ key: K1 });
  reflector.reflect(vector('V1'));
  assert.match(
    reflector.notices.join(),
    /44 octets .* have 112 or more; the sender has to use the key$/,
  );
});
