// A plain node:dgram peer for tests: sends what it is told and hands over what comes.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import type { TestContext } from 'node:test';
import { deadline } from './deadline.ts';

export interface PeerDatagram {
  readonly payload: Buffer;
  readonly address: string;
  readonly port: number;
}

export class UdpPeer {
  readonly socket: Socket;
  readonly #waiting: PeerDatagram[] = [];
  #wake: (() => void) | undefined;
  #closed: Promise<unknown> | undefined;

  /** Binds to a loopback address; the test closes it. */
  static async open(t: TestContext, address = '127.0.0.1', port = 0): Promise<UdpPeer> {
    const socket = createSocket(isIPv4(address) ? 'udp4' : 'udp6');
    const peer = new UdpPeer(socket);
    socket.bind(port, address);
    await once(socket, 'listening');
    t.after(() => peer.close());
    return peer;
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('message', (payload, { address, port }) => {
      this.#waiting.push({ payload, address, port });
      this.#wake?.();
    });
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** Sends one datagram and resolves when the kernel has taken it. */
  async send(payload: Uint8Array | string, port: number, address = '127.0.0.1'): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.socket.send(payload, port, address, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  /** The next datagram that came, or comes. */
  async next(what = 'a datagram'): Promise<PeerDatagram> {
    const arrived = async (): Promise<PeerDatagram> => {
      for (;;) {
        const datagram = this.#waiting.shift();
        if (datagram !== undefined) return datagram;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    };
    return await deadline(arrived(), () => `${what} at port ${this.port}`);
  }

  /** Leaves its port, before the test ends. May be called again. */
  async close(): Promise<void> {
    if (this.#closed === undefined) {
      this.#closed = once(this.socket, 'close');
      this.socket.close();
    }
    await this.#closed;
  }

  /** How many came that nobody has taken. */
  get unread(): number {
    return this.#waiting.length;
  }
}

/**
 * A port that stays closed for the whole test: its owner is connected to another address, so that
 * the kernel answers everyone else with ICMP "port unreachable", and nobody else can take it.
 */
export async function closedPort(t: TestContext, address = '127.0.0.1'): Promise<number> {
  const { socket, port } = await UdpPeer.open(t, address);
  const connected = once(socket, 'connect');
  socket.connect(9, address);
  await connected;
  return port;
}
