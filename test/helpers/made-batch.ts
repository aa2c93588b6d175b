// A batch made by hand: what an engine would have received, with no engine.

import { ANSWER, DatagramBatch } from '../../src/socket/datagram-batch.ts';
import {
  formatAddressWords,
  writeAddressWords,
  type SocketAddress,
} from '../../src/socket/ip-address.ts';

export interface MadeDatagram {
  readonly address: string;
  readonly port: number;
  readonly payload?: Uint8Array;
  /** Given where the payload is a run that the kernel coalesced, of datagrams this long. */
  readonly segmentBytes?: number;
  /** True where it came by broadcast or multicast. */
  readonly toGroup?: boolean;
}

const NO_PAYLOAD = new Uint8Array(0);

/** Holds its datagrams one after another in one buffer, as a batching engine does. */
export class MadeBatch extends DatagramBatch {
  readonly arena: Buffer;
  readonly #offsets: readonly number[];

  constructor(datagrams: readonly MadeDatagram[]) {
    super(datagrams.length);
    this.count = datagrams.length;
    const payloads = datagrams.map(({ payload = NO_PAYLOAD }) => payload);
    this.arena = Buffer.concat(payloads);
    let offset = 0;
    this.#offsets = payloads.map((payload) => (offset += payload.length) - payload.length);
    for (const [index, datagram] of datagrams.entries()) {
      const { address, port, segmentBytes = 0, toGroup = false } = datagram;
      this.lengths[index] = payloads[index]!.length;
      this.sourcePorts[index] = port;
      this.segmentBytes[index] = segmentBytes;
      this.toGroup[index] = Number(toGroup);
      this.verdicts[index] = ANSWER;
      writeAddressWords(address, this.sourceWords, index * 4);
    }
  }

  override copyOf(index: number): MadeBatch {
    return new MadeBatch([{ ...this.peerOf(index), payload: this.payloadOf(index) }]);
  }

  /** A copy of payload `index` as it is now. */
  payloadOf(index: number): Buffer {
    const offset = this.offsetOf(index);
    return Buffer.from(this.arena.subarray(offset, offset + this.lengths[index]!));
  }

  override bytesOf(): Uint8Array {
    return this.arena;
  }

  override offsetOf(index: number): number {
    return this.#offsets[index]!;
  }

  override peerOf(index: number): SocketAddress {
    const address = formatAddressWords(this.sourceWords, index * 4);
    return { address, port: this.sourcePorts[index]! };
  }
}
