// SPDX-License-Identifier: MIT
// The events of a relay.

import type { EchogramError } from '../errors.ts';
import type { ImpairmentPlan } from '../impairment/impairments.ts';
import type { RelayCounters } from './relay-counters.ts';

/** The plans of both directions. */
export interface RelayPlans {
  readonly forward: ImpairmentPlan;
  readonly backward: ImpairmentPlan;
}

/** Events of a `Relay`, and what each passes to its listeners. */
export interface RelayEvents {
  /**
   * Something the user should know, each once: nothing listens at the server's port, replies are refused, all places
   * for clients are taken, a socket can't be opened. The first listener also gets the newest 100 earlier warnings.
   */
  warning: [message: string];
  /** New plans are in effect. */
  change: [plans: RelayPlans];
  /**
   * The relay can no longer receive: it closes, and `close` follows. Not emitted without a listener, so that it never
   * ends the process; `closed` rejects in any case.
   */
  error: [error: EchogramError<'ECHOGRAM_ERR_RELAY_FAILED'>];
  /** The relay has closed; these are its final counters. */
  close: [counters: RelayCounters];
}
