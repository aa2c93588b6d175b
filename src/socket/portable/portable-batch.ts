// SPDX-License-Identifier: MIT
// The batch for node:dgram, which delivers one datagram at a time: capacity 1, and no copy.

import { SENT } from '../counters.ts';
import { ANSWER, DatagramBatch } from '../datagram-batch.ts';
import { writeAddressWords, type SocketAddress } from '../ip-address.ts';

const NO_BYTES = Buffer.alloc(0);

export class PortableBatch extends DatagramBatch {
  /** The payload of datagram 0. */
  payload: Buffer = NO_BYTES;
  /** The source of datagram 0 as node:dgram prints it, which is also the form that its `send` takes. */
  sourceText = '';

  constructor() {
    super(1);
  }

  fill(payload: Buffer, source: SocketAddress): void {
    this.count = 1;
    this.payload = payload;
    this.sourceText = source.address;
    this.lengths[0] = payload.length;
    this.sourcePorts[0] = source.port;
    this.verdicts[0] = ANSWER;
    this.outcomes[0] = SENT;
    writeAddressWords(source.address, this.sourceWords, 0);
  }

  /** The buffer that node:dgram delivers ends with the datagram. */
  override lengthen(index: number, bytes: number): void {
    this.payload = Buffer.concat([this.payload], bytes);
    super.lengthen(index, bytes);
  }

  override copyOf(): PortableBatch {
    const copy = new PortableBatch();
    // node:dgram allocates a separate buffer for each datagram, so it can be shared.
    copy.payload = this.payload;
    copy.sourceText = this.sourceText;
    copy.count = 1;
    copy.lengths.set(this.lengths);
    copy.sourceWords.set(this.sourceWords);
    copy.sourcePorts.set(this.sourcePorts);
    return copy;
  }

  override bytesOf(): Uint8Array {
    return this.payload;
  }

  override offsetOf(): number {
    return 0;
  }

  override peerOf(): SocketAddress {
    return { address: this.sourceText, port: this.sourcePorts[0]! };
  }
}
