import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergeColumns, type WatchColumn } from '../../../src/watch/column.ts';
import { noCounts, sentOf } from '../../../src/watch/counts.ts';
import {
  addRttRows,
  decodeRttRows,
  encodeRttRows,
  percentileOfRows,
} from '../../../src/watch/rtt-rows.ts';

const ROWS = fc
  .array(fc.tuple(fc.nat(863), fc.integer({ min: 1, max: 2 ** 40 })))
  .map((pairs) => new Map(pairs));

test('rows are written as pairs of varints: distance and count', () => {
  // 5 → 5, 300 = 0b10_0101100 → ac 02; then 200 − 5 = 195 → c3 01, 1.
  const bytes = encodeRttRows(new Map([[200, 1], [5, 300]])); // prettier-ignore
  assert.deepEqual([...bytes], [5, 0xac, 2, 0xc3, 1, 1]);
});

test('rows are read as they were written', () => {
  fc.assert(
    fc.property(ROWS, (rows) => {
      assert.deepEqual(
        [...decodeRttRows(encodeRttRows(rows))!],
        [...rows].sort(([a], [b]) => a - b),
      );
    }),
  );
});

test('damaged bytes are no rows, and nothing throws', () => {
  for (const bytes of [[5], [5, 0x80], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1]]) {
    assert.equal(decodeRttRows(Uint8Array.from(bytes)), undefined);
  }
  // No row 864, no empty row, no row twice.
  assert.equal(decodeRttRows(Uint8Array.from([0xe0, 6, 1])), undefined);
  assert.equal(decodeRttRows(Uint8Array.from([5, 0])), undefined);
  assert.equal(decodeRttRows(Uint8Array.from([5, 1, 0, 1])), undefined);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const rows = decodeRttRows(bytes);
      if (rows !== undefined) assert.deepEqual(decodeRttRows(encodeRttRows(rows)), rows);
    }),
  );
});

test('a percentile is the upper end of the row of its rank', () => {
  // Row 32 begins at 2048 ns and is 64 ns high; row 0 begins at 1024 ns and is 32 ns high.
  const rows = new Map([
    [32, 1],
    [0, 9],
  ]);
  assert.equal(percentileOfRows(rows, 50), 1055);
  assert.equal(percentileOfRows(rows, 90), 1055);
  assert.equal(percentileOfRows(rows, 91), 2111);
  assert.equal(percentileOfRows(new Map(), 50), null);
});

test('joined columns are what one column of them all would be', () => {
  const column = (startMs: number, received: number, rttNs: number): WatchColumn => ({
    key: 'a default',
    startMs,
    widthMs: 10_000,
    counts: { ...noCounts(), received, lost: 1 },
    rttNs: { min: rttNs, max: 2 * rttNs, sum: 3 * rttNs },
    rttRows: encodeRttRows(new Map([[7, received]])),
    hostDropped: null,
    isFinal: true,
  });
  const joined = mergeColumns([column(0, 2, 500), column(10_000, 3, 400)], 0, 60_000);
  assert.deepEqual([joined.startMs, joined.widthMs, joined.hostDropped], [0, 60_000, null]);
  assert.deepEqual([joined.counts.received, joined.counts.lost, sentOf(joined.counts)], [5, 2, 7]);
  assert.deepEqual(joined.rttNs, { min: 400, max: 1000, sum: 2700 });
  assert.deepEqual([...decodeRttRows(joined.rttRows)!], [[7, 5]]);
});

test('rows add up whatever their order', () => {
  fc.assert(
    fc.property(ROWS, ROWS, (one, other) => {
      const [left, right] = [new Map(one), new Map(other)];
      addRttRows(left, other);
      addRttRows(right, one);
      assert.deepEqual(encodeRttRows(left), encodeRttRows(right));
    }),
  );
});
