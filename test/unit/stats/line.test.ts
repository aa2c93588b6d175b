// Lines through points that were worked by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Line } from '../../../src/stats/line.ts';

function lineOf(...points: readonly (readonly [number, number])[]): Line {
  const line = new Line();
  for (const [x, y] of points) line.push(x, y);
  return line;
}

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} instead of ${expected}`);
}

test('points on a line have its slope and no residual', () => {
  const line = lineOf([1, 5], [2, 7], [4, 11]);
  assert.equal(line.count, 3);
  assertNear(line.slope, 2);
  assertNear(line.at(0), 3);
  assertNear(line.residual, 0);
});

test('the slope is that of the least squares', () => {
  // Means 1.5 and 1.5; the products of the deviations are 0.75 + 0.75 + 0.25 + 2.25, their squares 5.
  const line = lineOf([0, 1], [1, 0], [2, 2], [3, 3]);
  assertNear(line.slope, 0.8);
  assertNear(line.at(1.5), 1.5);
  // Residuals 0.7, -1.1, 0.1 and 0.3: 1.8 over four points.
  assertNear(line.residual, 0.45);
});

test('without two different x there is no slope', () => {
  assert.equal(lineOf().slope, 0);
  assert.equal(lineOf([1, 1]).slope, 0);
  assert.equal(lineOf([1, 1], [1, 3]).slope, 0);
});
