// SPDX-License-Identifier: MIT
// What other programs take of the machine during a measurement, and how to wait until they take little.

import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { machineTimeNs } from './processes.js';

/** Share of the machine's CPU time that other programs may use during a measurement. */
export const DISTURBED_RATIO = 0.03;

/** How long to look whether the machine is quiet. */
const LOOK_MS = 200;

/**
 * Measures in a quiet moment if one comes in time, and again while the result is disturbed.
 *
 * @param measureOnce  resolves to a result with an `othersRatio`
 * @param patienceMs   how long to wait and to repeat; 0 measures once, now
 */
export async function leastDisturbed(measureOnce, patienceMs) {
  const deadline = performance.now() + patienceMs;
  let best;
  do {
    await quietMoment(deadline);
    const result = await measureOnce();
    if (best === undefined || result.othersRatio < best.othersRatio) best = result;
  } while (isDisturbed(best) && performance.now() < deadline);
  return best;
}

/** The undisturbed ones of several measurements of the same, or all if none is. */
export function undisturbed(rows) {
  const quiet = rows.filter((row) => !isDisturbed(row));
  return quiet.length > 0 ? quiet : rows;
}

export function isDisturbed({ othersRatio }) {
  return othersRatio > DISTURBED_RATIO;
}

async function quietMoment(deadline) {
  while (performance.now() < deadline) {
    const before = machineTimeNs();
    await setTimeout(LOOK_MS);
    const usedNs = machineTimeNs() - before;
    if (usedNs / 1e6 / (LOOK_MS * cpus().length) <= DISTURBED_RATIO) return;
  }
}
