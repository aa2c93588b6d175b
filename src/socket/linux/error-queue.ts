// SPDX-License-Identifier: MIT
// A socket's error queue: when the kernel handed each datagram to the device, and the ICMP errors that arrived (ip(7),
// IP_RECVERR; Linux Documentation/networking/timestamping.rst).

import { formatAddressWords, MAPPED_PREFIX } from '../ip-address.ts';
import {
  AF_INET,
  AF_INET6,
  EMSGSIZE,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  SO_EE_ORIGIN_ICMP,
  SO_EE_ORIGIN_ICMP6,
  SO_EE_ORIGIN_LOCAL,
  SO_EE_ORIGIN_TIMESTAMPING,
} from './constants.ts';
import { SOCK_EXTENDED_ERR, SOCKADDR_IN, SOCKADDR_IN6 } from './layout.ts';
import { errorName, NULL, type Libc } from './libc.ts';
import { LinuxBatch, swapWord } from './linux-batch.ts';

/** Only a probe's header has to be read; the kernel returns up to 576 bytes of the quoted packet. */
const QUOTED_BYTES = 576;

/** An ICMP error, and the position of the payload that it quotes. */
export interface IcmpError {
  readonly systemCode: string;
  readonly from: string;
  readonly icmpType: number;
  readonly icmpCode: number;
  /** The MTU of the link that was too narrow, 0 if the router does not say; `null` for another error. */
  readonly nextHopMtu: number | null;
}

export interface ErrorQueueHandlers {
  /** @param id  how many datagrams this socket had sent before it, modulo 2^32 */
  readonly onSentStamp: (id: number, seconds: number, nanoseconds: number) => void;
  /**
   * @param view  the memory that holds the quoted payload, `bytes` from `start` on, until the return
   * @param batch  has in `slot` where the datagram in question was sent to, as its source (ip(7), IP_RECVERR)
   */
  readonly onIcmpError: (
    error: IcmpError,
    view: DataView,
    start: number,
    bytes: number,
    batch: LinuxBatch,
    slot: number,
  ) => void;
  /**
   * The system itself refused a datagram because of its length; the call that sent it has returned EMSGSIZE.
   *
   * @param limit  the largest packet that it would have sent, in octets
   */
  readonly onTooLong?: (limit: number) => void;
}

/** Reads the error queues of any number of sockets of one IP version. */
export class ErrorQueue {
  readonly #libc: Libc;
  readonly #batch: LinuxBatch;
  readonly #view: DataView;

  constructor(libc: Libc, isIPv6: boolean) {
    this.#libc = libc;
    this.#batch = new LinuxBatch(libc, { slotBytes: QUOTED_BYTES, isIPv6, hasControl: true });
    const { buffer, byteOffset, byteLength } = this.#batch.arena.bytes;
    this.#view = new DataView(buffer, byteOffset, byteLength);
  }

  /**
   * Reads up to a batch of messages from the queue.
   *
   * @param beforeEach  called once if there are any messages, before the handlers
   * @returns how many; 0 if the queue is empty
   */
  read(fd: number, handlers: ErrorQueueHandlers, beforeEach: () => void): number {
    const batch = this.#batch;
    batch.reset();
    const flags = MSG_ERRQUEUE | MSG_DONTWAIT;
    const count = this.#libc.recvmmsg(fd, batch.headerPointers[0]!, batch.capacity, flags, NULL);
    if (count <= 0) return 0;
    batch.load(count);
    beforeEach();
    for (let slot = 0; slot < count; slot++) this.#handle(slot, handlers);
    return count;
  }

  #handle(slot: number, handlers: ErrorQueueHandlers): void {
    const batch = this.#batch;
    const { bytes, u32 } = batch.arena;
    const error = batch.control.errorsAt[slot]!;
    if (error === 0) return;
    const origin = bytes[error + SOCK_EXTENDED_ERR.origin]!;
    if (origin === SO_EE_ORIGIN_TIMESTAMPING) {
      const id = u32[(error + SOCK_EXTENDED_ERR.data) >>> 2]!;
      handlers.onSentStamp(id, batch.arrivalSeconds[slot]!, batch.arrivalNanoseconds[slot]!);
      return;
    }
    const errno = u32[(error + SOCK_EXTENDED_ERR.errno) >>> 2]!;
    const info = u32[(error + SOCK_EXTENDED_ERR.info) >>> 2]!;
    if (origin === SO_EE_ORIGIN_LOCAL && errno === EMSGSIZE) handlers.onTooLong?.(info);
    // If the system itself refused a datagram, the call that sent it has returned that error.
    if (origin !== SO_EE_ORIGIN_ICMP && origin !== SO_EE_ORIGIN_ICMP6) return;
    const icmp: IcmpError = {
      systemCode: errorName(errno),
      nextHopMtu: errno === EMSGSIZE ? info : null,
      from: this.#offender(error + SOCK_EXTENDED_ERR.size),
      icmpType: bytes[error + SOCK_EXTENDED_ERR.type]!,
      icmpCode: bytes[error + SOCK_EXTENDED_ERR.code]!,
    };
    const [start, quotedBytes] = [batch.offsetOf(slot), batch.lengths[slot]!];
    handlers.onIcmpError(icmp, this.#view, start, quotedBytes, batch, slot);
  }

  /** Who sent the ICMP error; SO_EE_OFFENDER of ip(7). */
  #offender(at: number): string {
    const { u32, u16 } = this.#batch.arena;
    const family = u16[at >>> 1]!;
    if (family === AF_INET) {
      const address = swapWord(u32[(at + SOCKADDR_IN.addr) >>> 2]!);
      return formatAddressWords(Uint32Array.of(0, 0, MAPPED_PREFIX, address));
    }
    if (family !== AF_INET6) return '';
    const first = (at + SOCKADDR_IN6.addr) >>> 2;
    return formatAddressWords(Uint32Array.from(u32.subarray(first, first + 4), swapWord));
  }
}
