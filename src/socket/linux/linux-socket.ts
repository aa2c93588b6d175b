// SPDX-License-Identifier: MIT
// The datagram socket of the Linux engine, which moves up to 64 datagrams per system call: recvmmsg and sendmmsg on one
// arena.

import { SOCKET_CELL, type SendOutcome } from '../counters.ts';
import type { DatagramSocket, SocketBuffer } from '../datagram-socket.ts';
import type { SocketAddress } from '../ip-address.ts';
import type { BoundSocket, LinuxFeatures } from './bind.ts';
import { EAGAIN, EINTR, MSG_DONTWAIT } from './constants.ts';
import { LASTING_FAILURES } from './lasting-failures.ts';
import { NULL, systemError, type Libc } from './libc.ts';
import { LinuxBatch } from './linux-batch.ts';
import { ReplySender } from './reply-sender.ts';

/**
 * The number of consecutive transient failures after which the socket counts as broken too; the reader pauses between
 * them.
 */
const MAX_RECEIVE_ERRORS = 1000;

export class LinuxSocket implements DatagramSocket {
  readonly engine = 'linux';
  readonly local: SocketAddress;
  readonly receiveBuffer: SocketBuffer;
  readonly sendBuffer: SocketBuffer;
  readonly fd: number;
  readonly #libc: Libc;
  readonly #cells: Float64Array;
  readonly #isIPv6: boolean;
  readonly #features: LinuxFeatures;
  readonly #sender: ReplySender;
  #isDrained = false;
  #receiveErrorsInRow = 0;

  /**
   * Uses a socket made by `bindSocket`; the caller of `bindSocket` closes it.
   *
   * @param cells   `SOCKET_CELLS` cells to count in
   * @param notify  called once for each feature that is turned off
   */
  constructor(
    libc: Libc,
    bound: BoundSocket,
    cells: Float64Array,
    notify: (notice: string) => void = () => undefined,
  ) {
    this.#libc = libc;
    this.#cells = cells;
    this.fd = bound.fd;
    this.local = bound.local;
    this.receiveBuffer = bound.receiveBuffer;
    this.sendBuffer = bound.sendBuffer;
    this.#isIPv6 = bound.isIPv6;
    this.#features = bound.features;
    this.#sender = new ReplySender(libc, bound, cells, notify);
  }

  /** Receive calls that failed since the latest successful one. */
  get receiveErrorsInRow(): number {
    return this.#receiveErrorsInRow;
  }

  createBatch(): LinuxBatch {
    const { replyFromAsked, mirrorTos, metadata, fragments, gro } = this.#features;
    const hasControl = replyFromAsked || mirrorTos || metadata || fragments || gro;
    return new LinuxBatch(this.#libc, { isIPv6: this.#isIPv6, hasControl });
  }

  receive(batch: LinuxBatch): number {
    batch.reset();
    // A partly filled batch emptied the socket. This saves the call that would only return EAGAIN; the next poll
    // reports what has arrived since.
    if (this.#isDrained) {
      this.#isDrained = false;
      return 0;
    }
    const count = this.#receive(batch);
    if (count <= 0) return 0;
    this.#isDrained = count < batch.capacity;
    this.#add(SOCKET_CELL.receivedBytes, batch.load(count));
    this.#add(SOCKET_CELL.receivedDatagrams, this.#features.gro ? batch.datagrams() : count);
    if (batch.control.fragmented > 0) {
      this.#add(SOCKET_CELL.fragmentedDatagrams, batch.control.fragmented);
    }
    return count;
  }

  send(batch: LinuxBatch): void {
    this.#sender.send(batch);
  }

  tellOutcome(batch: LinuxBatch, index: number, tell: (outcome: SendOutcome) => void): void {
    tell(batch.outcomes[index]!);
  }

  discard(): void {
    this.#sender.discard();
  }

  #receive(batch: LinuxBatch): number {
    for (;;) {
      const headers = batch.headerPointers[0]!;
      const count = this.#libc.recvmmsg(this.fd, headers, batch.capacity, MSG_DONTWAIT, NULL);
      const errno = count >= 0 ? 0 : this.#libc.errno();
      if (errno === EINTR) continue;
      if (errno !== 0 && errno !== EAGAIN) this.#countReceiveError(errno);
      else if (this.#receiveErrorsInRow > 0) this.#forgetReceiveErrors();
      // If a socket woke up with nothing to read, the cause may be its error queue.
      if (errno === EAGAIN) this.#sender.settle();
      return count;
    }
  }

  #countReceiveError(errno: number): void {
    this.#add(SOCKET_CELL.receiveErrors, 1);
    if (this.#receiveErrorsInRow === 0) this.#add(SOCKET_CELL.failing, 1);
    this.#receiveErrorsInRow++;
    const isBroken = this.#receiveErrorsInRow > MAX_RECEIVE_ERRORS || LASTING_FAILURES.has(errno);
    if (isBroken) throw systemError('recvmmsg', errno);
  }

  #forgetReceiveErrors(): void {
    this.#receiveErrorsInRow = 0;
    this.#add(SOCKET_CELL.failing, -1);
  }

  #add(cell: number, amount: number): void {
    this.#cells[cell] = this.#cells[cell]! + amount;
  }
}
