// SPDX-License-Identifier: MIT
// One client of a relay (an address and a port), and the socket that represents it towards the server.

import type { SocketAddress } from '../socket/ip-address.ts';
import type { PortableSocket } from '../socket/portable/portable-socket.ts';
import { sourceOf, type Guest } from '../socket/who-gives-way.ts';
import type { Allowance } from './allowance.ts';
import type { Target } from './target.ts';
import { Upstream } from './upstream.ts';

/** Datagrams kept for another address of the server, until one has replied. */
const KEPT_DATAGRAMS = 16;
const KEPT_BYTES = 16 * 1024;

/** Where a client's datagrams come from and go to. */
export interface SourceRoute {
  readonly client: SocketAddress;
  /** The socket that the client sends to. */
  readonly front: PortableSocket;
  readonly target: Target;
  readonly allowance: Allowance;
  /** `SOCKET_CELLS` that all sockets to the server share. */
  readonly cells: Float64Array;
}

/** Receives the events of a source. */
export interface SourceListener {
  onReply(source: Source, payload: Buffer): void;
  /** An ICMP error arrived for a datagram to the server. */
  onIcmp(source: Source, systemCode: string): void;
  /** Its socket can't be opened or used. */
  onBroken(source: Source, systemCode: string): void;
}

export class Source implements Guest {
  readonly client: SocketAddress;
  readonly front: PortableSocket;
  readonly allowance: Allowance;
  /** Its address, or its IPv6 /56. */
  readonly source: string;
  lastHeardMs = 0;
  readonly #target: Target;
  readonly #cells: Float64Array;
  readonly #listener: SourceListener;
  #upstream: Upstream;
  #isKept: boolean;
  #kept: Buffer[] = [];
  #movesLeft = 0;

  constructor(route: SourceRoute, isKept: boolean, listener: SourceListener) {
    this.client = route.client;
    this.front = route.front;
    this.allowance = route.allowance;
    this.source = sourceOf(route.client.address);
    this.#target = route.target;
    this.#cells = route.cells;
    this.#listener = listener;
    this.#isKept = isKept;
    this.#upstream = this.#openUpstream();
  }

  /** A client that has answered a reply is preferred. */
  get standing(): number {
    return this.allowance.hasAnswered ? 1 : 0;
  }

  /** Sends a datagram of the client to the server. */
  forward(payload: Buffer): void {
    this.#movesLeft = this.#target.alternatives;
    this.#keep(payload);
    this.#upstream.send(payload);
  }

  keepRunning(isKept: boolean): void {
    this.#isKept = isKept;
    this.#upstream.keepRunning(isKept);
  }

  /** Resolves once everything that it sent is counted. */
  async close(): Promise<void> {
    await this.#upstream.close();
  }

  #keep(payload: Buffer): void {
    if (this.#movesLeft === 0) this.#kept = [];
    else if (
      this.#kept.length < KEPT_DATAGRAMS &&
      this.#keptBytes() + payload.length <= KEPT_BYTES
    ) {
      this.#kept.push(payload);
    }
  }

  #keptBytes(): number {
    return this.#kept.reduce((sum, { length }) => sum + length, 0);
  }

  #openUpstream(again: readonly Buffer[] = []): Upstream {
    const { address, port } = this.#target;
    const upstream: Upstream = new Upstream(
      address,
      port,
      this.#isKept,
      this.#cells,
      {
        onReply: (payload) => {
          this.#target.prove();
          this.#kept = [];
          this.#listener.onReply(this, payload);
        },
        onIcmp: (systemCode) => {
          this.#listener.onIcmp(this, systemCode);
          if (systemCode === 'ECONNREFUSED' && upstream === this.#upstream) this.#moveOn();
        },
        onBroken: (systemCode) => {
          if (upstream === this.#upstream) this.#listener.onBroken(this, systemCode);
        },
      },
      again,
    );
    return upstream;
  }

  /** Nothing listens at this address of the server: tries the next one. */
  #moveOn(): void {
    if (this.#movesLeft === 0 || !this.#target.moveOn(this.#upstream.peer)) return;
    this.#movesLeft--;
    void this.#upstream.close();
    this.#upstream = this.#openUpstream(this.#kept);
  }
}
