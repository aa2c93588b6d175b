// A probe hub without sockets and clocks: time is moved by hand, and a test says what becomes of each probe. Places of
// peers that were removed are given away again at once.

import type { HostClocks, ProbeHub, ProbeSide } from '../../src/socket/probe-hub.ts';
import {
  STRANGER,
  type Arrival,
  type ProbeBatch,
  type ProbePeer,
  type ProbeSink,
} from '../../src/socket/probe-channel.ts';
import type { SocketAddress } from '../../src/socket/ip-address.ts';
import { viewOf } from './made-session.ts';

const CAPACITY = 8;
const MOST_BYTES = 2048;

export interface SimulatedProbe {
  readonly bytes: Uint8Array;
  readonly port: number;
  readonly to: SocketAddress;
  readonly ticket: number;
  readonly atNs: number;
}

/** What comes, and when. */
interface Coming {
  readonly atNs: number;
  readonly deliver: () => void;
}

class Batch implements ProbeBatch {
  readonly capacity = CAPACITY;
  readonly view = new DataView(new ArrayBuffer(CAPACITY * MOST_BYTES));
  readonly payloadBytes = new Uint32Array(CAPACITY);
  readonly ports = new Uint32Array(CAPACITY);
  readonly peers = new Uint32Array(CAPACITY);
  readonly tickets = new Float64Array(CAPACITY);

  startOf(entry: number): number {
    return entry * MOST_BYTES;
  }
}

export class SimulatedSide implements ProbeSide {
  readonly ipVersion = 4;
  readonly hasStamps = true;
  readonly ports = 4;
  readonly batch = new Batch();
  readonly peers: (ProbePeer | undefined)[] = [];
  /** Told by `takeDrops`, once. */
  drops: number | null = 0;
  /** Its send buffer is. */
  isFull = false;
  readonly #hub: SimulatedHub;

  constructor(hub: SimulatedHub) {
    this.#hub = hub;
  }

  makeRoom(): void {
    // There is enough.
  }

  addPeer(peer: ProbePeer): number {
    const free = this.peers.indexOf(undefined);
    const index = free === -1 ? this.peers.length : free;
    this.peers[index] = peer;
    return index;
  }

  removePeer(index: number): void {
    this.peers[index] = undefined;
  }

  send(entries: number): void {
    for (let entry = 0; entry < entries; entry++) {
      const start = this.batch.startOf(entry);
      const end = start + this.batch.payloadBytes[entry]!;
      const { address, port } = this.peers[this.batch.peers[entry]!]!;
      this.#hub.onProbe({
        bytes: new Uint8Array(this.batch.view.buffer.slice(start, end)),
        port: this.batch.ports[entry]!,
        to: { address, port },
        ticket: this.batch.tickets[entry]!,
        atNs: this.#hub.nowNs,
      });
    }
  }

  isCrowded(): boolean {
    return this.isFull;
  }

  takeDrops(): number | null {
    const { drops } = this;
    this.drops = drops === null ? null : 0;
    return drops;
  }
}

export class SimulatedHub implements ProbeHub {
  nowNs = 0;
  /** What the wall clock shows at 0. */
  wallMs = 1_700_000_000_000;
  suspendedNs = 0;
  readonly side = new SimulatedSide(this);
  readonly sides = [this.side];
  onProbe: (probe: SimulatedProbe) => void = () => undefined;
  readonly #sink: ProbeSink;
  #coming: Coming[] = [];

  constructor(sink: ProbeSink) {
    this.#sink = sink;
  }

  start(): { seconds: number; nanoseconds: number } {
    return { seconds: this.wallMs / 1000, nanoseconds: 0 };
  }

  clocks(): HostClocks {
    const { nowNs, suspendedNs } = this;
    return { nowNs, wallMs: this.wallMs + nowNs / 1e6, suspendedNs };
  }

  /** When the next of what is on its way comes. */
  get nextComingNs(): number {
    return Math.min(...this.#coming.map(({ atNs }) => atNs));
  }

  /** Something comes from an address. */
  reply(probe: SimulatedProbe, atNs: number, bytes = probe.bytes): void {
    this.#coming.push({
      atNs,
      deliver: () => {
        this.#sink.receive(this.#arrivalOf(probe, atNs, bytes));
      },
    });
  }

  stamp(ticket: number, kernelSentNs: number, atNs: number): void {
    const deliver = (): void => {
      this.#sink.stampSent(ticket, kernelSentNs, this.nowNs);
    };
    this.#coming.push({ atNs, deliver });
  }

  failSend(ticket: number): void {
    this.#sink.failSend(ticket, 'ENETUNREACH', this.nowNs);
  }

  /** An ICMP error that quotes a probe. */
  refuse({ bytes, port, to }: SimulatedProbe, atNs: number, from = to.address): void {
    const deliver = (): void => {
      this.#sink.receiveIcmp({
        systemCode: 'ECONNREFUSED',
        from,
        icmpType: 3,
        icmpCode: 3,
        port,
        peer: this.#peerAt(to),
        receivedNs: this.nowNs,
        view: viewOf(bytes),
        start: 0,
        quotedBytes: bytes.length,
        nextHopMtu: null,
        beforeTicket: 0,
      });
    };
    this.#coming.push({ atNs, deliver });
  }

  receive(): void {
    const isHere = ({ atNs }: Coming): boolean => atNs <= this.nowNs;
    const here = this.#coming.filter(isHere).sort((one, other) => one.atNs - other.atNs);
    this.#coming = this.#coming.filter((coming) => !isHere(coming));
    for (const { deliver } of here) deliver();
  }

  sleep(): void {
    // Time is moved by hand.
  }

  wake(): void {
    // Nobody sleeps.
  }

  #arrivalOf({ port, to }: SimulatedProbe, atNs: number, bytes: Uint8Array): Arrival {
    return {
      view: viewOf(bytes),
      start: 0,
      payloadBytes: bytes.length,
      port,
      peer: this.#peerAt(to),
      receivedNs: this.nowNs,
      kernelReceivedNs: atNs,
      fragmentBytes: NaN,
      sender: () => to,
    };
  }

  #peerAt({ address, port }: SocketAddress): number {
    const index = this.side.peers.findIndex(
      (peer) => peer?.address === address && peer.port === port,
    );
    return index === -1 ? STRANGER : index;
  }
}
