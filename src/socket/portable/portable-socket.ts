// SPDX-License-Identifier: MIT
// The engine that uses nothing but node:dgram: one system call and several objects a datagram, everywhere.

import type { RemoteInfo, Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import { systemCodeOf } from '../../errors.ts';
import { ANSWER } from '../datagram-batch.ts';
import { countSendFailure, SENT, SOCKET_CELL, type SendOutcome } from '../counters.ts';
import {
  SEND_BUFFER_BYTES,
  type BindOptions,
  type DatagramSocket,
  type SocketBuffer,
} from '../datagram-socket.ts';
import type { SocketAddress } from '../ip-address.ts';
import { createUdpSocket } from './create-udp-socket.ts';
import { PortableBatch } from './portable-batch.ts';
import { LASTING_FAILURES } from './lasting-failures.ts';
import { askReceiveBuffer, askSendBuffer } from './socket-buffers.ts';

/**
 * What libuv may hold for a socket whose kernel buffer is full. It queues without a bound, and goes on
 * once half of that buffer is free; past this a reply is dropped and counted as EAGAIN. A small part of
 * what the kernel holds: what waits here comes late, and delays what comes after it.
 */
const SEND_QUEUE_LIMIT = 64;
const SEND_QUEUE_LIMIT_BYTES = 64 * 1024;

/** Such failures in a row after which the socket is broken, and closed: libuv would try it for ever. */
const MAX_LASTING_FAILURES = 16;

/** Somebody wants to know what becomes of the `number`th reply that node:dgram took. */
interface Asked {
  readonly number: number;
  readonly tell: (outcome: SendOutcome) => void;
}

/** Datagrams kept from before `start`, some milliseconds at most; the rest counts as receive errors. */
const EARLY_LIMIT = 64;

export class PortableSocket implements DatagramSocket {
  readonly engine = 'portable';
  readonly local: SocketAddress;
  readonly receiveBuffer: SocketBuffer;
  readonly sendBuffer: SocketBuffer;
  /** The system's code where it refused the TTL that was asked for. */
  readonly ttlRefusal: string | null;
  readonly #socket: Socket;
  readonly #cells: Float64Array;
  #message: Buffer | undefined;
  #source: RemoteInfo | undefined;
  #onReadable: (() => void) | undefined;
  readonly #early: [Buffer, RemoteInfo][] = [];
  /** Replies that node:dgram took, and those of them whose outcome it has told: in the same order. */
  #handedOver = 0;
  #answered = 0;
  /** The last of those that had left, or failed, when the socket was discarded. */
  #lastAnswered = Infinity;
  readonly #asked: Asked[] = [];
  #isDiscarded = false;
  #closed: Promise<unknown> | undefined;
  #isBroken = false;
  #lastingFailures = 0;
  /** Told, once, that the socket receives nothing any more. */
  onBroken: ((systemCode: string) => void) | undefined;

  /**
   * Binds a socket.
   *
   * @throws the system's bind error in Node's shape: `code`, `errno`, `syscall`, `address`, `port`
   */
  static async open(options: BindOptions): Promise<PortableSocket> {
    const socket = createUdpSocket(isIPv4(options.address) ? 4 : 6);
    const listening = once(socket, 'listening');
    socket.bind({ address: options.address, port: options.port, exclusive: true });
    try {
      await listening;
      return new PortableSocket(socket, options);
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  private constructor(socket: Socket, options: BindOptions) {
    this.#socket = socket;
    this.#cells = options.cells;
    // node:dgram reads from the bind on: what comes before `start` waits in `#early`.
    socket.on('message', (message, source) => {
      this.#lastingFailures = 0;
      this.#add(SOCKET_CELL.receivedDatagrams, 1);
      this.#add(SOCKET_CELL.receivedBytes, message.length);
      if (this.#onReadable !== undefined) this.#take(message, source);
      else if (this.#early.length < EARLY_LIMIT) this.#early.push([message, source]);
      else this.#add(SOCKET_CELL.receiveErrors, 1);
    });
    this.ttlRefusal =
      options.ttl === undefined ? null : refusalOf(() => socket.setTTL(options.ttl!));
    this.receiveBuffer = askReceiveBuffer(socket, options.receiveBufferBytes);
    this.sendBuffer = askSendBuffer(socket, SEND_BUFFER_BYTES);
    const { address, port } = socket.address();
    this.local = { address, port };
    // Without a listener node:dgram would end the process for one client's ICMP error.
    socket.on('error', (error) => {
      this.#add(SOCKET_CELL.receiveErrors, 1);
      this.#countFailure(systemCodeOf(error));
    });
  }

  /** True once the socket receives nothing any more although nobody closed it. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Finds out whether the system still knows the socket. */
  check(): void {
    if (this.#closed !== undefined) return;
    try {
      if (this.#socket.address().port !== this.local.port) this.#break('EBADF');
    } catch (error) {
      this.#break(systemCodeOf(error));
    }
  }

  /** Whether it keeps the process running; at first it does. */
  keepRunning(isKept: boolean): void {
    if (isKept) this.#socket.ref();
    else this.#socket.unref();
  }

  createBatch(): PortableBatch {
    return new PortableBatch();
  }

  /** Calls `onReadable` whenever datagrams wait. It must call `receive` until that returns 0. */
  start(onReadable: () => void): void {
    this.#onReadable = onReadable;
    for (const [message, source] of this.#early.splice(0)) this.#take(message, source);
  }

  receive(batch: PortableBatch): number {
    if (this.#message === undefined || this.#source === undefined) {
      batch.count = 0;
      return 0;
    }
    batch.fill(this.#message, this.#source);
    this.#message = undefined;
    return 1;
  }

  send(batch: PortableBatch): void {
    if (batch.count === 0 || batch.verdicts[0] !== ANSWER || this.#isDiscarded) return;
    const port = batch.sourcePorts[0]!;
    // node:dgram throws for port 0, where the kernel says EINVAL.
    if (port === 0) batch.noteOutcome(0, 0, countSendFailure(this.#cells, 'EINVAL'));
    else if (this.#isQueueFull()) {
      batch.noteOutcome(0, 0, countSendFailure(this.#cells, 'EAGAIN'));
    } else {
      this.#handedOver++;
      this.#socket.send(batch.payload, 0, batch.lengths[0]!, port, batch.sourceText, this.#onSent);
    }
  }

  tellOutcome(batch: PortableBatch, _index: number, tell: (outcome: SendOutcome) => void): void {
    const outcome = batch.outcomes[0]!;
    if (outcome !== SENT) tell(outcome);
    else this.#asked.push({ number: this.#handedOver, tell });
  }

  discard(): void {
    if (this.#isDiscarded) return;
    this.#isDiscarded = true;
    // node:dgram tells of them after it has told of the close.
    this.#lastAnswered = this.#handedOver - this.#socket.getSendQueueCount();
    for (let number = this.#lastAnswered + 1; number <= this.#handedOver; number++) {
      this.#tell(number, countSendFailure(this.#cells, 'ECANCELED'));
    }
  }

  /** Closes the socket and resolves when no callback of it can follow. May be called again. */
  async close(): Promise<void> {
    if (this.#closed === undefined) {
      this.discard();
      this.#closed = once(this.#socket, 'close');
      this.#socket.close();
    }
    await this.#closed;
  }

  #countFailure(systemCode: string): void {
    if (!LASTING_FAILURES.has(systemCode)) return;
    this.#lastingFailures++;
    if (this.#lastingFailures > MAX_LASTING_FAILURES) this.#break(systemCode);
  }

  #break(systemCode: string): void {
    if (this.#isBroken || this.#closed !== undefined) return;
    this.#isBroken = true;
    void this.close();
    this.onBroken?.(systemCode);
  }

  #isQueueFull(): boolean {
    const queued = this.#socket.getSendQueueCount();
    if (queued === 0) return false;
    return queued >= SEND_QUEUE_LIMIT || this.#socket.getSendQueueSize() > SEND_QUEUE_LIMIT_BYTES;
  }

  #take(message: Buffer, source: RemoteInfo): void {
    this.#message = message;
    this.#source = source;
    this.#onReadable?.();
  }

  // One function for every datagram: a closure each would be garbage at line rate.
  readonly #onSent = (error: Error | null, sentBytes: number): void => {
    this.#answered++;
    if (this.#answered > this.#lastAnswered) return;
    let outcome = SENT;
    if (error === null) {
      this.#add(SOCKET_CELL.sentDatagrams, 1);
      this.#add(SOCKET_CELL.sentBytes, sentBytes);
    } else outcome = countSendFailure(this.#cells, systemCodeOf(error));
    if (this.#asked.length > 0) this.#tell(this.#answered, outcome);
  };

  /** Tells whoever asked for the outcome of that reply. */
  #tell(number: number, outcome: SendOutcome): void {
    const at = this.#asked.findIndex((asked) => asked.number === number);
    if (at !== -1) this.#asked.splice(at, 1)[0]!.tell(outcome);
  }

  #add(cell: number, amount: number): void {
    this.#cells[cell] = this.#cells[cell]! + amount;
  }
}

/** The system's code of what a call throws; `null` where it does not. */
function refusalOf(call: () => unknown): string | null {
  try {
    call();
    return null;
  } catch (error) {
    return systemCodeOf(error);
  }
}
