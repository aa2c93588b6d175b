// SPDX-License-Identifier: MIT
// One target in the prober: its schedule, its counts, and the session with its address.

import type { FleetSession } from './fleet-session.ts';
import type { TargetPlan } from './fleet-messages.ts';
import { Slots } from './slots.ts';
import type { TargetTally } from './target-tally.ts';

/** A session, and the sockets that it uses. */
export interface SessionPlace<Side> {
  readonly side: Side;
  readonly session: FleetSession;
  /** Index of its peer. */
  readonly peer: number;
  /** Distinguishes its tickets from those of all other sessions. */
  readonly serial: number;
}

export class FleetTarget<Side> {
  readonly tally: TargetTally;
  plan: TargetPlan;
  slots: Slots;
  /** `undefined` while it has no address, or there is no socket for it. */
  place: SessionPlace<Side> | undefined;

  constructor(plan: TargetPlan, tally: TargetTally, nowNs: number) {
    this.plan = plan;
    this.tally = tally;
    this.slots = slotsOf(plan, nowNs);
  }

  /** Changes its address or settings; its counts continue. */
  replan(plan: TargetPlan, nowNs: number): void {
    const { intervalMs } = this.plan.settings;
    this.plan = plan;
    if (plan.settings.intervalMs !== intervalMs) this.slots = slotsOf(plan, nowNs);
  }

  /** When its next probe is due to be sent or given up. @param sends  false once no more are sent */
  nextNs(sends: boolean): number {
    const outcomeNs = this.place?.session.nextOutcomeNs ?? Infinity;
    // A reply at the last nanosecond is still accepted.
    return Math.min(sends ? this.slots.nextNs : Infinity, outcomeNs + 1);
  }
}

function slotsOf({ phase, settings }: TargetPlan, nowNs: number): Slots {
  return new Slots(phase, settings.intervalMs * 1e6, nowNs);
}
