// SPDX-License-Identifier: MIT
// What a server tells while it runs.

import type { EchogramError } from '../errors.ts';
import type { ServerCounters } from './counters.ts';
import type { DatagramSample } from './sampler.ts';

/** Events of an `EchoServer`, and what each gives its listeners. */
export interface EchoServerEvents {
  /** A datagram came and was answered or refused. Sampled: see `samplesPerSecond`. */
  datagram: [sample: DatagramSample];
  /** Once a second where datagrams came that did not become events: how many. */
  unreported: [datagrams: number];
  /**
   * Something the user should know: what `warnings` has, a worker died, a feature was switched off, this host refuses
   * to send, a limit refuses somebody (within a second, then every 10 s at most while it does). The first listener
   * also gets what came before it, the newest 100.
   */
  warning: [message: string];
  /**
   * Nothing in it can answer any more: it closes by itself, and `close` follows. Without a listener it is not
   * emitted, so that it never ends the process; `closed` rejects in any case.
   */
  error: [error: EchogramError<'ECHOGRAM_ERR_SERVER_FAILED'>];
  /** The server has closed; these are its final counters. */
  close: [counters: ServerCounters];
}
