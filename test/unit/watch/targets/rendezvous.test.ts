import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { choosePeers } from '../../../../src/watch/targets/rendezvous.ts';
import { holds } from '../../../helpers/property.ts';

const peers = fc.uniqueArray(fc.ipV4(), { maxLength: 60 });

test('a choice has the size that was asked for, of what there is, in one order', () => {
  holds(
    fc.property(peers, fc.integer({ min: 1, max: 20 }), (all, most) => {
      const chosen = choosePeers(all, 'me', most);
      assert.equal(chosen.length, Math.min(all.length, most));
      assert.ok(chosen.every((peer) => all.includes(peer)));
      assert.deepEqual(choosePeers(all.toReversed(), 'me', most), chosen);
    }),
    300,
  );
});

test('one that comes takes the place of one at most; one that goes and was not chosen changes nothing', () => {
  holds(
    fc.property(peers, fc.ipV4(), fc.integer({ min: 1, max: 20 }), (all, one, most) => {
      const without = all.filter((peer) => peer !== one);
      const before = choosePeers(without, 'me', most);
      const after = choosePeers([...without, one], 'me', most);
      const lost = before.filter((peer) => !after.includes(peer));
      if (after.includes(one)) assert.ok(lost.length <= 1);
      else assert.deepEqual(after, before);
    }),
    300,
  );
});

test('nodes choose differently: 100 nodes with 10 peers each leave nobody of 100 unprobed by all', () => {
  const all = Array.from({ length: 100 }, (_, n) => `10.0.0.${n}`);
  const times = new Map<string, number>();
  for (const node of all) {
    for (const peer of choosePeers(all, `node of ${node}`, 10)) {
      times.set(peer, (times.get(peer) ?? 0) + 1);
    }
  }
  // Binomial with mean 10: 0 has a chance of 0.003 % each, above 30 less.
  assert.equal(times.size, 100);
  assert.ok([...times.values()].every((count) => count <= 30));
});
