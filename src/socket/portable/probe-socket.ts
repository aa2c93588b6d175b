// SPDX-License-Identifier: MIT
// A measuring client's socket on node:dgram: connected, so that the kernel drops what others send
// and reports ICMP errors, and stamped as soon as node:dgram hands a datagram over.

import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { systemCodeOf } from '../../errors.ts';
import { monotonicNs } from '../../time.ts';
import type { ReceiveBuffer } from '../datagram-socket.ts';
import type { HostAddress } from '../resolve.ts';
import { connectSocket } from './connected-socket.ts';
import { readKernelDrops } from './kernel-drops.ts';
import { askReceiveBuffer } from './receive-buffer.ts';

export interface ProbeSocketHandlers {
  /** @param receivedAtNs  when JavaScript got it, on the monotonic clock of `monotonicNs` */
  readonly onDatagram: (payload: Buffer, receivedAtNs: number) => void;
  /** An ICMP error came, under its system name. */
  readonly onError: (systemCode: string) => void;
}

export class ProbeSocket {
  readonly localPort: number;
  readonly receiveBuffer: ReceiveBuffer;
  readonly #socket: Socket;
  readonly #ipVersion: 4 | 6;

  /** @throws the system's error in Node's shape, such as ENETUNREACH */
  static async open(
    peer: HostAddress,
    port: number,
    receiveBufferBytes: number,
    handlers: ProbeSocketHandlers,
  ): Promise<ProbeSocket> {
    const socket = await connectSocket(peer, port);
    return new ProbeSocket(socket, peer.ipVersion, receiveBufferBytes, handlers);
  }

  private constructor(
    socket: Socket,
    ipVersion: 4 | 6,
    receiveBufferBytes: number,
    { onDatagram, onError }: ProbeSocketHandlers,
  ) {
    this.#socket = socket;
    this.#ipVersion = ipVersion;
    this.localPort = socket.address().port;
    this.receiveBuffer = askReceiveBuffer(socket, receiveBufferBytes);
    socket.on('message', (payload) => {
      onDatagram(payload, monotonicNs());
    });
    socket.on('error', (error) => {
      onError(systemCodeOf(error));
    });
  }

  /**
   * Sends one datagram. The buffer must not be written again: a full socket makes libuv keep it.
   *
   * @param onFailed  told the system's name for the error, where it refused
   */
  send(payload: Buffer, onFailed: (systemCode: string) => void): void {
    this.#socket.send(payload, (error) => {
      if (error !== null) onFailed(systemCodeOf(error));
    });
  }

  setTtl(hops: number): void {
    this.#socket.setTTL(hops);
  }

  setBroadcast(isAllowed: boolean): void {
    this.#socket.setBroadcast(isAllowed);
  }

  /** Datagrams dropped because the receive buffer was full; `null` where nobody can know. */
  kernelDrops(): number | null {
    return readKernelDrops(this.#ipVersion, this.localPort);
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }
}
