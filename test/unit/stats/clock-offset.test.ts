import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clockOffset } from '../../../src/stats/clock-offset.ts';
import { holds } from '../../helpers/property.ts';

test('nothing is known of clocks that nothing was measured by', () => {
  assert.equal(clockOffset(null, null), null);
  assert.equal(clockOffset(5, null), null);
  assert.equal(clockOffset(null, 5), null);
});

test('the bounds are the smallest delays of each way', () => {
  // T1 to T4 are 0, 25, 25.1 and 48.3: 25 there and 23.2 back. The offset is 0.9 ± 24.1.
  assert.deepEqual(clockOffset(25, 23.2), { leastNs: -23.2, mostNs: 25 });
  // It can't have taken less than nothing: the other clock is behind by 7 at the least.
  assert.deepEqual(clockOffset(-7, 30), { leastNs: -30, mostNs: -7 });
  assert.deepEqual(clockOffset(0, 0), { leastNs: 0, mostNs: 0 });
});

test('the true offset lies within them, whatever the delays are', () => {
  const delays = fc.array(fc.nat(1e9), { minLength: 1 });
  holds(
    fc.property(fc.integer(), delays, delays, (offset, there, back) => {
      const forward = Math.min(...there.map((delay) => delay + offset));
      const backward = Math.min(...back.map((delay) => delay - offset));
      const { leastNs, mostNs } = clockOffset(forward, backward)!;
      assert.ok(leastNs <= offset && offset <= mostNs);
    }),
  );
});
