// The picture of response time against load, drawn from trials made by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawLoadPicture } from '../../../src/report/load-picture.ts';
import { madeTrial, times } from '../../helpers/made-load.ts';

const SIZE = { columns: 50, lines: 6, hasColour: false };

/** Responses of so many milliseconds, median and 99th percentile. */
function slow(p50Ms: number, p99Ms: number) {
  return { responseNs: times(p50Ms, p99Ms) };
}

// Of 40 columns, 100/s is the first and 10,000/s the last; 1,000/s is half way, where the 21st begins. Of 6 lines,
// each a factor of 10^0.5, 0.1 ms is the lowest and 100 ms the highest.
const TRIALS = [
  madeTrial('ramp', 100, slow(0.1, 0.1)),
  madeTrial('ramp', 1000, slow(1.01, 10.1)),
  madeTrial('ramp', 3200, { ...slow(1.01, 100), verdict: 'growth' }),
  madeTrial('ramp', 10_000, { ...slow(10.1, 100), verdict: 'high-loss' }),
];

test('each trial is a bar at its load from p50 to p99, and what failed has a mark', () => {
  assert.deepEqual(drawLoadPicture(TRIALS, SIZE), [
    ' 56.2 ms ┤                              ▒        ▒',
    '         │                    ▒         ▒        █',
    '         │                    ▒         ▒',
    ' 1.78 ms ┤                    █         █',
    '         │',
    '  178 µs ┤█',
    '  failed │                              ~        ×',
    '         └ 100/s ──────────────────────── 10,000/s',
    '          response █ p50 ▒ p99  × lost  ~ queue grew  ! this host',
  ]);
});

test('of trials with one load, the failure is shown', () => {
  const [, failed] = [0, 1].map((at) =>
    drawLoadPicture(
      [TRIALS[0]!, TRIALS[3]!, madeTrial('search', 10_000, slow(1, 1))].slice(0, 3 - at),
      SIZE,
    ).at(-3),
  );
  assert.equal(failed!.at(-1), '×');
});

test('colour tells what failed as well', () => {
  const [line] = drawLoadPicture(TRIALS, { ...SIZE, hasColour: true });
  assert.match(line!, /\x1b\[38;5;202m▒\x1b\[0m$/);
});

test('before the first trial there is a frame alone', () => {
  const lines = drawLoadPicture([], SIZE);
  assert.equal(lines.length, SIZE.lines + 3);
  assert.equal(lines[0], '         │');
});

test('a picture is as narrow as its terminal', () => {
  for (const columns of [40, 41, 64, 200]) {
    const lines = drawLoadPicture(TRIALS, { ...SIZE, columns }).slice(0, -1);
    assert.deepEqual(
      lines.filter((line) => line.length > columns),
      [],
    );
  }
});
