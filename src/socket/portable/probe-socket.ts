// SPDX-License-Identifier: MIT
// A measuring client's socket on node:dgram: connected, so that the kernel drops what others send
// and reports ICMP errors, and stamped as soon as node:dgram hands a datagram over. One that asks a
// broadcast address is not connected: the replies come from other addresses.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { systemCodeOf } from '../../errors.ts';
import { monotonicNs } from '../../time.ts';
import type { SocketBuffer } from '../datagram-socket.ts';
import type { ProbeSocketOptions } from '../probe-socket-options.ts';
import { connectSocket } from './connected-socket.ts';
import { readKernelDrops } from './kernel-drops.ts';
import { PatientSender, type SendOutcome } from './patient-sender.ts';
import { askReceiveBuffer } from './socket-buffers.ts';

/**
 * Bytes that libuv may hold for a socket whose kernel buffer is full. It queues without a bound;
 * past this a probe is refused with EAGAIN.
 */
const SEND_QUEUE_LIMIT_BYTES = 4 * 1024 * 1024;

export interface ProbeSocketHandlers {
  /** @param receivedAtNs  when JavaScript got it, on the monotonic clock of `monotonicNs` */
  readonly onDatagram: (payload: Buffer, receivedAtNs: number) => void;
  /** An ICMP error came, under its system name. */
  readonly onError: (systemCode: string) => void;
}

export class ProbeSocket {
  readonly localPort: number;
  readonly receiveBuffer: SocketBuffer;
  readonly #socket: Socket;
  readonly #sender = new PatientSender();
  readonly #options: ProbeSocketOptions;
  readonly #isConnected: boolean;

  /** @throws the system's error in Node's shape, such as ENETUNREACH, or EACCES for a broadcast address */
  static async open(
    options: ProbeSocketOptions,
    handlers: ProbeSocketHandlers,
  ): Promise<ProbeSocket> {
    try {
      const socket = await connectSocket(options.peer, options.port);
      return new ProbeSocket(socket, true, options, handlers);
    } catch (error) {
      // Linux's answer to connect(2) for a broadcast address; other systems connect, and answer so to send.
      if (!options.allowBroadcast || systemCodeOf(error) !== 'EACCES') throw error;
      const socket = await bindBroadcastSocket();
      return new ProbeSocket(socket, false, options, handlers);
    }
  }

  private constructor(
    socket: Socket,
    isConnected: boolean,
    options: ProbeSocketOptions,
    { onDatagram, onError }: ProbeSocketHandlers,
  ) {
    this.#socket = socket;
    this.#isConnected = isConnected;
    this.#options = options;
    this.localPort = socket.address().port;
    this.receiveBuffer = askReceiveBuffer(socket, options.receiveBufferBytes);
    if (options.ttl !== undefined) socket.setTTL(options.ttl);
    socket.on('message', (payload) => {
      onDatagram(payload, monotonicNs());
    });
    socket.on('error', (error) => {
      onError(systemCodeOf(error));
    });
  }

  /**
   * Sends one datagram, past the ICMP errors of earlier ones. The buffer must not be written again: a full socket
   * makes libuv keep it. The outcome is told after the call.
   */
  send(payload: Buffer, outcome: SendOutcome): void {
    this.#sender.send((onTried) => {
      this.#trySend(payload, onTried);
    }, outcome);
  }

  #trySend(payload: Buffer, onTried: (error: Error | null) => void): void {
    if (this.#socket.getSendQueueSize() > SEND_QUEUE_LIMIT_BYTES) {
      queueMicrotask(() => {
        onTried(Object.assign(new Error('the send queue is full'), { code: 'EAGAIN' }));
      });
      return;
    }
    const { peer, port } = this.#options;
    if (this.#isConnected) this.#socket.send(payload, onTried);
    else this.#socket.send(payload, port, peer.address, onTried);
  }

  /** Datagrams dropped for want of room or for a wrong checksum; `null` where nobody can know. */
  kernelDrops(): number | null {
    const remotePort = this.#isConnected ? this.#options.port : 0;
    return readKernelDrops(this.#options.peer.ipVersion, this.localPort, remotePort);
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }
}

/** Broadcast is IPv4's alone. */
async function bindBroadcastSocket(): Promise<Socket> {
  const socket = createSocket({
    type: 'udp4',
    // The address is an IP address already; answering at once saves a turn of the event loop.
    lookup: (address, _options, callback) => {
      callback(null, address, 4);
    },
  });
  const listening = once(socket, 'listening');
  socket.bind();
  await listening;
  socket.setBroadcast(true);
  return socket;
}
