// SPDX-License-Identifier: MIT
// A view of the memory that holds payloads, recreated only when that memory changes: never on the Linux engine, for
// each datagram on the portable one.

import type { DatagramBatch } from '../../socket/datagram-batch.ts';

export class PayloadView {
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#bytes.buffer);

  /** A view of `batch.bytesOf(index)`. */
  of(batch: DatagramBatch, index: number): DataView {
    const bytes = batch.bytesOf(index);
    // Reading its `buffer` costs more than everything else here.
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return this.#view;
  }
}
