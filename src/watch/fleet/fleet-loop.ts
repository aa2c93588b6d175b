// SPDX-License-Identifier: MIT
// The prober's loop on either engine: read the main thread's messages, take a turn, sleep until something is due.

import type { ProbeHub } from '../../socket/probe-hub.ts';
import { STOP } from '../../socket/stop-wish.ts';
import type { FleetProber } from './fleet-prober.ts';

/**
 * The least time from one turn to the next if replies have the kernel's timestamps. A turn costs some 30 µs of system
 * calls, however much it does. Probes that become due in the meantime leave together, late by at most this much.
 */
const LEAST_TURN_NS = 700_000;

export interface FleetLoopOptions {
  readonly hub: ProbeHub;
  readonly prober: FleetProber;
  /** One cell with the requested value of `STOP`; the code that changes it wakes the hub. */
  readonly wish: Int32Array;
  /** Handles the main thread's messages since the last turn. */
  readonly hear: () => void | Promise<void>;
}

/** Ends after a stop once everything is reported, or immediately if that is requested. */
export async function runFleetLoop({ hub, prober, wish, hear }: FleetLoopOptions): Promise<void> {
  let dueNs = Infinity;
  for (;;) {
    const startedNs = hub.nowNs;
    prober.stalled(startedNs - dueNs, startedNs);
    const hearing = hear();
    if (hearing !== undefined) await hearing;
    const asked = Atomics.load(wish, 0);
    if (asked === STOP.now) return;
    if (asked === STOP.soon) prober.stop();
    if (!prober.turn()) return;
    dueNs = Math.max(prober.nextNs, startedNs + LEAST_TURN_NS);
    const sleeping = hub.sleep(earliestNs(hub, startedNs), dueNs);
    if (sleeping !== undefined) await sleeping;
  }
}

/** Without kernel timestamps a reply's arrival time is when it is read, so it is read as soon as it arrives. */
function earliestNs(hub: ProbeHub, startedNs: number): number {
  return hub.sides.every(({ hasStamps }) => hasStamps) ? startedNs + LEAST_TURN_NS : startedNs;
}
