// SPDX-License-Identifier: MIT
// A client's socket. It is connected, so that the kernel drops datagrams from anybody else and reports ICMP errors,
// which an unconnected UDP socket never sees.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { monotonicNs } from '../../time.ts';
import type { SocketAddress } from '../ip-address.ts';
import type { HostAddress } from '../resolve.ts';
import { PatientSender, type SendOutcome } from './patient-sender.ts';

/** A datagram and the monotonic time at which it reached this process. */
export interface ReceivedDatagram {
  readonly payload: Buffer;
  readonly receivedAtNs: number;
}

type Arrival = ReceivedDatagram | Error;

export class ConnectedSocket implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #sender = new PatientSender();
  /** What arrived while nobody waited. One is enough: a client sends, then waits. */
  #arrival: Arrival | undefined;
  #waiter: ((arrival: Arrival | undefined) => void) | undefined;

  /**
   * Opens a socket and connects it to the peer.
   *
   * @param local  the address and port to use instead of the system's choice; with port 0 the system chooses the port
   * @throws the system's error in Node's shape, such as ENETUNREACH
   */
  static async open(
    peer: HostAddress,
    port: number,
    local?: SocketAddress,
  ): Promise<ConnectedSocket> {
    return new ConnectedSocket(await connectSocket(peer, port, local));
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (payload) => {
      this.#arrive({ payload, receivedAtNs: monotonicNs() });
    });
    socket.on('error', (error) => {
      this.#arrive(error);
    });
  }

  /**
   * Sends one datagram, despite ICMP errors of earlier ones, which `receive` then throws.
   *
   * @throws the system's error in Node's shape, such as EMSGSIZE
   */
  send(payload: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const outcome: SendOutcome = {
        onEarlierError: (error) => {
          this.#arrive(error);
        },
        onDone: (error) => {
          if (error === null) resolve();
          else reject(error);
        },
      };
      this.#sender.send((onTried) => {
        this.#socket.send(payload, onTried);
      }, outcome);
    });
  }

  /**
   * Waits for one datagram; `undefined` if none arrives within `timeoutMs`.
   *
   * @throws the peer's ICMP error in Node's shape, such as ECONNREFUSED; the reason of an abort
   */
  async receive(timeoutMs: number, signal?: AbortSignal): Promise<ReceivedDatagram | undefined> {
    signal?.throwIfAborted();
    const arrival = this.#arrival ?? (await this.#nextArrival(timeoutMs, signal));
    this.#arrival = undefined;
    signal?.throwIfAborted();
    if (arrival instanceof Error) throw arrival;
    return arrival;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  #arrive(arrival: Arrival): void {
    if (this.#waiter === undefined) this.#arrival ??= arrival;
    else this.#waiter(arrival);
  }

  #nextArrival(timeoutMs: number, signal?: AbortSignal): Promise<Arrival | undefined> {
    return new Promise((resolve) => {
      let lastLook: NodeJS.Immediate | undefined;
      const settle = (arrival: Arrival | undefined): void => {
        clearTimeout(timer);
        clearImmediate(lastLook);
        signal?.removeEventListener('abort', onAbort);
        this.#waiter = undefined;
        resolve(arrival);
      };
      const onAbort = (): void => {
        settle(undefined);
      };
      // The event loop runs timers before it reads sockets. If it was late itself, a datagram that arrived in time
      // still waits in the socket, and is read before an immediate runs.
      const timer = setTimeout(() => {
        lastLook = setImmediate(settle, undefined);
      }, timeoutMs);
      signal?.addEventListener('abort', onAbort);
      this.#waiter = settle;
    });
  }
}

/**
 * Opens a node:dgram socket on a port that the system chooses and connects it to the peer.
 *
 * @param local  the address and port to use instead of the system's choice; with port 0 the system chooses the port
 * @throws the system's error in Node's shape, such as ENETUNREACH
 */
export async function connectSocket(
  peer: HostAddress,
  port: number,
  local?: SocketAddress,
): Promise<Socket> {
  const socket = await connect(peer, port, local);
  if (!isItsOwnPeer(socket)) return socket;
  // Kept open until the next one is open, so that the system has to choose another port.
  return await connect(peer, port, local).finally(() => socket.close());
}

async function connect(peer: HostAddress, port: number, local?: SocketAddress): Promise<Socket> {
  const socket = createSocket(peer.ipVersion === 4 ? 'udp4' : 'udp6');
  try {
    if (local !== undefined) await bind(socket, local);
    const connected = once(socket, 'connect');
    socket.connect(port, peer.address);
    await connected;
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}

async function bind(socket: Socket, { address, port }: SocketAddress): Promise<void> {
  const listening = once(socket, 'listening');
  socket.bind({ address, port, exclusive: true });
  await listening;
}

/**
 * True if the system chose the target's own address and port, which is as free as any other if nothing listens there.
 * Such a socket would take its own message for the echo.
 */
function isItsOwnPeer(socket: Socket): boolean {
  const local = socket.address();
  const remote = socket.remoteAddress();
  return local.port === remote.port && local.address === remote.address;
}
