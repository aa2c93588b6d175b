import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { drawTable } from '../../../src/report/watch-table.ts';
import { Board } from '../../../src/watch/board/board.ts';
import { noCounts } from '../../../src/watch/counts.ts';
import type { WatchColumn } from '../../../src/watch/column.ts';
import type { TargetStatus } from '../../../src/watch/watch-view.ts';
import { madeColumn, madeMember, madeTarget } from '../../helpers/made-watch.ts';

const START = 1_000_000;

/** Statuses of targets with these columns, ten seconds each, the last of which has just ended. */
function statusesOf(
  columns: Readonly<Record<string, Parameters<typeof madeColumn>[2][]>>,
): readonly TargetStatus[] {
  const nowMs = START + 600_000;
  const board = new Board({
    engine: 'linux',
    factsOf: () => ({
      counters: { counts: noCounts(), rttBuckets: [], rttSumNs: 0, lastReplyAtMs: null },
      resolveError: null,
      addressChanges: 0,
      resolveFailures: 0,
    }),
    now: () => ({ nowMs, steadyMs: 0 }),
  });
  board.set(Object.keys(columns).map((name) => madeMember(madeTarget(name))));
  for (const [name, made] of Object.entries(columns)) {
    const firstMs = nowMs - made.length * 10_000;
    board.add(
      made.map((given, at): WatchColumn =>
        madeColumn(`${name} default`, firstMs + at * 10_000, given),
      ),
    );
  }
  return board.statuses;
}

const QUICK = { received: 10, rttNs: 100_000 };
const SLOW = { received: 10, rttNs: 900_000 };

const STATUSES = statusesOf({
  fra: [QUICK, SLOW, { received: 9, late: 1 }, QUICK],
  'ams.example.net': [QUICK, QUICK, { received: 5, lost: 5 }, { lost: 10 }],
  here: [QUICK, { received: 9, sendFailed: 1 }, { received: 8, lost: 2, hostDropped: 5 }],
});

test('each target is a line, the worst first: state, loss, delay and strip', () => {
  assert.deepEqual(drawTable(STATUSES, { columns: 80, lines: 20, hasColour: false }, '? help'), [
    '3 targets: cause unknown 1, works in part 1, losses 1                     ? help',
    'target          state              loss      p50      p99  last 3 min',
    'here            cause unknown     6.9 %   100 µs   100 µs                   ░!!',
    'ams.example.net works in part    37.5 %   100 µs   100 µs                  ░░××',
    'fra             losses            2.5 %   100 µs   901 µs                  ░█~░',
  ]);
});

test('what does not fit beside is left out, never half of it', () => {
  const lines = (columns: number): string[] =>
    drawTable(STATUSES, { columns, lines: 20, hasColour: false }, '? help');
  assert.deepEqual(lines(40), [
    '3 targets: cause unknown 1, works in part 1, losses 1',
    'target          state              loss',
    'here            cause unknown     6.9 %',
    'ams.example.net works in part    37.5 %',
    'fra             losses            2.5 %',
  ]);
  for (let columns = 20; columns < 250; columns++) {
    for (const line of lines(columns).slice(1)) {
      assert.ok(stripVTControlCharacters(line).length <= columns, `${columns}: ${line}`);
    }
  }
});

test('targets beyond the window are counted, and said to work only if all do', () => {
  const many = Object.fromEntries(
    Array.from({ length: 30 }, (_, at) => [`t${String(at).padStart(2, '0')}`, [QUICK]]),
  );
  const drawn = drawTable(statusesOf(many), { columns: 80, lines: 10, hasColour: false }, '');
  assert.equal(drawn.length, 10);
  assert.equal(drawn.at(-1), 'and 23 more, all working');
  const worse = statusesOf({ ...many, bad: [{ received: 9, lost: 1 }], worse: [{ lost: 10 }] });
  assert.equal(
    drawTable(worse, { columns: 80, lines: 4, hasColour: false }, '').at(-1),
    'and 31 more, works in part 1, works 30',
  );
  // As many lines as targets: none is to be counted.
  assert.match(drawTable(worse, { columns: 80, lines: 34, hasColour: false }, '').at(-1)!, /^t29 /);
  for (let lines = 0; lines < 12; lines++) {
    assert.ok(drawTable(worse, { columns: 80, lines, hasColour: false }, '').length <= lines);
  }
});

test('colours change no text but the cells of a strip', () => {
  const plain = drawTable(STATUSES, { columns: 80, lines: 20, hasColour: false }, '');
  const coloured = drawTable(STATUSES, { columns: 80, lines: 20, hasColour: true }, '');
  const shades = /[░▒▓█]/g;
  assert.deepEqual(
    coloured.map((line) => stripVTControlCharacters(line).replaceAll(shades, '░')),
    plain.map((line) => line.replaceAll(shades, '░')),
  );
  // The slowest cell is the brightest of the ramp, and the quickest the darkest.
  assert.match(coloured[4]!, /38;5;25m█.*38;5;220m█/);
});

test('targets of one name are told apart by their probes', () => {
  const [one] = STATUSES;
  const twin = { ...one!, target: madeTarget(one!.target.name, { name: 'voip' }) };
  const drawn = drawTable([one!, twin], { columns: 80, lines: 9, hasColour: false }, '');
  assert.match(drawn[2]!, /^here default /);
  assert.match(drawn[3]!, /^here voip /);
});

test('a name can not drive the terminal', () => {
  const [one] = STATUSES;
  const evil = { ...one!, target: { ...one!.target, name: '\x1b[2Jx' } };
  const drawn = drawTable([evil], { columns: 80, lines: 9, hasColour: false }, '');
  assert.match(drawn[2]!, /^\\x1b\[2Jx /);
});

test('without targets it says so', () => {
  assert.deepEqual(drawTable([], { columns: 80, lines: 9, hasColour: false }, ''), [
    'no targets',
    'target   state              loss      p50      p99  last 4 min',
  ]);
});
