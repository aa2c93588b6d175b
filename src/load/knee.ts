// SPDX-License-Identifier: MIT
// Where response times begin to rise.

import type { Knee, LoadTrial } from './load-result.ts';
import type { IdlePath } from './trial.ts';

/** A rise of less is not worth speaking of. */
const LEAST_RISE_NS = 1e6;

const RULE = 'p95 of the response time at most 1 ms, or the idle median, above the idle median';

/** The highest step of the profile, and all below it, whose response times are close to those of the idle path. */
export function kneeOf(trials: readonly LoadTrial[], { rttNs }: IdlePath): Knee | null {
  const idleNs = rttNs.p50;
  if (idleNs === null) return null;
  const mostNs = idleNs + Math.max(LEAST_RISE_NS, idleNs);
  let knee: Knee | null = null;
  for (const { phase, offeredPps, responseNs } of trials) {
    if (phase !== 'profile') continue;
    if (responseNs.p95 === null || responseNs.p95 > mostNs) break;
    knee = { pps: offeredPps, p95Ns: responseNs.p95, rule: RULE };
  }
  return knee;
}
