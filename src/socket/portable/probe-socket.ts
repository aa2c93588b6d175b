// SPDX-License-Identifier: MIT
// One local socket of a probe channel on node:dgram. It is connected if there is one peer, so that the kernel drops
// what others send and reports ICMP errors. It is not connected if there are many peers, or the peer is a broadcast
// address. Each datagram is timestamped as soon as node:dgram delivers it.

import type { RemoteInfo, Socket } from 'node:dgram';
import { once } from 'node:events';
import { systemCodeOf } from '../../errors.ts';
import { monotonicNs } from '../../time.ts';
import type { SocketAddress } from '../ip-address.ts';
import type { ProbeChannelOptions } from '../probe-channel.ts';
import type { IpVersion } from '../resolve.ts';
import { connectSocket } from './connected-socket.ts';
import { createUdpSocket } from './create-udp-socket.ts';
import { readKernelDrops } from './kernel-drops.ts';
import { PatientSender, type SendOutcome } from './patient-sender.ts';
import { askReceiveBuffer } from './socket-buffers.ts';

/**
 * Bytes that libuv may hold for a socket whose kernel buffer is full. libuv itself queues without a bound; beyond this
 * a probe is refused with EAGAIN.
 */
const SEND_QUEUE_LIMIT_BYTES = 4 * 1024 * 1024;

export interface ProbeSocketHandlers {
  /** @param receivedAtNs  when JavaScript received it, on the monotonic clock of `monotonicNs` */
  readonly onDatagram: (payload: Buffer, receivedAtNs: number, from: RemoteInfo) => void;
  /** An ICMP error arrived, under its system name. */
  readonly onError: (systemCode: string) => void;
}

export class ProbeSocket {
  readonly localAddress: string;
  readonly localPort: number;
  readonly isConnected: boolean;
  readonly #socket: Socket;
  readonly #sender = new PatientSender();
  readonly #options: ProbeChannelOptions;

  /**
   * @param local  the address and port to use instead of the system's choice
   * @throws the system's error in Node's shape, such as ENETUNREACH, or EACCES for a broadcast address
   */
  static async open(
    options: ProbeChannelOptions,
    handlers: ProbeSocketHandlers,
    local: SocketAddress | undefined = options.local,
  ): Promise<ProbeSocket> {
    const { peer, ipVersion } = options;
    if (peer === undefined) {
      return new ProbeSocket(await bindSocket(ipVersion, local), false, options, handlers);
    }
    try {
      const socket = await connectSocket({ address: peer.address, ipVersion }, peer.port, local);
      return new ProbeSocket(socket, true, options, handlers);
    } catch (error) {
      // Linux returns this from connect(2) for a broadcast address; other systems connect, and return it from send.
      if (!options.allowBroadcast || systemCodeOf(error) !== 'EACCES') throw error;
      const socket = await bindSocket(ipVersion, local);
      socket.setBroadcast(true);
      return new ProbeSocket(socket, false, options, handlers);
    }
  }

  private constructor(
    socket: Socket,
    isConnected: boolean,
    options: ProbeChannelOptions,
    { onDatagram, onError }: ProbeSocketHandlers,
  ) {
    this.#socket = socket;
    this.isConnected = isConnected;
    this.#options = options;
    ({ address: this.localAddress, port: this.localPort } = socket.address());
    askReceiveBuffer(socket, options.receiveBufferBytes);
    if (options.ttl !== undefined) socket.setTTL(options.ttl);
    socket.on('message', (payload, from) => {
      onDatagram(payload, monotonicNs(), from);
    });
    socket.on('error', (error) => {
      onError(systemCodeOf(error));
    });
  }

  /**
   * Sends one datagram, despite ICMP errors of earlier ones. The buffer must not be written again: libuv keeps it if
   * the socket is full. The outcome is reported after the call.
   *
   * @param to  if it is not connected
   */
  send(payload: Uint8Array, to: SocketAddress, outcome: SendOutcome): void {
    this.#sender.send((onTried) => {
      this.#trySend(payload, to, onTried);
    }, outcome);
  }

  #trySend(payload: Uint8Array, to: SocketAddress, onTried: (error: Error | null) => void): void {
    if (this.#socket.getSendQueueSize() > SEND_QUEUE_LIMIT_BYTES) {
      queueMicrotask(() => {
        onTried(Object.assign(new Error('the send queue is full'), { code: 'EAGAIN' }));
      });
      return;
    }
    if (this.isConnected) this.#socket.send(payload, onTried);
    else this.#socket.send(payload, to.port, to.address, onTried);
  }

  /** Datagrams dropped for lack of room or because of a wrong checksum; `null` if unknown. */
  kernelDrops(): number | null {
    const { ipVersion, peer } = this.#options;
    return readKernelDrops(ipVersion, this.localPort, this.isConnected ? peer!.port : 0);
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }
}

async function bindSocket(ipVersion: IpVersion, local: SocketAddress | undefined): Promise<Socket> {
  const socket = createUdpSocket(ipVersion);
  const listening = once(socket, 'listening');
  if (local === undefined) socket.bind();
  else socket.bind({ address: local.address, port: local.port, exclusive: true });
  await listening;
  return socket;
}
