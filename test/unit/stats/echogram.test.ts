import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc, { type Arbitrary } from 'fast-check';
import {
  Echogram,
  ECHOGRAM_COLUMNS,
  ECHOGRAM_ROWS,
  rowLowNs,
  rowOf,
  type EchogramSummary,
} from '../../../src/stats/echogram.ts';
import { holds } from '../../helpers/property.ts';
import { anyDurationNs } from '../../helpers/slow-statistics.ts';

const MS = 1e6;

/** One call of a method. */
type Call =
  | { readonly what: 'sent'; readonly atNs: number; readonly errorNs: number }
  | { readonly what: 'received'; readonly atNs: number; readonly rttNs: number }
  | { readonly what: 'hostDropped'; readonly atNs: number; readonly count: number }
  | { readonly what: 'stalled'; readonly atNs: number; readonly delayNs: number }
  | { readonly what: Simple; readonly atNs: number };

const SIMPLE = [
  ...(['sendFailed', 'lost', 'late', 'namedByIcmp'] as const),
  ...(['skipped', 'corrupted', 'duplicate'] as const),
];

type Simple = (typeof SIMPLE)[number];

/** What is told of the time at which it was noticed. */
const ASIDES: readonly Call['what'][] = ['hostDropped', 'stalled', 'corrupted', 'duplicate'];

function feed(picture: Echogram, call: Call): void {
  if (call.what === 'sent') picture.sent(call.atNs, call.errorNs);
  else if (call.what === 'received') picture.received(call.atNs, call.rttNs);
  else if (call.what === 'stalled') picture.stalled(call.delayNs, call.atNs);
  else if (call.what === 'hostDropped') picture.hostDropped(call.count, call.atNs);
  else picture[call.what](call.atNs);
}

/** The edges of the rows, made apart from the code: each octave from 1024 ns in 32 equal parts. */
const EDGES_NS: readonly bigint[] = Array.from({ length: 27 * 32 + 1 }, (_, row) => {
  const octave = 2n ** BigInt(10 + Math.floor(row / 32));
  return octave + (BigInt(row % 32) * octave) / 32n;
});

function slowRow(rttNs: number): number {
  const above = EDGES_NS.findIndex((edge) => edge > BigInt(rttNs));
  if (above === -1) return ECHOGRAM_ROWS - 1;
  return Math.max(0, above - 1);
}

/** The same picture from all calls at once: everything is kept, and the width is known beforehand. */
function slowPicture(intervalNs: number, calls: readonly Call[]): EchogramSummary {
  let columnNs = intervalNs;
  while (columnNs < MS) columnNs += intervalNs;
  const lastNs = Math.max(-1, ...calls.map(({ atNs }) => atNs));
  while (lastNs / columnNs >= ECHOGRAM_COLUMNS) columnNs *= 2;
  const slots = calls.filter(({ what }) => !ASIDES.includes(what));
  // What was noticed beside probes makes a column only if there is none.
  const lastSlotNs = Math.max(calls.length > 0 ? 0 : -1, ...slots.map(({ atNs }) => atNs));
  const columns = lastSlotNs < 0 ? 0 : Math.floor(lastSlotNs / columnNs) + 1;
  const within = Array.from({ length: columns }, (_, column) => {
    const endNs = column === columns - 1 ? Infinity : (column + 1) * columnNs;
    return calls.filter(({ atNs }) => atNs >= column * columnNs && atNs < endNs);
  });
  const times = (...whats: readonly Call['what'][]): number[] =>
    within.map((some) => some.filter(({ what }) => whats.includes(what)).length);
  const less = (some: readonly number[], others: readonly number[]): number[] =>
    some.map((count, column) => count - others[column]!);
  return {
    version: 1,
    columnNs,
    lowestNs: 1024,
    rowsPerOctave: 32,
    sent: less(times('sent'), times('sendFailed')),
    received: times('received'),
    lost: less(times('lost'), times('late')),
    late: times('late'),
    hostDropped: within.map((some) =>
      some.reduce((sum, call) => sum + (call.what === 'hostDropped' ? call.count : 0), 0),
    ),
    sendFailed: times('sendFailed'),
    icmpErrors: times('namedByIcmp'),
    corrupted: times('corrupted'),
    duplicate: times('duplicate'),
    skipped: times('skipped'),
    largestSendErrorNs: within.map((some) =>
      Math.max(0, ...some.map((call) => (call.what === 'sent' ? call.errorNs : 0))),
    ),
    largestStallNs: within.map((some) =>
      Math.max(0, ...some.map((call) => (call.what === 'stalled' ? call.delayNs : 0))),
    ),
    rttRows: within.map(slowRows),
  };
}

function slowRows(calls: readonly Call[]): number[] {
  const counts = new Map<number, number>();
  for (const call of calls) {
    if (call.what !== 'received') continue;
    const row = slowRow(call.rttNs);
    counts.set(row, (counts.get(row) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => a - b).flat();
}

test('nothing makes an empty picture', () => {
  assert.deepEqual(new Echogram(1e9).summary(), {
    version: 1,
    columnNs: 1e9,
    lowestNs: 1024,
    rowsPerOctave: 32,
    sent: [],
    received: [],
    lost: [],
    late: [],
    hostDropped: [],
    sendFailed: [],
    icmpErrors: [],
    corrupted: [],
    duplicate: [],
    skipped: [],
    largestSendErrorNs: [],
    largestStallNs: [],
    rttRows: [],
  });
});

test('three probes a second apart have a column each: answered, lost and late', () => {
  const picture = new Echogram(1e9);
  picture.sent(10, 10);
  // 2^23 ns is 13 octaves above 2^10: row 13 × 32 is the first of them.
  picture.received(10, 2 ** 23);
  picture.sent(1e9 + 2000, 2000);
  picture.lost(1e9 + 2000);
  picture.namedByIcmp(1e9 + 2000);
  picture.corrupted(0);
  picture.duplicate(2e9);
  picture.duplicate(3e9 - 1);
  picture.sent(2e9 + 30, 30);
  picture.lost(2e9 + 30);
  picture.late(2e9 + 30);
  picture.stalled(4000, 1e9);
  picture.stalled(3000, 2e9 - 1);
  assert.deepEqual(picture.summary(), {
    version: 1,
    columnNs: 1e9,
    lowestNs: 1024,
    rowsPerOctave: 32,
    sent: [1, 1, 1],
    received: [1, 0, 0],
    lost: [0, 1, 0],
    late: [0, 0, 1],
    hostDropped: [0, 0, 0],
    sendFailed: [0, 0, 0],
    skipped: [0, 0, 0],
    icmpErrors: [0, 1, 0],
    corrupted: [1, 0, 0],
    duplicate: [0, 0, 2],
    largestSendErrorNs: [10, 2000, 30],
    largestStallNs: [0, 4000, 0],
    rttRows: [[416, 1], [], []],
  });
});

for (const [intervalNs, columnNs] of [
  [1e9, 1e9],
  [1 * MS, 1 * MS],
  [0.6 * MS, 1.2 * MS],
  [5000, 1 * MS],
] as const) {
  test(`at ${intervalNs} ns between probes a column starts as ${columnNs} ns`, () => {
    assert.equal(new Echogram(intervalNs).summary().columnNs, columnNs);
  });
}

test('when the 513th column is reached, each two become one of twice the width', () => {
  const picture = new Echogram(MS);
  for (const column of [0, 1, 3, 511]) {
    picture.sent(column * MS, column);
    picture.received(column * MS, 1500);
  }
  assert.equal(picture.summary().columnNs, MS);
  assert.equal(picture.summary().sent.length, 512);
  picture.skipped(512 * MS, 3);
  const { columnNs, sent, skipped, largestSendErrorNs, rttRows } = picture.summary();
  assert.equal(columnNs, 2 * MS);
  assert.equal(sent.length, 257);
  assert.deepEqual([sent[0], sent[1], sent[2], sent[255], sent[256]], [2, 1, 0, 1, 0]);
  assert.deepEqual([skipped[0], skipped[256]], [0, 3]);
  assert.deepEqual([largestSendErrorNs[0], largestSendErrorNs[1]], [1, 3]);
  // 1500 ns are 476 above 1024, and a row there is 32 high: row 14.
  assert.deepEqual([rttRows[0], rttRows[1], rttRows[256]], [[14, 2], [14, 1], []]);
});

test('what is noticed after the last probe is in its column, and makes none', () => {
  const picture = new Echogram(100 * MS);
  for (const column of [0, 1, 2]) picture.sent(column * 100 * MS, 0);
  picture.stalled(5 * MS, 150 * MS);
  picture.stalled(9 * MS, 1100 * MS);
  picture.stalled(3 * MS, 1200 * MS);
  picture.hostDropped(2, 250 * MS);
  picture.hostDropped(5, 1200 * MS);
  picture.corrupted(400 * MS);
  picture.duplicate(500 * MS);
  const { sent, largestStallNs, hostDropped, corrupted, duplicate } = picture.summary();
  assert.deepEqual(sent, [1, 1, 1]);
  assert.deepEqual(largestStallNs, [0, 5 * MS, 9 * MS]);
  assert.deepEqual(
    [hostDropped, corrupted],
    [
      [0, 0, 7],
      [0, 0, 1],
    ],
  );
  assert.deepEqual(duplicate, [0, 0, 1]);
  // A picture that goes on has it if it was.
  picture.sent(1200 * MS, 0);
  const longest = picture.summary().largestStallNs;
  assert.deepEqual([longest[2], longest[11], longest[12]], [0, 9 * MS, 3 * MS]);
  assert.deepEqual(picture.summary().hostDropped.slice(2), [2, ...Array<number>(9).fill(0), 5]);
});

test('a session of a hundred days has 512 columns at most', () => {
  const picture = new Echogram(1000);
  picture.sent(0, 0);
  picture.sent(100 * 86_400e9, 0);
  const { sent, columnNs } = picture.summary();
  // 1 ms doubled until 512 of them are more than 8.64e15 ns: 2^25 times.
  assert.equal(columnNs, 2 ** 25 * MS);
  assert.deepEqual([sent.length, sent[0], sent.at(-1)], [258, 1, 1]);
});

test('a time before the start belongs to the first column', () => {
  const picture = new Echogram(MS);
  picture.sent(-0.3, 0);
  assert.deepEqual(picture.summary().sent, [1]);
});

test('each row begins where the one before ends, from 1024 ns to more than 100 s', () => {
  assert.deepEqual(
    Array.from({ length: ECHOGRAM_ROWS + 1 }, (_, row) => BigInt(rowLowNs(row))),
    EDGES_NS,
  );
  for (const [row, edge] of EDGES_NS.slice(1).entries()) {
    assert.equal(rowOf(Number(edge) - 1), row);
    assert.equal(rowOf(Number(edge)), Math.min(row + 1, ECHOGRAM_ROWS - 1));
  }
  assert.ok(rowLowNs(ECHOGRAM_ROWS) > 100e9);
});

test('what is below the first row or above the last is counted in it', () => {
  assert.deepEqual([0, 1, 1023, 1024].map(rowOf), [0, 0, 0, 0]);
  assert.deepEqual([2 ** 37, 2 ** 53 - 1].map(rowOf), [863, 863]);
});

/** Times that meet the edges of columns of many widths. */
function anyTimeNs(): Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: 0, max: 600 }).map((ms) => ms * MS),
    fc.integer({ min: 0, max: 2 ** 31 }),
    fc.double({ min: 0, max: 1e13, noNaN: true }),
  );
}

function anyCall(): Arbitrary<Call> {
  const atNs = anyTimeNs();
  return fc.oneof(
    fc.record({ what: fc.constant('sent'), atNs, errorNs: fc.nat(1e9) }),
    fc.record({ what: fc.constant('received'), atNs, rttNs: anyDurationNs() }),
    fc.record({ what: fc.constant('hostDropped'), atNs, count: fc.nat(1000) }),
    fc.record({ what: fc.constant('stalled'), atNs, delayNs: fc.nat(1e9) }),
    fc.record({ what: fc.constantFrom(...SIMPLE), atNs }),
  );
}

test('whatever comes in whatever order, it is the picture of all of it at once', () => {
  const calls = fc.array(anyCall(), { maxLength: 40, size: 'max' });
  const intervals = fc.constantFrom(1000, 3500, MS, 250_000, 20 * MS, 1e9);
  holds(
    fc.property(intervals, calls, (intervalNs, some) => {
      const picture = new Echogram(intervalNs);
      for (const call of some) feed(picture, call);
      assert.deepEqual(picture.summary(), slowPicture(intervalNs, some));
    }),
    300,
  );
});

test('a summary survives structured clone and JSON', () => {
  const picture = new Echogram(MS);
  picture.sent(0.25, 0.25);
  picture.received(0.25, 20_000);
  const summary = picture.summary();
  assert.deepEqual(structuredClone(summary), summary);
  assert.deepEqual(JSON.parse(JSON.stringify(summary)), summary);
});
