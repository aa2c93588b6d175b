// SPDX-License-Identifier: MIT
// Creates the reflector of each service.

import type { CounterBlock } from '../counters.ts';
import type { ServicePlan } from '../service.ts';
import { ECHO } from './echo.ts';
import type { Reflector } from './reflector.ts';
import { StampSessions } from './stamp-sessions.ts';
import { StampReflector, type StampReflectorOptions } from './stamp.ts';
import { UdpEchoPlusState } from './udp-echo-plus-state.ts';
import { UdpEchoPlusReflector } from './udp-echo-plus.ts';

/** What a reflector needs of its thread. */
export interface ReflectorSite extends Omit<StampReflectorOptions, 'plan' | 'cells'> {
  /** Counts what it refuses and what it accepts. */
  readonly block: CounterBlock;
}

/** The memory for the sessions of a thread's reflectors of a service; `null` if they keep none. */
export function sessionMemory(plan: ServicePlan): SharedArrayBuffer | null {
  return plan.name === 'stamp' && plan.isStateful ? StampSessions.createMemory() : null;
}

/** The sessions in that memory; created once, because the thread's reflectors of a service share them. */
export function openSessions(memory: SharedArrayBuffer | null): StampSessions | undefined {
  return memory === null ? undefined : new StampSessions(memory);
}

export function makeReflector(plan: ServicePlan, site: ReflectorSite): Reflector {
  switch (plan.name) {
    case 'echo':
      return ECHO;
    case 'udp-echo-plus':
      return new UdpEchoPlusReflector(
        site.clock,
        new UdpEchoPlusState(plan.memory),
        site.block.valid,
      );
    case 'stamp':
      return new StampReflector({ ...site, plan, cells: site.block.refusals });
  }
}
