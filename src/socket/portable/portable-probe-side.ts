// SPDX-License-Identifier: MIT
// The sockets of one IP version of a probe hub, on node:dgram. An unconnected socket gets no ICMP errors from it.

import type { RemoteInfo } from 'node:dgram';
import { createError, systemCodeOf } from '../../errors.ts';
import { RECEIVE_BUFFER_BYTES } from '../datagram-socket.ts';
import { sumOfDrops } from '../drop-causes.ts';
import { socketAddressKey } from '../ip-address.ts';
import { STRANGER, UNKNOWN_NS, type ProbePeer, type ProbeSink } from '../probe-channel.ts';
import type { ProbeSide } from '../probe-hub.ts';
import type { IpVersion } from '../resolve.ts';
import { LASTING_FAILURES } from './lasting-failures.ts';
import { PortableProbeBatch } from './portable-probe-batch.ts';
import { ProbeSocket } from './probe-socket.ts';

export interface PortableProbeSideParts {
  readonly ipVersion: IpVersion;
  readonly sink: ProbeSink;
  /** Converts a moment of `monotonicNs`, by default the present, to the hub's time. */
  readonly toHubNs: (monotonicNs?: number) => number;
  /** Called for an error that no later call can avoid. */
  readonly onFailure: (error: Error) => void;
}

/** Until `makeRoom` asks for more. */
const LEAST_PAYLOAD_BYTES = 64;

export class PortableProbeSide implements ProbeSide {
  readonly ipVersion: IpVersion;
  readonly hasStamps = false;
  batch = new PortableProbeBatch(LEAST_PAYLOAD_BYTES);
  readonly #parts: PortableProbeSideParts;
  readonly #sockets: ProbeSocket[] = [];
  readonly #peers: (ProbePeer | undefined)[] = [];
  readonly #free: number[] = [];
  /** Indices of peers by address and port. */
  readonly #places = new Map<string, readonly number[]>();
  #mostBytes = LEAST_PAYLOAD_BYTES;
  #knownDrops = 0;

  constructor(parts: PortableProbeSideParts) {
    this.ipVersion = parts.ipVersion;
    this.#parts = parts;
  }

  get ports(): number {
    return this.#sockets.length;
  }

  /** @throws the system's error in Node's shape, such as EAFNOSUPPORT or EMFILE */
  async addPorts(ports: number): Promise<void> {
    for (let more = 0; more < ports; more++) await this.#open(this.#sockets.length);
  }

  makeRoom(payloadBytes: number): void {
    if (payloadBytes <= this.#mostBytes) return;
    this.#mostBytes = payloadBytes;
    this.batch = new PortableProbeBatch(payloadBytes);
  }

  addPeer(peer: ProbePeer): number {
    const index = this.#free.pop() ?? this.#peers.length;
    const key = socketAddressKey(peer);
    this.#peers[index] = peer;
    this.#places.set(key, [...(this.#places.get(key) ?? []), index]);
    return index;
  }

  removePeer(index: number): void {
    const key = socketAddressKey(this.#peers[index]!);
    const others = this.#places.get(key)!.filter((other) => other !== index);
    if (others.length === 0) this.#places.delete(key);
    else this.#places.set(key, others);
    this.#peers[index] = undefined;
    this.#free.push(index);
  }

  /** Node does not report it. */
  isCrowded(): boolean {
    return false;
  }

  send(entries: number): void {
    for (let entry = 0; entry < entries; entry++) this.#send(entry);
    this.batch.letGo(entries);
  }

  takeDrops(): number | null {
    const drops = sumOfDrops(this.#sockets.map((socket) => socket.kernelDrops()));
    if (drops === null) return null;
    const taken = drops - this.#knownDrops;
    this.#knownDrops = drops;
    return taken;
  }

  async close(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }

  async #open(port: number): Promise<void> {
    const options = {
      ipVersion: this.ipVersion,
      peer: undefined,
      ports: 1,
      payloadBytes: 0,
      receiveBufferBytes: RECEIVE_BUFFER_BYTES,
      ttl: undefined,
      allowBroadcast: false,
    };
    const socket = await ProbeSocket.open(options, {
      onDatagram: (payload, receivedAtNs, from) => {
        this.#receive(port, payload, receivedAtNs, from);
      },
      onError: (systemCode) => {
        if (!LASTING_FAILURES.has(systemCode)) return;
        const reason = `the system refuses to receive (${systemCode})`;
        this.#parts.onFailure(createError('ECHOGRAM_ERR_ENGINE', { engine: 'portable', reason }));
      },
    });
    this.#sockets.push(socket);
  }

  #receive(port: number, payload: Buffer, receivedAtNs: number, from: RemoteInfo): void {
    this.#parts.sink.receive({
      view: new DataView(payload.buffer, payload.byteOffset, payload.length),
      start: 0,
      payloadBytes: payload.length,
      port,
      peer: this.#places.get(socketAddressKey(from))?.[0] ?? STRANGER,
      receivedNs: this.#parts.toHubNs(receivedAtNs),
      kernelReceivedNs: UNKNOWN_NS,
      fragmentBytes: NaN,
      sender: () => ({ address: from.address, port: from.port }),
    });
  }

  #send(entry: number): void {
    const { ports, peers, tickets } = this.batch;
    const ticket = tickets[entry]!;
    this.#sockets[ports[entry]!]!.send(this.batch.payloadOf(entry), this.#peers[peers[entry]!]!, {
      // Node does not say which datagram it is about.
      onEarlierError: () => undefined,
      onDone: (error) => {
        if (error === null) return;
        this.#parts.sink.failSend(ticket, systemCodeOf(error), this.#parts.toHubNs());
      },
    });
  }
}
