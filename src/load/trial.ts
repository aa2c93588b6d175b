// SPDX-License-Identifier: MIT
// One trial of a search, before and after it runs, and whoever runs it.

import type { Idle, LoadTrial, TrialPhase } from './load-result.ts';

/** What to try. */
export interface TrialSpec {
  readonly phase: TrialPhase | 'warm-up';
  /** Datagrams per second. */
  readonly pps: number;
  readonly durationNs: number;
}

/** What was measured, before it is judged. */
export type MeasuredTrial = Omit<LoadTrial, 'phase' | 'verdict'>;

/** The path without load, as it was before the search. */
export interface IdlePath extends Idle {
  /** How long replies are waited for: at least a second, and 4 round trips. */
  readonly timeoutNs: number;
  /** The highest rate at which every probe can be remembered for that long. */
  readonly mostPps: number;
  /** Why it stopped early; `null` if it did not. */
  readonly cutBy: LoadTrial['cutBy'];
}

/** Runs trials, on sockets or on a simulated path. Only one thing runs at a time. */
export interface TrialRunner {
  /** Since the start of the search. */
  readonly elapsedNs: number;
  /** True once the caller wants no more. */
  readonly isStopped: boolean;
  /** Measures the path without load. */
  runIdle(): Promise<IdlePath>;
  runTrial(spec: TrialSpec, idle: IdlePath): Promise<MeasuredTrial>;
  /** Sends nothing for a while, so that queues drain and buckets refill. */
  rest(restNs: number): Promise<void>;
}

/** How many datagrams a trial sends if none of its slots is skipped. */
export function slotsOf({ pps, durationNs }: Pick<TrialSpec, 'pps' | 'durationNs'>): number {
  return Math.max(1, Math.round((pps * durationNs) / 1e9));
}
