// SPDX-License-Identifier: MIT
// Why the kernel dropped datagrams of a server's sockets, since its start.

import { causesOf, type DropCauses } from '../socket/drop-causes.ts';
import { countedBetween, readUdpCounters, type UdpCounters } from '../socket/udp-counters.ts';

/** Create it before the sockets: what the namespace counted earlier is not theirs. */
export class DropTally {
  readonly #read: () => UdpCounters | null;
  readonly #before: UdpCounters | null;
  #receiveBuffer = 0;
  #checksum = 0;

  /** @param read  reads the namespace's counters */
  constructor(read: () => UdpCounters | null = readBothVersions) {
    this.#read = read;
    this.#before = read();
  }

  /**
   * Once a cause is proven it stays proven, whatever others drop later: no count decreases.
   *
   * @param dropped  drops of the sockets so far, read just before; `null` if unknown
   */
  causesOf(dropped: number | null): DropCauses | null {
    if (dropped === null) return null;
    const causes = causesOf(dropped, countedBetween(this.#before, this.#read()));
    this.#receiveBuffer = Math.max(this.#receiveBuffer, causes.receiveBuffer);
    this.#checksum = Math.max(this.#checksum, causes.checksum);
    const [receiveBuffer, checksum] = [this.#receiveBuffer, this.#checksum];
    const bufferOrChecksum = Math.max(0, dropped - receiveBuffer - checksum);
    return { receiveBuffer, checksum, bufferOrChecksum };
  }
}

/** A server may have sockets of both IP versions. */
function readBothVersions(): UdpCounters | null {
  const v4 = readUdpCounters(4);
  if (v4 === null) return null;
  // Without IPv6 the system has no counters for it.
  const v6 = readUdpCounters(6);
  return {
    checksumErrors: v4.checksumErrors + (v6?.checksumErrors ?? 0),
    receiveBufferErrors: v4.receiveBufferErrors + (v6?.receiveBufferErrors ?? 0),
    sendBufferErrors: v4.sendBufferErrors + (v6?.sendBufferErrors ?? 0),
    noPorts: v4.noPorts + (v6?.noPorts ?? 0),
  };
}
