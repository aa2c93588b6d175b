// SPDX-License-Identifier: MIT
// The interface for turning the requests of any service into replies.

import type { DatagramBatch } from '../../socket/datagram-batch.ts';

export interface Reflector {
  /**
   * Turns each admitted entry of the batch into its reply, in the same memory and no longer than the request. An entry
   * that it does not answer gets a verdict, and is counted. It is called right before the send, so timestamps that it
   * writes are close to the departure.
   */
  reflect(batch: DatagramBatch): void;
}
