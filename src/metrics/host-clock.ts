// SPDX-License-Identifier: MIT
// Whether this host's clock is synchronized, as metrics say it.

import type { EngineName } from '../socket/datagram-socket.ts';
import { loadLibc } from '../socket/linux/libc.ts';
import { LinuxWallClock } from '../socket/linux/wall-clock.ts';
import type { MetricText } from './metric-text.ts';
import type { Sample } from './sample.ts';

export const CLOCK_SYNCHRONIZED: Omit<MetricText, 'name'> = {
  type: 'gauge',
  help: "Whether the kernel says that an external source such as NTP disciplines this host's clock: 1 or 0. Not exported by the portable engine, which can't know, nor where a sandbox forbids adjtimex.",
};

/** `null` if the system does not say. */
export async function isClockSynchronised(engine: EngineName): Promise<boolean | null> {
  if (engine !== 'linux') return null;
  const clock = new LinuxWallClock(await loadLibc());
  return clock.knownQuality()?.isSynchronised ?? null;
}

/** No sample for what is not known. */
export function ifKnown(is: boolean | null): Sample[] {
  return is === null ? [] : [{ value: is ? 1 : 0, labels: {} }];
}
