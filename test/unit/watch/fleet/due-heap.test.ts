import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DueHeap } from '../../../../src/watch/fleet/due-heap.ts';
import { holds } from '../../../helpers/property.ts';

test('an empty heap has nothing due', () => {
  const heap = new DueHeap();
  assert.deepEqual([heap.size, heap.firstNs], [0, Infinity]);
  heap.delete(3);
  assert.equal(heap.size, 0);
});

test('whatever is entered, moved and taken out, the first is the earliest', () => {
  const edit = fc.record({
    row: fc.nat(200),
    timeNs: fc.option(fc.nat(50), { nil: undefined }),
  });
  holds(
    fc.property(fc.array(edit, { maxLength: 300 }), (edits) => {
      const heap = new DueHeap();
      const model = new Map<number, number>();
      for (const { row, timeNs } of edits) {
        if (timeNs === undefined) {
          heap.delete(row);
          model.delete(row);
        } else {
          heap.set(row, timeNs);
          model.set(row, timeNs);
        }
        assert.equal(heap.size, model.size);
        assert.equal(heap.firstNs, Math.min(...model.values()));
        if (model.size > 0) assert.equal(model.get(heap.firstRow), heap.firstNs);
      }
    }),
    300,
  );
});
