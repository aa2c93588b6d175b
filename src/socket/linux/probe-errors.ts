// SPDX-License-Identifier: MIT
// Hands the contents of the error queues of a probe channel's ports to its sink: when each probe was sent, and the ICMP
// errors that arrived.

import { START_NS } from '../../time.ts';
import type { IcmpArrival, ProbeSink } from '../probe-channel.ts';
import { EAGAIN } from './constants.ts';
import { ErrorQueue, type ErrorQueueHandlers, type IcmpError } from './error-queue.ts';
import { errorName, type Libc } from './libc.ts';
import { BATCH_SLOTS } from './batch-arena.ts';
import type { ProbeClock } from './probe-clock.ts';
import type { LinuxBatch } from './linux-batch.ts';
import type { ProbePeers } from './probe-peers.ts';
import { NO_TICKET, type ProbePort } from './probe-port.ts';

/** Batches read from one queue in one turn. */
const BATCHES_PER_TURN = 16;

export class ProbeErrors {
  readonly #queue: ErrorQueue;
  readonly #clock: ProbeClock;
  readonly #sink: ProbeSink;
  /** Who is asked, where there may be many. */
  readonly #peers: ProbePeers | undefined;
  /** The port whose queue is read. */
  #port: ProbePort | undefined;
  /** The errno of a failed call: an ICMP error with the same errno shows that the failure was an earlier probe's. */
  #failedAs: number = EAGAIN;
  #earlierErrors = 0;
  #tooLongLimit: number | undefined;
  /** When the batch was read. */
  #nowNs = START_NS;

  /** @param peers  who is asked; `undefined` if there is one */
  constructor(
    libc: Libc,
    clock: ProbeClock,
    isIPv6: boolean,
    sink: ProbeSink,
    peers: ProbePeers | undefined,
  ) {
    this.#queue = new ErrorQueue(libc, isIPv6);
    this.#clock = clock;
    this.#sink = sink;
    this.#peers = peers;
  }

  /** @returns true if there were any */
  read(port: ProbePort): boolean {
    this.#port = port;
    let isAny = false;
    for (let round = 0; round < BATCHES_PER_TURN; round++) {
      const count = this.#queue.read(port.fd, this.#handlers, this.#lookAtClock);
      if (count > 0) isAny = true;
      if (count < BATCH_SLOTS) break;
    }
    return isAny;
  }

  /** True if a call failed with the ICMP error of an earlier probe. That error is read together with all others. */
  isOfEarlierProbe(port: ProbePort, errno: number): boolean {
    const before = this.#earlierErrors;
    this.#failedAs = errno;
    this.read(port);
    return this.#earlierErrors > before;
  }

  /** The limit of the datagram that the system refused last because of its length; forgotten by this call. */
  takeTooLongLimit(): number | undefined {
    const limit = this.#tooLongLimit;
    this.#tooLongLimit = undefined;
    return limit;
  }

  readonly #lookAtClock = (): void => {
    this.#clock.look();
    this.#nowNs = this.#clock.nowNs;
  };

  readonly #handlers: ErrorQueueHandlers = {
    onSentStamp: (id, seconds, nanoseconds) => {
      const ticket = this.#port!.ticketOf(id);
      if (ticket === NO_TICKET) return;
      this.#sink.stampSent(ticket, this.#clock.toNs(seconds, nanoseconds), this.#nowNs);
    },
    onIcmpError: (error, view, start, quotedBytes, batch, slot) => {
      if (error.systemCode === errorName(this.#failedAs)) this.#earlierErrors++;
      const peer = this.#peerOf(batch, slot);
      this.#sink.receiveIcmp(this.#arrivalOf(error, peer, view, start, quotedBytes));
    },
    onTooLong: (limit) => {
      this.#tooLongLimit = limit;
    },
  };

  #peerOf(batch: LinuxBatch, slot: number): number {
    return this.#peers === undefined ? 0 : this.#peers.find(batch, slot);
  }

  #arrivalOf(
    error: IcmpError,
    peer: number,
    view: DataView,
    start: number,
    quotedBytes: number,
  ): IcmpArrival {
    const { systemCode, from, icmpType, icmpCode, nextHopMtu } = error;
    // A spread would cost several times as much.
    return {
      systemCode,
      from,
      icmpType,
      icmpCode,
      nextHopMtu,
      port: this.#port!.index,
      peer,
      receivedNs: this.#nowNs,
      view,
      start,
      quotedBytes,
      // If it quotes too little, the probe is not guessed.
      beforeTicket: 0,
    };
  }
}
