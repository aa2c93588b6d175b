// SPDX-License-Identifier: MIT
// What turns requests into replies, whichever service it is.

import type { DatagramBatch } from '../../socket/datagram-batch.ts';

export interface Reflector {
  /**
   * Makes each entry of the batch that is to be answered its own reply, in the same memory and no
   * longer. One that it does not answer gets a verdict, and is counted. Called right before the
   * sending: what it stamps leaves next.
   */
  reflect(batch: DatagramBatch): void;
}
