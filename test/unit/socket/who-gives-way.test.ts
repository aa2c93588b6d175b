// Whose place a newcomer takes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sourceOf, whoGivesWay, type Guest } from '../../../src/socket/who-gives-way.ts';
import { holds } from '../../helpers/property.ts';

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

function countOf(guests: readonly Guest[], source: string): number {
  return guests.filter((each) => each.source === source).length;
}

/** Of no source that has fewer than another, not one of more standing, not one who came later. */
function assertGivesWay(leaver: Guest, guests: readonly Guest[]): void {
  const most = countOf(guests, leaver.source);
  for (const [index, other] of guests.entries()) {
    const count = countOf(guests, other.source);
    assert.ok(count <= most, `${other.source} has ${count}, and ${leaver.source} ${most}`);
    if (count < most) continue;
    const isWorse = other.standing < leaver.standing;
    const isEqual = other.standing === leaver.standing;
    assert.ok(!isWorse && !(isEqual && index < guests.indexOf(leaver)), `${index} should go`);
  }
}

test('whoever comes, and however often, takes a place from the source with most of them', () => {
  const arrival = fc.record({
    source: fc.constantFrom('a', 'a', 'a', 'a', 'b', 'c', 'd'),
    standing: fc.nat(3),
  });
  holds(
    fc.property(fc.array(arrival, { maxLength: 60, size: 'max' }), (arrivals) => {
      const guests: Guest[] = [];
      for (const { source, standing } of arrivals) {
        if (guests.length === 12) {
          const leaver = whoGivesWay(guests)!;
          assertGivesWay(leaver, guests);
          guests.splice(guests.indexOf(leaver), 1);
        }
        guests.push(guest(source, standing));
      }
    }),
    200,
  );
});

for (const [one, other, isSame] of [
  ['192.0.2.1', '192.0.2.1', true],
  ['192.0.2.1', '::ffff:192.0.2.1', true],
  ['192.0.2.1', '192.0.2.2', false],
  // Bits 0 to 55 are the same, and the 56th is not.
  ['2001:db8:1:2200::1', '2001:db8:1:22ff:1::', true],
  ['2001:db8:1:2200::1', '2001:db8:1:2300::1', false],
  ['2001:db8:1:2200::1', '2001:db9:1:2200::1', false],
  ['fe80::1%eth0', 'fe80::2%eth0', true],
  ['::1', '127.0.0.1', false],
] as const) {
  test(`${one} and ${other} are ${isSame ? 'one source' : 'two sources'}`, () => {
    assert.equal(sourceOf(one) === sourceOf(other), isSame);
  });
}
