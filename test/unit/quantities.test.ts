import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  countOf,
  formatBps,
  formatCount,
  formatExactNs,
  formatExactRatio,
  formatNs,
  formatRatio,
} from '../../src/quantities.ts';

for (const [ns, text] of [
  [null, '-'],
  [0, '0 ns'],
  [7, '7 ns'],
  [999, '999 ns'],
  [1000, '1 µs'],
  [1234, '1.23 µs'],
  [12_345, '12.3 µs'],
  [123_456, '123 µs'],
  // Three digits make a thousand microseconds of it, which are a millisecond.
  [999_600, '1 ms'],
  [999_400, '999 µs'],
  [12_100_000, '12.1 ms'],
  [999_999_999, '1 s'],
  [1e9, '1 s'],
  [9.012e9, '9.01 s'],
  // Three hours, all digits of the whole number.
  [10_801e9, '10,801 s'],
  [-5e6, '-5 ms'],
  [-123_456_789, '-123 ms'],
] as const) {
  test(`${ns} nanoseconds are shown as ${text}`, () => {
    assert.equal(formatNs(ns), text);
  });
}

for (const [ratio, text] of [
  [null, '-'],
  [0, '0 %'],
  [0.003, '0.3 %'],
  [1 / 3, '33.3 %'],
  [1, '100 %'],
  [0.5, '50 %'],
  // One of 10^8, and all but one of 10^6: neither never nor always.
  [1e-8, 'below 0.001 %'],
  [1e-5, '0.001 %'],
  [0.999_999, 'above 99.9 %'],
  [0.999, '99.9 %'],
] as const) {
  test(`the ratio ${ratio} is shown as ${text}`, () => {
    assert.equal(formatRatio(ratio), text);
  });
}

for (const [bps, text] of [
  [0, '0 bit/s'],
  [999, '999 bit/s'],
  [867_891, '868 kbit/s'],
  [999_600, '1 Mbit/s'],
  [1_226_368, '1.23 Mbit/s'],
  [12_345_678_901, '12.3 Gbit/s'],
  [1234e9, '1,234 Gbit/s'],
] as const) {
  test(`${bps} bits per second are shown as ${text}`, () => {
    assert.equal(formatBps(bps), text);
  });
}

test('beside a limit that is just below, a value has the digits that differ', () => {
  assert.deepEqual([20e6, 20.04e6, 123_456_789].map(formatExactNs), [
    '20 ms',
    '20.04 ms',
    '123.456789 ms',
  ]);
  assert.deepEqual([0.01, 0.010_04, 1 / 3].map(formatExactRatio), [
    '1 %',
    '1.004 %',
    '33.3333333 %',
  ]);
});

for (const [count, text] of [
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [12_345, '12,345'],
  [1_234_567, '1,234,567'],
  [-354_307, '-354,307'],
  [Number.MAX_SAFE_INTEGER, '9,007,199,254,740,991'],
] as const) {
  test(`${count} is counted as ${text}`, () => {
    assert.equal(formatCount(count), text);
    // As the system's own tables for English have it.
    assert.equal(formatCount(count), count.toLocaleString('en-US'));
  });
}

test('one is singular, any other count is plural', () => {
  assert.deepEqual(
    [0, 1, 2, 2000].map((count) => countOf(count, 'probe')),
    ['0 probes', '1 probe', '2 probes', '2,000 probes'],
  );
  assert.equal(countOf(2, 'reply', 'replies'), '2 replies');
});
