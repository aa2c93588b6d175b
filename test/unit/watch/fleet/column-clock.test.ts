import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostClocks } from '../../../../src/socket/probe-hub.ts';
import { ColumnClock } from '../../../../src/watch/fleet/column-clock.ts';

const SECOND = 1e9;
const HOUR_MS = 3_600_000;
/** 3 s into a column. */
const WALL_MS = 1_700_000_003_000;

interface Told {
  readonly kind: string;
  readonly detail: string;
}

/** A clock that is looked at each second; `at` says what the host's clocks show. */
function watchClock(
  seconds: number,
  at: (second: number) => Partial<HostClocks>,
): { told: Told[]; starts: [second: number, startMs: number][]; clock: ColumnClock } {
  const told: Told[] = [];
  const starts: [number, number][] = [];
  const clocksAt = (second: number): HostClocks => ({
    nowNs: second * SECOND,
    wallMs: WALL_MS + second * 1000,
    suspendedNs: 5 * SECOND,
    ...at(second),
  });
  const clock = new ColumnClock(clocksAt(0), (_atMs, kind, detail) => told.push({ kind, detail }));
  let { current } = clock;
  for (let second = 1; second <= seconds; second++) {
    const clocks = clocksAt(second);
    clock.advance(clocks.nowNs);
    clock.look(clocks);
    if (clock.current === current) continue;
    assert.ok(current.endNs <= clock.current.startNs && current.endNs >= current.startNs);
    ({ current } = clock);
    starts.push([second, current.startMs]);
  }
  return { told, starts, clock };
}

test('a stretch begins at each multiple of 10 s of wall time', () => {
  const { told, starts, clock } = watchClock(30, () => ({}));
  assert.deepEqual(told, []);
  assert.deepEqual(starts, [
    [7, 1_700_000_010_000],
    [17, 1_700_000_020_000],
    [27, 1_700_000_030_000],
  ]);
  assert.equal(clock.wallMsAt(30 * SECOND), WALL_MS + 30_000);
});

test('a clock that is slewed is no step', () => {
  const { told, starts } = watchClock(100, (second) => ({ wallMs: WALL_MS + second * 1080 }));
  assert.deepEqual(told, []);
  assert.equal(starts.length, 11);
});

for (const [hours, way] of [
  [1, 'forward'],
  [-1, 'back'],
] as const) {
  test(`a clock that is set ${way} begins a new stretch, and is told`, () => {
    const { told, starts, clock } = watchClock(12, (second) =>
      second < 5 ? {} : { wallMs: WALL_MS + second * 1000 + hours * HOUR_MS },
    );
    assert.deepEqual(told, [
      { kind: 'clock_stepped', detail: `the wall clock was set ${way} by 3,600 s` },
    ]);
    assert.equal(clock.steps, 1);
    assert.deepEqual(starts, [
      [5, 1_700_000_000_000 + hours * HOUR_MS],
      [7, 1_700_000_010_000 + hours * HOUR_MS],
    ]);
  });
}

test('a small step within a stretch is told, and the stretch goes on', () => {
  const { told, starts } = watchClock(6, (second) =>
    second < 5 ? {} : { wallMs: WALL_MS + second * 1000 - 500 },
  );
  assert.deepEqual(told, [
    { kind: 'clock_stepped', detail: 'the wall clock was set back by 500 ms' },
  ]);
  assert.deepEqual(starts, []);
});

test('a suspension is no step of the clock', () => {
  const { told, clock } = watchClock(12, (second) =>
    second < 5
      ? {}
      : { wallMs: WALL_MS + second * 1000 + HOUR_MS, suspendedNs: 5 * SECOND + HOUR_MS * 1e6 },
  );
  assert.deepEqual(told, [{ kind: 'suspended', detail: 'the host was suspended for 3,600 s' }]);
  assert.equal(clock.steps, 0);
  assert.equal(clock.current.startMs, 1_700_000_010_000 + HOUR_MS);
});

test('a program that did not run for two seconds says so', () => {
  const { told, clock } = watchClock(1, () => ({}));
  clock.stalled(1.9 * SECOND, 3 * SECOND);
  clock.stalled(-Infinity, 3 * SECOND);
  assert.deepEqual(told, []);
  clock.stalled(4 * SECOND, 7 * SECOND);
  assert.deepEqual(told, [{ kind: 'suspended', detail: 'this program did not run for 4 s' }]);
});
