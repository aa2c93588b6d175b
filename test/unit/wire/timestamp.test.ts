import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeErrorEstimate,
  errorEstimateNs,
  encodeErrorEstimate,
  isErrorEstimate,
  readTimestamp,
  timestampFormat,
  writeTimestamp,
  type TimestampFormat,
  type WallTime,
} from '../../../src/wire/timestamp.ts';
import { holds } from '../../helpers/property.ts';

const TWO_TO_32 = 2 ** 32;

function written(format: TimestampFormat, time: WallTime): DataView {
  const view = new DataView(new ArrayBuffer(8));
  writeTimestamp(view, 0, format, time);
  return view;
}

function hexOf(view: DataView): string {
  return Buffer.from(view.buffer).toString('hex');
}

function read(format: TimestampFormat, view: DataView): WallTime | undefined {
  const time = { seconds: -1, nanoseconds: -1 };
  return readTimestamp(view, 0, format, time) ? time : undefined;
}

// Computed from the definitions with Python's integers, T1–T3 by two programs of their own.
for (const [format, seconds, nanoseconds, hex] of [
  ['ntp', 1_700_000_000, 123_456_789, 'e8fe6f801f9add37'],
  ['ntp', 1_700_000_000, 148_456_789, 'e8fe6f802601439e'],
  ['ntp', 1_700_000_000, 148_556_789, 'e8fe6f802607d156'],
  ['ntp', 0, 999_999_999, '83aa7e80fffffffc'],
  // The first second of era 1: 2036-02-07T06:28:16Z (RFC 5905 figure 4).
  ['ntp', 2_085_978_496, 0, '0000000000000000'],
  ['ptp', 1_700_000_000, 123_456_789, '6553f100075bcd15'],
  ['ptp', 1_700_000_037, 123_456_789, '6553f125075bcd15'],
] as const) {
  test(`writes and reads ${seconds}.${nanoseconds} s as ${format} ${hex}`, () => {
    const view = written(format, { seconds, nanoseconds });
    assert.equal(hexOf(view), hex);
    assert.deepEqual(read(format, view), { seconds, nanoseconds });
  });
}

const nanoseconds = fc.integer({ min: 0, max: 999_999_999 });

test('gives every nanosecond back, in either format', () => {
  // From 1970 to 2104, where NTP's era 1 comes to its middle, and PTP to its end in 2106.
  const seconds = fc.integer({ min: 0, max: 4_233_462_143 });
  holds(
    fc.property(seconds, nanoseconds, fc.constantFrom('ntp', 'ptp'), (sec, ns, format) => {
      const time = { seconds: sec, nanoseconds: ns };
      assert.deepEqual(read(format, written(format, time)), time);
    }),
    20_000,
  );
});

test('rounds as whole numbers of any length would', () => {
  const billion = 1_000_000_000n;
  holds(
    fc.property(nanoseconds, (ns) => {
      const fraction = (BigInt(ns) * 2n ** 33n + billion) / (2n * billion);
      assert.equal(written('ntp', { seconds: 0, nanoseconds: ns }).getUint32(4), Number(fraction));
    }),
    20_000,
  );
  holds(
    fc.property(fc.integer({ min: 0, max: TWO_TO_32 - 1 }), (fraction) => {
      const view = new DataView(new ArrayBuffer(8));
      view.setUint32(4, fraction);
      const ns = Number((BigInt(fraction) * billion * 2n + 2n ** 32n) / 2n ** 33n);
      const time = read('ntp', view)!;
      assert.equal(time.nanoseconds + (time.seconds - 2_085_978_496) * 1e9, ns);
    }),
    20_000,
  );
});

test('carries a fraction that rounds to a whole second', () => {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, 0x83aa_7e80);
  view.setUint32(4, 0xffff_ffff);
  assert.deepEqual(read('ntp', view), { seconds: 1, nanoseconds: 0 });
});

test('takes nanoseconds that are a second or more for no time', () => {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(4, 999_999_999);
  assert.deepEqual(read('ptp', view), { seconds: 0, nanoseconds: 999_999_999 });
  view.setUint32(4, 1_000_000_000);
  assert.equal(read('ptp', view), undefined);
});

// Computed with Python from RFC 4656 section 4.1.2.
for (const [errorSeconds, word] of [
  [1e-9, 0x8005],
  [1e-6, 0x8587],
  [1e-4, 0x8bd2],
  [1e-3, 0x8f84],
  [1e-2, 0x92a4],
  [0.1, 0x95cd],
  [1, 0x9980],
  [10, 0x9ca0],
] as const) {
  test(`an error of ${errorSeconds} s is 0x${word.toString(16)}`, () => {
    assert.equal(encodeErrorEstimate({ isSynchronised: true, format: 'ntp', errorSeconds }), word);
  });
}

test('reads S, Z, scale and multiplier, each bit by itself', () => {
  assert.deepEqual(decodeErrorEstimate(0x8f84), {
    isSynchronised: true,
    format: 'ntp',
    errorSeconds: 0.001007080078125,
  });
  assert.equal(decodeErrorEstimate(0x8c83).errorSeconds, 0.00012493133544921875);
  assert.deepEqual(decodeErrorEstimate(0x0001), {
    isSynchronised: false,
    format: 'ntp',
    errorSeconds: 2 ** -32,
  });
  assert.equal(timestampFormat(0x4001), 'ptp');
  assert.equal(timestampFormat(0xbfff), 'ntp');
  assert.equal(decodeErrorEstimate(0x7fff).isSynchronised, false);
  for (let bit = 0; bit < 8; bit++) {
    assert.equal(decodeErrorEstimate(1 << bit).errorSeconds, 2 ** (bit - 32), `bit ${bit}`);
    assert.ok(isErrorEstimate(1 << bit));
    assert.ok(!isErrorEstimate(256 << bit));
  }
  for (let bit = 0; bit < 6; bit++) {
    const word = (1 << (bit + 8)) | 1;
    assert.equal(decodeErrorEstimate(word).errorSeconds, 2 ** (2 ** bit - 32), `scale bit ${bit}`);
  }
});

test('an estimate never says less than the error, and no more than a hundredth beyond', () => {
  // From 2^-24 on an eighth bit of the multiplier is in use: 1 part in 128.
  const errors = fc.double({ min: 2 ** -24, max: 2 ** 30, noNaN: true });
  holds(
    fc.property(errors, fc.boolean(), fc.constantFrom('ntp', 'ptp'), (error, synced, format) => {
      const said = decodeErrorEstimate(
        encodeErrorEstimate({ isSynchronised: synced, format, errorSeconds: error }),
      );
      assert.equal(said.isSynchronised, synced);
      assert.equal(said.format, format);
      assert.ok(said.errorSeconds >= error && said.errorSeconds <= error * (1 + 1 / 64));
    }),
  );
});

test('an error beyond all bounds is the largest there is', () => {
  const said = encodeErrorEstimate({ isSynchronised: false, format: 'ntp', errorSeconds: 1e30 });
  assert.equal(said, 0x3fff);
});

for (const [word, errorNs] of [
  // By hand: multiplier · 2^(scale − 32) · 10^9, rounded up.
  [0x0001, 1],
  [0x8f84, 1_007_081],
  [0x9980, 1_000_000_000],
  // 2^23 s are 8,388,608,000,000,000 ns: less than 2^53; one and a half times as many are more.
  [0x3701, 8_388_608_000_000_000],
  [0x3602, 8_388_608_000_000_000],
  // 255 · 2^15 s.
  [0x2fff, 8_355_840_000_000_000],
  [0x3603, Infinity],
  [0xffff, Infinity],
] as const) {
  test(`an Error Estimate of 0x${word.toString(16)} says ${errorNs} ns`, () => {
    assert.equal(errorEstimateNs(word), errorNs);
  });
}

test('the highest bit of NTP seconds alone tells its era', () => {
  // 1968-01-20T03:14:08Z, and the second before that of 2104-02-26T09:42:24Z (RFC 4330 section 3).
  for (const [hex, seconds] of [
    ['80000000', -61_505_152],
    ['7fffffff', 4_233_462_143],
  ] as const) {
    const view = new DataView(new ArrayBuffer(8));
    view.setUint32(0, Number.parseInt(hex, 16));
    assert.deepEqual(read('ntp', view), { seconds, nanoseconds: 0 });
  }
});
