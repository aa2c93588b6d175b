// SPDX-License-Identifier: MIT
// Hands what the error queues of a probe channel's ports hold to its sink: when each probe was sent, and the ICMP
// errors that came.

import type { IcmpArrival, ProbeSink } from '../probe-channel.ts';
import { EAGAIN } from './constants.ts';
import { ErrorQueue, type ErrorQueueHandlers, type IcmpError } from './error-queue.ts';
import { errorName, type Libc } from './libc.ts';
import { BATCH_SLOTS } from './batch-arena.ts';
import type { ProbeClock } from './probe-clock.ts';
import { NO_TICKET, type ProbePort } from './probe-port.ts';

/** Batches read from one queue in one turn. */
const BATCHES_PER_TURN = 16;

export class ProbeErrors {
  readonly #queue: ErrorQueue;
  readonly #clock: ProbeClock;
  readonly #sink: ProbeSink;
  /** The port whose queue is read. */
  #port: ProbePort | undefined;
  /** The errno of a call that failed: an ICMP error with the same says that it was of an earlier probe. */
  #failedAs: number = EAGAIN;
  #earlierErrors = 0;

  constructor(libc: Libc, clock: ProbeClock, isIPv6: boolean, sink: ProbeSink) {
    this.#queue = new ErrorQueue(libc, isIPv6);
    this.#clock = clock;
    this.#sink = sink;
  }

  /** @returns true where there were any */
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

  /** True where a call failed with the ICMP error of an earlier probe, which is read with all others. */
  isOfEarlierProbe(port: ProbePort, errno: number): boolean {
    const before = this.#earlierErrors;
    this.#failedAs = errno;
    this.read(port);
    return this.#earlierErrors > before;
  }

  readonly #lookAtClock = (): void => {
    this.#clock.look();
  };

  readonly #handlers: ErrorQueueHandlers = {
    onSentStamp: (id, seconds, nanoseconds) => {
      const ticket = this.#port!.ticketOf(id);
      if (ticket === NO_TICKET) return;
      this.#sink.stampSent(ticket, this.#clock.toNs(seconds, nanoseconds), this.#clock.nowNs);
    },
    onIcmpError: (error, view, start, quotedBytes) => {
      if (error.systemCode === errorName(this.#failedAs)) this.#earlierErrors++;
      this.#sink.receiveIcmp(this.#arrivalOf(error, view, start, quotedBytes));
    },
  };

  #arrivalOf(error: IcmpError, view: DataView, start: number, quotedBytes: number): IcmpArrival {
    const { systemCode, from, icmpType, icmpCode } = error;
    // Without a spread, which costs several times as much.
    return {
      systemCode,
      from,
      icmpType,
      icmpCode,
      port: this.#port!.index,
      receivedNs: this.#clock.nowNs,
      view,
      start,
      quotedBytes,
      // Not a guess at who it is about, where it quotes too little.
      beforeTicket: 0,
    };
  }
}
