// SPDX-License-Identifier: MIT
// One local socket of a probe channel. The kernel numbers what the socket sends, modulo 2^32, and reports the number
// with each send timestamp; a ring of the latest tickets maps the number to the probe's ticket.

import { POLLOUT } from './constants.ts';
import type { Libc } from './libc.ts';
import { startStamps, type OpenProbeSocket } from './open-probe-socket.ts';
import { Poller } from './poller.ts';

/** The ticket of a probe that is no longer remembered. Callers' tickets are never negative. */
export const NO_TICKET = -1;

/** Tickets that all ports together remember: the timestamps of that many probes may still wait to be read. */
const ALL_TICKETS = 8192;

/** The minimum for one port: a whole batch may leave through it. */
const LEAST_TICKETS = 64;

export class ProbePort {
  readonly fd: number;
  readonly index: number;
  readonly #libc: Libc;
  readonly #tickets: Float64Array;
  readonly #mask: number;
  #hasStamps: boolean;
  /** Created for the first wait, because most ports never need it. */
  #writable: Poller | undefined;
  /** How many datagrams the kernel has numbered since it last started at 0, modulo 2^32. */
  #sent = 0;
  /** How many of these the ring still has. */
  #kept = 0;

  /** @param ports  how many ports the channel has: they share 64 KiB, but each gets at least 512 bytes */
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

  /** The kernel timestamps everything that is sent. */
  get hasStamps(): boolean {
    return this.#hasStamps;
  }

  /** Records that the kernel accepted a probe, and numbered it. */
  addSent(ticket: number): void {
    this.#tickets[this.#sent & this.#mask] = ticket;
    this.#sent = (this.#sent + 1) >>> 0;
    if (this.#kept <= this.#mask) this.#kept++;
  }

  /** The probe of a timestamp; `NO_TICKET` if it was sent too long ago, or before the kernel last started at 0. */
  ticketOf(id: number): number {
    const behind = (this.#sent - id) >>> 0;
    if (behind === 0 || behind > this.#kept) return NO_TICKET;
    return this.#tickets[id & this.#mask]!;
  }

  /** Waits until the system accepts a datagram again, or until the timeout. */
  waitForRoom(timeoutMs: number): void {
    this.#writable ??= new Poller(this.#libc, [this.fd], POLLOUT);
    this.#writable.wait(timeoutMs);
  }

  /** Makes the kernel start at 0 with the next datagram. Needed after a failed send, which some kernels number. */
  restartStamps(): void {
    if (!this.#hasStamps) return;
    this.#sent = 0;
    this.#kept = 0;
    this.#hasStamps = startStamps(this.#libc, this.fd);
  }
}
