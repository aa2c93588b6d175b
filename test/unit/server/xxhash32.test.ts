import assert from 'node:assert/strict';
import { test } from 'node:test';
import { xxHash32 } from '../../../src/server/xxhash32.ts';

/** Octet i is the low octet of 7 i² + 3 i + 1. */
const OCTETS = Uint8Array.from({ length: 1400 }, (_, at) => 7 * at * at + 3 * at + 1);

/** Of the first so many octets, by the reference implementation (python-xxhash), with seeds 0 and 0x9e3779b1. */
const HASHES: readonly [bytes: number, unseeded: number, seeded: number][] = [
  [0, 0x02cc_5d05, 0x36b7_8ae7],
  [1, 0x3892_f731, 0x2f5e_114f],
  [3, 0xe14c_5491, 0x718c_463b],
  [4, 0xa774_b9aa, 0xff73_b232],
  [14, 0x2c8c_045b, 0x27d6_64cd],
  [15, 0x7533_73f1, 0x133e_04bb],
  [16, 0xe264_6b9f, 0x8449_2f4e],
  [17, 0xdeba_2c82, 0xe7fe_366e],
  [31, 0xfd56_6853, 0x66d6_083e],
  [32, 0xaf19_fffe, 0x4165_bbf0],
  [42, 0xf813_3562, 0x98cb_f0df],
  [64, 0xf8ed_5565, 0x21a5_f307],
  [222, 0x32cf_d6fe, 0xde7f_dcf7],
  [1400, 0xd631_78de, 0x0833_59b7],
];

for (const [bytes, unseeded, seeded] of HASHES) {
  test(`${bytes} octets hash as they should, wherever they lie`, () => {
    for (const from of [0, 1, 7]) {
      const memory = new Uint8Array(from + bytes);
      memory.set(OCTETS.subarray(0, bytes), from);
      const view = new DataView(memory.buffer);
      assert.equal(xxHash32(view, from, from + bytes, 0) >>> 0, unseeded);
      assert.equal(xxHash32(view, from, from + bytes, 0x9e37_79b1) >>> 0, seeded);
    }
  });
}
