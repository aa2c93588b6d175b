// SPDX-License-Identifier: MIT
// The datagram socket of the portable engine, on node:dgram alone: one system call and several objects per datagram, on
// every system.

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
import { adoptSocket } from './adopt-socket.ts';
import { createUdpSocket } from './create-udp-socket.ts';
import { PortableBatch } from './portable-batch.ts';
import { LASTING_FAILURES } from './lasting-failures.ts';
import {
  askReceiveBuffer,
  askSendBuffer,
  receiveBufferOf,
  sendBufferOf,
} from './socket-buffers.ts';

/**
 * Maximum number of replies that libuv may hold for a socket whose kernel buffer is full. libuv itself queues without a
 * bound, and continues once half of that buffer is free; beyond this number a reply is dropped and counted as EAGAIN.
 * It is small compared with what the kernel holds, because replies that wait here are late, and delay those after them.
 */
const SEND_QUEUE_LIMIT = 64;
const SEND_QUEUE_LIMIT_BYTES = 64 * 1024;

/**
 * The number of consecutive permanent failures after which the socket counts as broken and is closed: libuv would retry
 * for ever.
 */
const MAX_LASTING_FAILURES = 16;

/** A request for the outcome of the `number`th reply that node:dgram accepted. */
interface Asked {
  readonly number: number;
  readonly tell: (outcome: SendOutcome) => void;
}

/** Datagrams kept from before `start`, which is some milliseconds at most; the rest count as receive errors. */
const EARLY_LIMIT = 64;

export interface AdoptOptions extends Pick<BindOptions, 'ttl' | 'cells'> {
  /** Broadcast addresses of this host's networks. */
  readonly broadcasts: readonly number[];
}

type SocketOptions = Pick<BindOptions, 'ttl' | 'cells'> &
  Partial<Pick<BindOptions, 'receiveBufferBytes'>>;

export class PortableSocket implements DatagramSocket {
  readonly engine = 'portable';
  readonly local: SocketAddress;
  readonly receiveBuffer: SocketBuffer;
  readonly sendBuffer: SocketBuffer;
  /** The system's code if it refused the requested TTL. */
  readonly ttlRefusal: string | null;
  readonly #socket: Socket;
  readonly #cells: Float64Array;
  #message: Buffer | undefined;
  #source: RemoteInfo | undefined;
  #onReadable: (() => void) | undefined;
  readonly #early: [Buffer, RemoteInfo][] = [];
  /** Replies that node:dgram accepted, and those of them whose outcome it has reported, in the same order. */
  #handedOver = 0;
  #answered = 0;
  /** The last of those that had left, or failed, when the socket was discarded. */
  #lastAnswered = Infinity;
  readonly #asked: Asked[] = [];
  #isDiscarded = false;
  #closed: Promise<unknown> | undefined;
  #isBroken = false;
  #lastingFailures = 0;
  /** Called once, when the socket stops receiving. */
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

  /**
   * Takes over a socket that somebody else has bound to one address, and leaves its buffers as they are.
   *
   * @throws OptionError `ECHOGRAM_ERR_PASSED_SOCKET`
   */
  static async adopt(
    fd: number,
    { broadcasts, ...options }: AdoptOptions,
  ): Promise<PortableSocket> {
    return new PortableSocket(await adoptSocket(fd, broadcasts), options);
  }

  private constructor(socket: Socket, options: SocketOptions) {
    this.#socket = socket;
    this.#cells = options.cells;
    // node:dgram reads from the bind on; datagrams before `start` wait in `#early`.
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
    const { receiveBufferBytes } = options;
    const isPassed = receiveBufferBytes === undefined;
    this.receiveBuffer = isPassed
      ? receiveBufferOf(socket)
      : askReceiveBuffer(socket, receiveBufferBytes);
    this.sendBuffer = isPassed ? sendBufferOf(socket) : askSendBuffer(socket, SEND_BUFFER_BYTES);
    const { address, port } = socket.address();
    this.local = { address, port };
    // Without a listener node:dgram would end the process for one client's ICMP error.
    socket.on('error', (error) => {
      this.#add(SOCKET_CELL.receiveErrors, 1);
      this.#countFailure(systemCodeOf(error));
    });
  }

  /** True once the socket has stopped receiving although nobody closed it. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Checks whether the system still knows the socket. */
  check(): void {
    if (this.#closed !== undefined) return;
    try {
      if (this.#socket.address().port !== this.local.port) this.#break('EBADF');
    } catch (error) {
      this.#break(systemCodeOf(error));
    }
  }

  /** Sets whether the socket keeps the process running; initially it does. */
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
    // node:dgram throws for port 0; the kernel returns EINVAL.
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
    // node:dgram reports their outcome only after the close.
    this.#lastAnswered = this.#handedOver - this.#socket.getSendQueueCount();
    for (let number = this.#lastAnswered + 1; number <= this.#handedOver; number++) {
      this.#tell(number, countSendFailure(this.#cells, 'ECANCELED'));
    }
  }

  /** Closes the socket and resolves once none of its callbacks can follow. May be called again. */
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

  // One function for all datagrams: a closure for each would be garbage at line rate.
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

  /** Reports the outcome of that reply to whoever requested it. */
  #tell(number: number, outcome: SendOutcome): void {
    const at = this.#asked.findIndex((asked) => asked.number === number);
    if (at !== -1) this.#asked.splice(at, 1)[0]!.tell(outcome);
  }

  #add(cell: number, amount: number): void {
    this.#cells[cell] = this.#cells[cell]! + amount;
  }
}

/** The system's code of the error that a call throws; `null` if it throws none. */
function refusalOf(call: () => unknown): string | null {
  try {
    call();
    return null;
  } catch (error) {
    return systemCodeOf(error);
  }
}
