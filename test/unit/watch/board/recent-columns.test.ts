import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RECENT_COLUMNS, RecentColumns } from '../../../../src/watch/board/recent-columns.ts';
import { COUNT_NAMES, noCounts } from '../../../../src/watch/counts.ts';
import { encodeRttRows } from '../../../../src/watch/rtt-rows.ts';
import { holds } from '../../../helpers/property.ts';
import { madeColumn } from '../../../helpers/made-watch.ts';

const RTTS = fc.record({ min: fc.nat(), max: fc.nat(), sum: fc.nat() }, { noNullPrototype: true });

const COLUMN = fc
  .record({
    startMs: fc.nat(200_000_000).map((tens) => tens * 10_000),
    counts: fc
      .array(fc.nat(2 ** 32 - 1), { minLength: COUNT_NAMES.length, maxLength: COUNT_NAMES.length })
      .map((values) => ({
        ...noCounts(),
        ...Object.fromEntries(COUNT_NAMES.map((name, at) => [name, values[at]!])),
      })),
    rttNs: fc.option(RTTS),
    rttRows: fc
      .array(fc.tuple(fc.nat(863), fc.integer({ min: 1, max: 1000 })))
      .map((pairs) => encodeRttRows(new Map(pairs))),
    hostDropped: fc.option(fc.nat()),
  })
  .map((made) => ({ ...made, key: 'a default', widthMs: 10_000, isFinal: true }));

test('each column is read as it was added, the latest first, and none older than half an hour', () => {
  holds(
    fc.property(fc.array(COLUMN, { maxLength: 400, size: 'max' }), (columns) => {
      const recent = new RecentColumns('a default');
      for (const column of columns) recent.add(column);
      const kept = columns.slice(-RECENT_COLUMNS).reverse();
      assert.equal(recent.length, kept.length);
      for (const [age, column] of kept.entries()) {
        const { rttRows, ...rest } = recent.column(age);
        assert.deepEqual(
          { ...rest, rttRows: [...rttRows] },
          { ...column, rttRows: [...column.rttRows] },
        );
      }
    }),
    30,
  );
});

test('strays beyond 2^32 are cut off, and are no other number', () => {
  const recent = new RecentColumns('a default');
  recent.add(madeColumn('a default', 0, { stray: 2 ** 32 + 5 }));
  assert.equal(recent.column(0).counts.stray, 2 ** 32 - 1);
});
