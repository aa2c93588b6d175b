// SPDX-License-Identifier: MIT
// A view of the memory that payloads lie in, made once for as long as it is the same: for ever on the
// Linux engine, once a datagram on the portable one.

import type { DatagramBatch } from '../../socket/datagram-batch.ts';

export class PayloadView {
  #view: DataView = new DataView(new ArrayBuffer(0));

  /** A view of `batch.bytesOf(index)`. */
  of(batch: DatagramBatch, index: number): DataView {
    const { buffer, byteOffset, byteLength } = batch.bytesOf(index);
    const view = this.#view;
    const isSame =
      view.buffer === buffer && view.byteOffset === byteOffset && view.byteLength === byteLength;
    if (!isSame) this.#view = new DataView(buffer, byteOffset, byteLength);
    return this.#view;
  }
}
