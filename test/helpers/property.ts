// Property tests, the same on every run: a seed of its own each time would fail on somebody else's day.

import fc, { type IProperty } from 'fast-check';

const SEED = 862;

/** Checks the property on `runs` inputs, and names the smallest one that breaks it. */
export function holds<Inputs>(property: IProperty<Inputs>, runs = 1000): void {
  fc.assert(property, { seed: SEED, numRuns: runs });
}
