// The own row of a mesh: now from the board, and at a moment from the history.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownRow } from '../../../src/web/watch-matrix.ts';
import { MadeWatchView } from '../../helpers/made-watch-view.ts';
import { madeColumn, madeTarget } from '../../helpers/made-watch.ts';

const NODE = { name: 'a', zone: 'north' };

function peer(name: string, zone?: string): ReturnType<typeof madeTarget> {
  return { ...madeTarget(name), labels: zone === undefined ? {} : { zone } };
}

test('a cell for each peer, whose zone is its label, and none for the node itself', async () => {
  const watch = new MadeWatchView([peer('a'), peer('b', 'south'), peer('c')]);
  const { nodes, cells, source } = await ownRow(watch, NODE, undefined);
  assert.equal(source, 'own row');
  assert.deepEqual(nodes, [
    { name: 'a', zone: 'north' },
    { name: 'b', zone: 'south' },
    { name: 'c', zone: null },
  ]);
  assert.deepEqual(
    cells.map(({ from, to, key, lossRatio }) => [from, to, key, lossRatio]),
    [
      ['a', 'b', 'b default', null],
      ['a', 'c', 'c default', null],
    ],
  );
});

test('at a moment it is what the minute before its latest column was', async () => {
  const atMs = 1_800_000_000_000;
  const watch = new MadeWatchView([peer('b'), peer('c')]);
  // Seven columns of 10 s: the first is older than a minute. 3 lost and 3 late of 60 in the others.
  watch.past = Array.from({ length: 7 }, (_, column) =>
    madeColumn('b default', atMs - 70_000 + column * 10_000, {
      received: column === 0 ? 0 : 9,
      lost: column === 0 ? 10 : column % 2,
      late: column === 0 ? 0 : 1 - (column % 2),
      rttNs: 2 ** 20,
    }),
  );
  const { cells, atMs: of } = await ownRow(watch, NODE, atMs);
  assert.equal(of, atMs);
  // A row holds 2^20 ns and 1/32 more, and its upper end is told.
  const rttNs = 2 ** 20 * (1 + 1 / 32) - 1;
  assert.deepEqual(cells, [
    {
      from: 'a',
      to: 'b',
      key: 'b default',
      lossRatio: 0.1,
      p50Ns: rttNs,
      p99Ns: rttNs,
      measuredAtMs: atMs,
    },
    {
      from: 'a',
      to: 'c',
      key: 'c default',
      lossRatio: null,
      p50Ns: null,
      p99Ns: null,
      measuredAtMs: null,
    },
  ]);
});

test('of two ways to one node the worse counts', async () => {
  const atMs = 1_800_000_000_000;
  const other = { ...peer('b'), key: 'b default ipv6' };
  const watch = new MadeWatchView([peer('b'), other]);
  watch.past = [
    madeColumn('b default', atMs - 10_000, { received: 10 }),
    madeColumn('b default ipv6', atMs - 10_000, { lost: 10 }),
  ];
  const { cells } = await ownRow(watch, NODE, atMs);
  assert.deepEqual(
    cells.map(({ key, lossRatio }) => [key, lossRatio]),
    [['b default ipv6', 1]],
  );
});
