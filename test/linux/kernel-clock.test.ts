// The wall clock of the kernel's stamps on the monotonic clock: the machine's own, and one that is set.

import assert from 'node:assert/strict';
import test from 'node:test';
import { CLOCK_REALTIME } from '../../src/socket/linux/constants.ts';
import { KernelClock } from '../../src/socket/linux/kernel-clock.ts';
import type { Libc } from '../../src/socket/linux/libc.ts';
import { MonotonicClock } from '../../src/socket/linux/monotonic-clock.ts';
import { libc, needsLinuxEngine } from '../helpers/linux.ts';

const skip = needsLinuxEngine();

// Made where the engine runs; elsewhere no test asks it.
const MONOTONIC =
  skip === false ? new MonotonicClock(libc) : (undefined as unknown as MonotonicClock);

const S = 1e9;

/** The machine's clocks, but the wall clock is `aheadNs` ahead of the real one. */
function libcWith(wall: { aheadNs: number }): { libc: Libc; read: () => [number, number] } {
  const times = new Map<unknown, BigInt64Array>();
  const set = {
    ...libc,
    address: (memory: BigInt64Array) => {
      const pointer = libc.address(memory);
      times.set(pointer, memory);
      return pointer;
    },
    clock_gettime: (clock: number, pointer: unknown) => {
      const status = libc.clock_gettime(clock, pointer as never);
      if (clock !== CLOCK_REALTIME) return status;
      const time = times.get(pointer)!;
      const nowNs = time[0]! * BigInt(S) + time[1]! + BigInt(wall.aheadNs);
      time[0] = nowNs / BigInt(S);
      time[1] = nowNs % BigInt(S);
      return status;
    },
  } as unknown as Libc;
  const time = new BigInt64Array(2);
  const pointer = set.address(time);
  const read = (): [number, number] => {
    set.clock_gettime(CLOCK_REALTIME, pointer);
    return [Number(time[0]), Number(time[1])];
  };
  return { libc: set, read };
}

test('a stamp lies between the readings of the monotonic clock around it', { skip }, () => {
  const { libc: untouched, read } = libcWith({ aheadNs: 0 });
  const clock = new KernelClock(untouched, MONOTONIC);
  for (let round = 0; round < 1000; round++) {
    const beforeNs = MONOTONIC.now();
    const [seconds, nanoseconds] = read();
    const afterNs = MONOTONIC.now();
    clock.look();
    const atNs = clock.toMonotonicNs(seconds, nanoseconds);
    // Half the width of the narrowest of 16 looks is what the difference is known to.
    assert.ok(atNs >= beforeNs - 1000 && atNs <= afterNs + 1000, `${beforeNs} ${atNs} ${afterNs}`);
  }
});

for (const [what, aheadNs] of [
  ['an hour ahead', 3600 * S],
  ['an hour back', -3600 * S],
  ['ten microseconds ahead', 10_000],
] as const) {
  test(`a wall clock that is set ${what} is followed at the next look`, { skip }, () => {
    const wall = { aheadNs: 0 };
    const { libc: settable, read } = libcWith(wall);
    const clock = new KernelClock(settable, MONOTONIC);
    wall.aheadNs = aheadNs;
    clock.look();
    const beforeNs = MONOTONIC.now();
    const [seconds, nanoseconds] = read();
    const afterNs = MONOTONIC.now();
    const atNs = clock.toMonotonicNs(seconds, nanoseconds);
    // As wide as one look, in which the thread may have lost its core.
    const slackNs = 5e6;
    assert.ok(atNs >= beforeNs - slackNs && atNs <= afterNs + slackNs);
  });
}

test('two stamps are as far apart as the kernel says, to the nanosecond', { skip }, () => {
  const clock = new KernelClock(libc, MONOTONIC);
  const [seconds] = libcWith({ aheadNs: 0 }).read();
  const apartNs = clock.toMonotonicNs(seconds + 2, 5) - clock.toMonotonicNs(seconds, 999_999_998);
  assert.equal(apartNs, 1_000_000_007);
});

test('a time of day is back where it came from', { skip }, () => {
  const clock = new KernelClock(libc, MONOTONIC);
  for (const aheadNs of [0, 1, 999_999_999, 86_400 * S]) {
    const atNs = MONOTONIC.now() + aheadNs;
    const { seconds, nanoseconds } = clock.toWallTime(atNs);
    assert.ok(Number.isInteger(nanoseconds) && nanoseconds >= 0 && nanoseconds < S);
    // Rounded to whole nanoseconds there, and a double's rounding back.
    assert.ok(Math.abs(clock.toMonotonicNs(seconds, nanoseconds) - atNs) <= 1);
  }
});
