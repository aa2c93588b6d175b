// Whose place a newcomer takes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceOf, whoGivesWay, type Guest } from '../../../src/http/who-gives-way.ts';

function guest(source: string, standing: number): Guest {
  return { source, standing };
}

test('the source with most guests gives way, though another has the least of them', () => {
  const heavy = [guest('a', 2), guest('a', 1), guest('a', 1)];
  assert.equal(whoGivesWay([guest('b', 0), ...heavy, guest('b', 0)]), heavy[1]);
});

test('of equals the one who has been there longest gives way', () => {
  const guests = [guest('a', 1), guest('b', 1), guest('c', 1)];
  assert.equal(whoGivesWay(guests), guests[0]);
});

test('where nobody is, nobody gives way', () => {
  assert.equal(whoGivesWay<Guest>([]), undefined);
});

for (const [one, other, isSame] of [
  ['192.0.2.1', '192.0.2.1', true],
  ['192.0.2.1', '::ffff:192.0.2.1', true],
  ['192.0.2.1', '192.0.2.2', false],
  // Bits 0 to 55 are the same, and the 56th is not.
  ['2001:db8:1:2200::1', '2001:db8:1:22ff:1::', true],
  ['2001:db8:1:2200::1', '2001:db8:1:2300::1', false],
  ['fe80::1%eth0', 'fe80::2%eth0', true],
  ['::1', '127.0.0.1', false],
] as const) {
  test(`${one} and ${other} are ${isSame ? 'one source' : 'two sources'}`, () => {
    assert.equal(sourceOf(one) === sourceOf(other), isSame);
  });
}
