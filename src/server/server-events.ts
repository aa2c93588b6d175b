// SPDX-License-Identifier: MIT
// The events of a server.

import type { EchogramError } from '../errors.ts';
import type { ServerCounters } from './counters.ts';
import type { DatagramSample } from './sampler.ts';

/** Events of an `EchoServer`, and what each passes to its listeners. */
export interface EchoServerEvents {
  /** A datagram arrived and was answered or refused. Sampled: see `samplesPerSecond`. */
  datagram: [sample: DatagramSample];
  /** Once a second, if datagrams arrived that did not become events: how many. */
  unreported: [datagrams: number];
  /**
   * Something the user should know: an entry of `warnings`, a worker died, a feature was turned off, this host refuses
   * to send, or a limit refuses a source (within a second, then at most every 10 s). The first listener also gets the
   * newest 100 earlier warnings.
   */
  warning: [message: string];
  /**
   * The server can no longer answer: it closes, and `close` follows. Not emitted without a listener, so that it never
   * ends the process; `closed` rejects in any case.
   */
  error: [error: EchogramError<'ECHOGRAM_ERR_SERVER_FAILED'>];
  /** The server has closed; these are its final counters. */
  close: [counters: ServerCounters];
}
