import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Loss } from '../../../src/stats/loss.ts';
import { holds } from '../../helpers/property.ts';

function lossOf(rttsNs: readonly (number | undefined)[]): Loss {
  const loss = new Loss();
  for (const rttNs of rttsNs) loss.push(rttNs);
  return loss;
}

test('without a probe there is no loss ratio', () => {
  assert.equal(lossOf([]).ratio, null);
});

test('one of five probes lost is a ratio of 0.2', () => {
  // The series 0, 0, 1, 0, 0 of RFC 2680.
  const loss = lossOf([5, 5, undefined, 5, 5]);
  assert.deepEqual([loss.sent, loss.received, loss.lost, loss.ratio], [5, 4, 1, 0.2]);
});

test('a reply in no time at all is a reply', () => {
  assert.equal(lossOf([0]).ratio, 0);
});

test('a blackout is a ratio of 1', () => {
  assert.equal(lossOf([undefined, undefined, undefined]).ratio, 1);
});

test('a late reply is told apart from a lost one, and is still in the ratio', () => {
  const loss = lossOf([5, undefined, undefined, 5]);
  loss.countLateReply();
  assert.deepEqual([loss.sent, loss.received, loss.lost, loss.late], [4, 2, 1, 1]);
  assert.equal(loss.ratio, 0.5);
});

test('sent is received and lost and late together, whatever happens', () => {
  const outcomes = fc.array(fc.constantFrom('received', 'lost', 'late'), {
    maxLength: 300,
    size: 'max',
  });
  holds(
    fc.property(outcomes, (list) => {
      const loss = new Loss();
      for (const outcome of list) {
        loss.push(outcome === 'received' ? 1 : undefined);
        if (outcome === 'late') loss.countLateReply();
      }
      const count = (wanted: string): number => list.filter((outcome) => outcome === wanted).length;
      assert.equal(loss.received, count('received'));
      assert.equal(loss.lost, count('lost'));
      assert.equal(loss.late, count('late'));
      assert.equal(loss.sent, loss.received + loss.lost + loss.late);
    }),
    300,
  );
});
