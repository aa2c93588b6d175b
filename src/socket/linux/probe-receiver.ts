// SPDX-License-Identifier: MIT
// Reads the sockets of a probe channel and hands what it received to the sink.

import type { AddressLooks } from '../address-change.ts';
import type { SocketAddress } from '../ip-address.ts';
import { STRANGER, UNKNOWN_NS, type Arrival, type ProbeSink } from '../probe-channel.ts';
import { EAGAIN, EINTR, MSG_DONTWAIT } from './constants.ts';
import { LASTING_FAILURES } from './lasting-failures.ts';
import { NULL, systemError, type Libc } from './libc.ts';
import { LinuxBatch } from './linux-batch.ts';
import type { ProbeClock } from './probe-clock.ts';
import type { ProbeErrors } from './probe-errors.ts';
import type { ProbePeers } from './probe-peers.ts';
import type { ProbePort } from './probe-port.ts';

/** Batches read from one socket in one turn, so that a flood can't delay what is due. */
const BATCHES_PER_TURN = 16;

/** The single observation object that a sink gets, reused for each datagram. */
class LinuxArrival implements Arrival {
  readonly view: DataView;
  start = 0;
  payloadBytes = 0;
  port = 0;
  peer = 0;
  receivedNs = 0;
  kernelReceivedNs = UNKNOWN_NS;
  fragmentBytes = NaN;
  slot = 0;
  readonly #batch: LinuxBatch;

  constructor(batch: LinuxBatch) {
    const { buffer, byteOffset, byteLength } = batch.bytesOf();
    this.#batch = batch;
    this.view = new DataView(buffer, byteOffset, byteLength);
  }

  sender(): SocketAddress {
    return this.#batch.peerOf(this.slot);
  }
}

export interface ProbeReceiverParts {
  readonly libc: Libc;
  readonly clock: ProbeClock;
  readonly errors: ProbeErrors;
  readonly sink: ProbeSink;
  readonly isIPv6: boolean;
  readonly peers: ProbePeers;
  /** True if everything that arrives at a port counts as the one peer's. */
  readonly hasOnePeer: boolean;
  /** The sockets report in what fragments a datagram arrived. */
  readonly seesFragments: boolean;
  readonly looks: AddressLooks;
}

export class ProbeReceiver {
  readonly #parts: ProbeReceiverParts;
  readonly #batch: LinuxBatch;
  readonly #arrival: LinuxArrival;

  constructor(parts: ProbeReceiverParts) {
    this.#parts = parts;
    this.#batch = new LinuxBatch(parts.libc, { isIPv6: parts.isIPv6, hasControl: true });
    this.#arrival = new LinuxArrival(this.#batch);
  }

  /**
   * @returns false if more may wait
   * @throws the system's error in Node's shape, if no later call can succeed
   */
  receive(port: ProbePort): boolean {
    const { libc, errors } = this.#parts;
    const batch = this.#batch;
    const [headers] = batch.headerPointers;
    for (let round = 0; round < BATCHES_PER_TURN; round++) {
      batch.reset();
      const count = libc.recvmmsg(port.fd, headers!, batch.capacity, MSG_DONTWAIT, NULL);
      if (count > 0) {
        this.#handOver(port, count);
        if (count < batch.capacity) return true;
        continue;
      }
      const errno = libc.errno();
      if (errno === EINTR) continue;
      // An error of a probe is reported once, so more may wait; after an error of the call there is nothing to read for
      // now.
      const isOfProbe = errors.isOfEarlierProbe(port, errno);
      if (errno === EAGAIN) return true;
      if (isOfProbe) continue;
      if (LASTING_FAILURES.has(errno)) throw systemError('recvmmsg', errno);
      return true;
    }
    return false;
  }

  /**
   * Reads up to a batch from a socket that receives what a connected one does not.
   *
   * @param port    index of the port that both sockets share
   * @param onFrom  called for each datagram from a stranger
   */
  receiveElsewhere(fd: number, port: number, onFrom: (from: SocketAddress) => void): void {
    const { libc, clock, sink, peers } = this.#parts;
    const batch = this.#batch;
    const arrival = this.#arrival;
    batch.reset();
    const count = libc.recvmmsg(fd, batch.headerPointers[0]!, batch.capacity, MSG_DONTWAIT, NULL);
    if (count <= 0) return;
    batch.load(count);
    arrival.receivedNs = clock.nowNs;
    arrival.kernelReceivedNs = UNKNOWN_NS;
    arrival.fragmentBytes = NaN;
    arrival.port = port;
    for (let slot = 0; slot < count; slot++) {
      arrival.slot = slot;
      arrival.start = batch.offsetOf(slot);
      arrival.payloadBytes = batch.lengths[slot]!;
      arrival.peer = peers.find(batch, slot);
      if (arrival.peer === STRANGER) onFrom(arrival.sender());
      sink.receive(arrival);
    }
  }

  #handOver(port: ProbePort, count: number): void {
    const { clock, errors, sink, peers, hasOnePeer, seesFragments, looks } = this.#parts;
    const batch = this.#batch;
    const arrival = this.#arrival;
    arrival.receivedNs = clock.nowNs;
    arrival.port = port.index;
    looks.hear(arrival.receivedNs);
    batch.load(count);
    // A probe is timestamped before it leaves, so the timestamps of the answered probes are available by now.
    if (!errors.read(port)) clock.look();
    for (let slot = 0; slot < count; slot++) {
      const seconds = batch.arrivalSeconds[slot]!;
      arrival.slot = slot;
      arrival.start = batch.offsetOf(slot);
      arrival.payloadBytes = batch.lengths[slot]!;
      arrival.peer = hasOnePeer ? 0 : peers.find(batch, slot);
      arrival.fragmentBytes = seesFragments ? batch.fragmentBytes[slot]! : NaN;
      arrival.kernelReceivedNs =
        seconds === 0 ? UNKNOWN_NS : clock.toNs(seconds, batch.arrivalNanoseconds[slot]!);
      sink.receive(arrival);
    }
  }
}
