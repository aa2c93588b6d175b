// SPDX-License-Identifier: MIT
// Sends the entries of an arena, with one call for each run of probes of one port. It continues after errors that
// belong to earlier probes, and waits briefly if there is no room.

import type { AddressLooks } from '../address-change.ts';
import type { ProbeSink } from '../probe-channel.ts';
import { EAGAIN, EINTR, ENOBUFS, MSG_DONTWAIT } from './constants.ts';
import { errorName, type Libc } from './libc.ts';
import type { ProbeArena } from './probe-arena.ts';
import type { ProbeClock } from './probe-clock.ts';
import type { ProbeErrors } from './probe-errors.ts';
import type { ProbePort } from './probe-port.ts';

/** Each refused send may report the ICMP error of another probe, and a burst of probes may meet a burst of errors. */
const SEND_TRIES = 64;

/** How long to wait for room in the send buffer, once per turn. */
const SEND_WAIT_MS = 1;

export interface ProbeSenderParts {
  readonly libc: Libc;
  readonly clock: ProbeClock;
  readonly errors: ProbeErrors;
  readonly sink: ProbeSink;
  readonly arena: ProbeArena;
  readonly ports: readonly ProbePort[];
  readonly looks: AddressLooks;
}

export class ProbeSender {
  readonly #parts: ProbeSenderParts;
  #mayWait = true;

  constructor(parts: ProbeSenderParts) {
    this.#parts = parts;
  }

  send(entries: number): void {
    const { arena, ports, looks } = this.#parts;
    const { ports: portOf } = arena;
    this.#mayWait = true;
    looks.send(entries);
    arena.prepare(entries);
    let first = 0;
    for (let entry = 1; entry <= entries; entry++) {
      if (entry < entries && portOf[entry] === portOf[first]) continue;
      this.#sendRun(ports[portOf[first]!]!, first, entry);
      first = entry;
    }
  }

  #sendRun(port: ProbePort, first: number, end: number): void {
    const { libc, arena, clock, errors, sink, looks } = this.#parts;
    let entry = first;
    let triesLeft = SEND_TRIES;
    while (entry < end) {
      const headers = arena.headerPointers[entry]!;
      const sent = libc.sendmmsg(port.fd, headers, end - entry, MSG_DONTWAIT);
      if (sent > 0) {
        for (const after = entry + sent; entry < after; entry++) {
          port.addSent(arena.tickets[entry]!);
        }
        continue;
      }
      const errno = libc.errno();
      if (errno === EINTR) continue;
      if (!this.#mayTryAgain(port, errno, triesLeft--)) {
        const systemCode = errorName(errno);
        looks.failSend(systemCode);
        const limit = errors.takeTooLongLimit();
        sink.failSend(arena.tickets[entry]!, systemCode, clock.nowNs, limit);
        entry++;
      }
      port.restartStamps();
    }
  }

  /**
   * True if the failure belongs to an earlier probe, or may be over. A firewall of this host fails a send with EPERM
   * and also sends an ICMP error: that one belongs to this probe.
   */
  #mayTryAgain(port: ProbePort, errno: number, triesLeft: number): boolean {
    if (this.#parts.errors.isOfEarlierProbe(port, errno)) return triesLeft > 0;
    if (!this.#mayWait || (errno !== EAGAIN && errno !== ENOBUFS)) return false;
    this.#mayWait = false;
    port.waitForRoom(SEND_WAIT_MS);
    return true;
  }
}
