import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergeColumns, type WatchColumn } from '../../../../src/watch/column.ts';
import { HISTORY_TIERS } from '../../../../src/watch/history/history.ts';
import { openDatabase } from '../../../../src/watch/history/open-database.ts';
import { loadSqlite, type Sqlite } from '../../../../src/watch/history/sqlite.ts';
import { Store } from '../../../../src/watch/history/store.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';
import { spreadColumn } from '../../../helpers/spread-column.ts';

const sqlite = (await loadSqlite()) as Sqlite;

/** 2026-01-01T00:00:00Z, in tens of seconds. */
const START = 176_722_560;

/** What happens to a file, one after the other. */
const STEPS = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        what: fc.constant('column' as const),
        key: fc.constantFrom('a', 'b'),
        // Of nearly three hours: late, twice, and in any order.
        place: fc.nat(1000),
        received: fc.nat(3),
        row: fc.nat(863),
        lost: fc.nat(2),
        unaltered: fc.nat(1),
        hostDropped: fc.option(fc.nat(2)),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ what: fc.constant('merge' as const), place: fc.nat(1200) }),
    },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('reopen' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ what: fc.constant('fail' as const), place: fc.nat(1000) }),
    },
  ),
  { maxLength: 80, size: 'max' },
);

test('each tier holds exactly what came, in whichever order, over restarts, failures and clock steps', (t) => {
  const folder = temporaryFolder(t);
  let files = 0;
  fc.assert(
    fc.property(STEPS, (steps) => {
      const path = join(folder, `${files++}.db`);
      const came: WatchColumn[] = [];
      let opened = openDatabase(sqlite, path, 2 ** 30);
      let store = new Store(opened.database);
      for (const step of steps) {
        if (step.what === 'column') {
          const { received, row, lost, unaltered, key, place, hostDropped } = step;
          const column = spreadColumn({
            key,
            startMs: (START + place) * 10_000,
            rows: received === 0 ? {} : { [row]: received },
            counts: { lost, unaltered },
            hostDropped,
          });
          came.push(column);
          store.inTransaction(() => { store.addColumn(column); }); // prettier-ignore
        } else if (step.what === 'merge') {
          store.merge((START + step.place) * 10_000);
        } else if (step.what === 'reopen') {
          opened[Symbol.dispose]();
          opened = openDatabase(sqlite, path, 2 ** 30);
          store = new Store(opened.database);
        } else {
          failToWrite(store, step.place);
        }
      }
      requireAll(store, came);
      opened[Symbol.dispose]();
    }),
    { numRuns: 40 },
  );
});

/** A transaction of a column, a merge and a new series, of which nothing may be left. */
function failToWrite(store: Store, place: number): void {
  const failing = (): void => {
    store.inTransaction(() => {
      store.addColumn(
        spreadColumn({ key: 'c', startMs: (START + place) * 10_000, rows: { 1: 1 } }),
      );
      store.tiers.merge((START + place) * 10, () => 'c');
      throw new Error('no room');
    });
  };
  assert.throws(failing, /no room/);
}

function requireAll(store: Store, came: readonly WatchColumn[]): void {
  for (const [tier, { widthMs }] of HISTORY_TIERS.entries()) {
    const held = ['a', 'b'].flatMap((key) => {
      const id = store.series.find(key);
      return id === undefined ? [] : store.tiers.columns(tier, id, key, 0, 2 * START * 10);
    });
    assert.deepEqual(held.map(plain), expected(came, widthMs).map(plain));
  }
}

function plain({
  key,
  startMs,
  widthMs,
  counts,
  rttNs,
  rttRows,
  hostDropped,
}: WatchColumn): object {
  return { key, startMs, widthMs, counts, rttNs, hostDropped, rttRows: [...rttRows] };
}

function expected(came: readonly WatchColumn[], widthMs: number): WatchColumn[] {
  return [...groupsOf(came, widthMs).values()]
    .map((columns) => mergeColumns(columns, floorTo(columns[0]!.startMs, widthMs), widthMs))
    .sort((a, b) => (a.key === b.key ? a.startMs - b.startMs : a.key < b.key ? -1 : 1));
}

function groupsOf(came: readonly WatchColumn[], widthMs: number): Map<string, WatchColumn[]> {
  const groups = new Map<string, WatchColumn[]>();
  for (const column of came) {
    const group = `${column.key} ${floorTo(column.startMs, widthMs)}`;
    groups.set(group, [...(groups.get(group) ?? []), column]);
  }
  return groups;
}

function floorTo(value: number, step: number): number {
  return Math.floor(value / step) * step;
}

test('what is over is merged into the wider tier, once, and what is pruned stays there', (t) => {
  const opened = openDatabase(sqlite, join(temporaryFolder(t), 'watch.db'), 2 ** 30);
  const store = new Store(opened.database);
  const start = START * 10_000;
  store.inTransaction(() => {
    for (let place = 0; place < 12; place++) {
      store.addColumn(spreadColumn({ startMs: start + place * 10_000, rows: { 100: 1 } }));
    }
  });
  const count = (table: string): unknown =>
    opened.database.prepare(`SELECT count(*) AS n, sum(sent) AS sent FROM ${table}`).get();
  // A minute after the end of the first minute, and before the second is so.
  store.merge(start + 120_000);
  assert.deepEqual({ ...(count('col60') as object) }, { n: 1, sent: 6 });
  store.merge(start + 120_000);
  assert.deepEqual({ ...(count('col60') as object) }, { n: 1, sent: 6 });
  // However old: only what a wider column holds may go.
  assert.equal(store.tiers.prune(0, 1, Infinity, 1000), 6);
  assert.deepEqual({ ...(count('col10') as object) }, { n: 6, sent: 6 });
  store.merge(start + 7_200_000);
  assert.deepEqual({ ...(count('col60') as object) }, { n: 2, sent: 12 });
  assert.deepEqual({ ...(count('col600') as object) }, { n: 1, sent: 12 });
  assert.deepEqual({ ...(count('col3600') as object) }, { n: 1, sent: 12 });
  opened[Symbol.dispose]();
});
