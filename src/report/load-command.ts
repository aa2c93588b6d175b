// SPDX-License-Identifier: MIT
// The command that repeats a load measurement, from the settings of its result.

import type { LoadResult } from '../load/load-result.ts';
import { LOAD_OPTIONS } from '../options/load.ts';
import { commandOf } from './ping-command.ts';

/** `echogram load --max-rate 5000 --flood -- 192.0.2.7:10000` */
export function loadCommand(result: LoadResult): string {
  const { supplied, throughput, thresholds } = result;
  const [threshold] = thresholds;
  const isRateGiven = supplied['maxRate'] !== undefined;
  // Bits per second became datagrams per second, whatever size they have.
  const rates = {
    ...(isRateGiven ? { maxRate: Math.floor(throughput.ceilingPps) } : {}),
    ...(threshold === undefined ? {} : { minRate: Math.ceil(threshold.limit) }),
  };
  return commandOf('load', LOAD_OPTIONS, { ...result, supplied: { ...supplied, ...rates } });
}
