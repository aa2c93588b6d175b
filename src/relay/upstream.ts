// SPDX-License-Identifier: MIT
// The socket that represents one client towards the server. It is connected, so that the kernel accepts nothing from
// others and reports ICMP errors.

import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { systemCodeOf } from '../errors.ts';
import { countSendFailure, SOCKET_CELL } from '../socket/counters.ts';
import { connectSocket } from '../socket/portable/connected-socket.ts';
import { isIcmpCode, PatientSender } from '../socket/portable/patient-sender.ts';
import { askReceiveBuffer } from '../socket/portable/socket-buffers.ts';
import type { HostAddress } from '../socket/resolve.ts';

/** Datagrams that wait for the socket to open, or that node:dgram may hold for a full send buffer. */
const QUEUE_LIMIT = 64;

/** Holds some 1,000 small replies; there may be many such sockets. */
const RECEIVE_BUFFER_BYTES = 1024 * 1024;

export interface UpstreamListener {
  onReply(payload: Buffer): void;
  /** An ICMP error arrived for a sent datagram. */
  onIcmp(systemCode: string): void;
  /** The socket can't be opened or used. */
  onBroken(systemCode: string): void;
}

export class Upstream {
  readonly peer: HostAddress;
  readonly #cells: Float64Array;
  readonly #listener: UpstreamListener;
  readonly #sender = new PatientSender();
  readonly #waiting: Buffer[] = [];
  #socket: Socket | undefined;
  #isKept: boolean;
  #isClosed = false;
  /** Sends whose outcome node:dgram has not reported. */
  #pending = 0;
  readonly #opened: Promise<void>;

  /**
   * Begins to open the socket; datagrams sent meanwhile wait.
   *
   * @param cells  `SOCKET_CELLS` that all sockets to the server share
   * @param again  datagrams that were already sent and counted, to an address where nothing listens
   */
  constructor(
    peer: HostAddress,
    port: number,
    isKept: boolean,
    cells: Float64Array,
    listener: UpstreamListener,
    again: readonly Buffer[] = [],
  ) {
    this.peer = peer;
    this.#isKept = isKept;
    this.#cells = cells;
    this.#listener = listener;
    this.#opened = this.#open(port, again);
  }

  send(payload: Buffer): void {
    if (this.#isClosed) this.#fail('ECANCELED');
    else if (this.#socket !== undefined) this.#sendNow(this.#socket, payload);
    else if (this.#waiting.length < QUEUE_LIMIT) this.#waiting.push(payload);
    else this.#fail('EAGAIN');
  }

  keepRunning(isKept: boolean): void {
    this.#isKept = isKept;
    if (isKept) this.#socket?.ref();
    else this.#socket?.unref();
  }

  /** Closes the socket and resolves once everything that it sent is counted. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#opened;
    this.#giveUpWaiting('ECANCELED');
    if (this.#socket === undefined) return;
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
    // node:dgram reports the last sends after the close.
    await setImmediate();
    for (; this.#pending > 0; this.#pending--) this.#fail('ECANCELED');
  }

  async #open(port: number, again: readonly Buffer[]): Promise<void> {
    try {
      const socket = await connectSocket(this.peer, port);
      this.#socket = socket;
      askReceiveBuffer(socket, RECEIVE_BUFFER_BYTES);
      socket.on('message', this.#onMessage);
      socket.on('error', this.#onError);
      if (!this.#isKept) socket.unref();
      if (this.#isClosed) return;
      for (const payload of again) socket.send(payload, () => undefined);
      for (const payload of this.#waiting.splice(0)) this.#sendNow(socket, payload);
    } catch (error) {
      const systemCode = systemCodeOf(error);
      this.#giveUpWaiting(systemCode);
      this.#listener.onBroken(systemCode);
    }
  }

  #giveUpWaiting(systemCode: string): void {
    for (const _payload of this.#waiting.splice(0)) this.#fail(systemCode);
  }

  #sendNow(socket: Socket, payload: Buffer): void {
    if (socket.getSendQueueCount() >= QUEUE_LIMIT) {
      this.#fail('EAGAIN');
      return;
    }
    this.#pending++;
    const trySend = (onTried: (error: Error | null) => void): void => {
      if (this.#isClosed) onTried(Object.assign(new Error('closed'), { code: 'ECANCELED' }));
      else socket.send(payload, onTried);
    };
    this.#sender.send(trySend, {
      onEarlierError: (error) => {
        this.#listener.onIcmp(systemCodeOf(error));
      },
      onDone: (error) => {
        this.#done(payload.length, error);
      },
    });
  }

  #done(payloadBytes: number, error: Error | null): void {
    // Already counted at the close.
    if (this.#pending === 0) return;
    this.#pending--;
    if (error !== null) {
      this.#fail(systemCodeOf(error));
      return;
    }
    this.#add(SOCKET_CELL.sentDatagrams, 1);
    this.#add(SOCKET_CELL.sentBytes, payloadBytes);
  }

  readonly #onMessage = (payload: Buffer): void => {
    this.#add(SOCKET_CELL.receivedDatagrams, 1);
    this.#add(SOCKET_CELL.receivedBytes, payload.length);
    this.#listener.onReply(payload);
  };

  readonly #onError = (error: Error): void => {
    const systemCode = systemCodeOf(error);
    if (isIcmpCode(systemCode)) {
      this.#listener.onIcmp(systemCode);
      return;
    }
    this.#add(SOCKET_CELL.receiveErrors, 1);
    this.#listener.onBroken(systemCode);
  };

  #fail(systemCode: string): void {
    countSendFailure(this.#cells, systemCode);
  }

  #add(cell: number, amount: number): void {
    this.#cells[cell] = this.#cells[cell]! + amount;
  }
}
