// SPDX-License-Identifier: MIT
// One local socket of a probe channel. The kernel numbers what it sends, modulo 2^32, and says the number with
// each time of sending; a ring of the latest tickets turns it into the ticket of the probe.

import { POLLOUT } from './constants.ts';
import type { Libc } from './libc.ts';
import { startStamps, type OpenProbeSocket } from './open-probe-socket.ts';
import { Poller } from './poller.ts';

/** The ticket of a probe that nobody knows any more. No caller's ticket is below zero. */
export const NO_TICKET = -1;

/** Tickets that all ports keep together: stamps of so many probes may still wait to be read. */
const ALL_TICKETS = 8192;

/** What one port keeps at least: a whole batch may leave through it. */
const LEAST_TICKETS = 64;

export class ProbePort {
  readonly fd: number;
  readonly index: number;
  readonly #libc: Libc;
  readonly #tickets: Float64Array;
  readonly #mask: number;
  #hasStamps: boolean;
  /** Made for the first wait: most ports never need it. */
  #writable: Poller | undefined;
  /** How many datagrams the kernel has numbered since it last began at 0, modulo 2^32. */
  #sent = 0;
  /** How many of these the ring still has. */
  #kept = 0;

  /** @param ports  how many the channel has: 64 KiB are divided among them, and 512 bytes is the least */
  constructor(libc: Libc, { fd, hasStamps }: OpenProbeSocket, index: number, ports: number) {
    const share = 2 ** Math.floor(Math.log2(ALL_TICKETS / ports));
    const size = Math.max(LEAST_TICKETS, share);
    this.#libc = libc;
    this.fd = fd;
    this.index = index;
    this.#hasStamps = hasStamps;
    this.#tickets = new Float64Array(size);
    this.#mask = size - 1;
  }

  /** The kernel stamps whatever is sent. */
  get hasStamps(): boolean {
    return this.#hasStamps;
  }

  /** The kernel took a probe, and numbered it. */
  addSent(ticket: number): void {
    this.#tickets[this.#sent & this.#mask] = ticket;
    this.#sent = (this.#sent + 1) >>> 0;
    if (this.#kept <= this.#mask) this.#kept++;
  }

  /** The probe of a stamp; `NO_TICKET` where it was sent too long ago, or not since the kernel began at 0. */
  ticketOf(id: number): number {
    const behind = (this.#sent - id) >>> 0;
    if (behind === 0 || behind > this.#kept) return NO_TICKET;
    return this.#tickets[id & this.#mask]!;
  }

  /** Waits until the system takes a datagram again, or so long. */
  waitForRoom(timeoutMs: number): void {
    this.#writable ??= new Poller(this.#libc, [this.fd], POLLOUT);
    this.#writable.wait(timeoutMs);
  }

  /** After a send that failed, which some kernels number: makes the kernel begin at 0 with the next one. */
  restartStamps(): void {
    if (!this.#hasStamps) return;
    this.#sent = 0;
    this.#kept = 0;
    this.#hasStamps = startStamps(this.#libc, this.fd);
  }
}
