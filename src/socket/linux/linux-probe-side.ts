// SPDX-License-Identifier: MIT
// The sockets of one IP version of a probe hub, on the Linux engine. It allocates nothing per probe.

import { AddressLooks } from '../address-change.ts';
import { MAX_PAYLOAD_BYTES_IPV6 } from '../datagram-socket.ts';
import { sumOfDrops } from '../drop-causes.ts';
import type { ProbePeer, ProbeSink } from '../probe-channel.ts';
import type { ProbeSide } from '../probe-hub.ts';
import type { IpVersion } from '../resolve.ts';
import { readKernelDrops, SocketMemory } from './bind.ts';
import { SK_MEMINFO_SNDBUF, SK_MEMINFO_WMEM_ALLOC } from './constants.ts';
import type { Libc } from './libc.ts';
import type { OpenProbeSocket } from './open-probe-socket.ts';
import { ProbeArena } from './probe-arena.ts';
import type { ProbeClock } from './probe-clock.ts';
import { ProbeErrors } from './probe-errors.ts';
import { ProbePeers } from './probe-peers.ts';
import { ProbePort } from './probe-port.ts';
import { ProbeReceiver } from './probe-receiver.ts';
import { ProbeSender } from './probe-sender.ts';

/** The memory of tickets is divided among this many ports; further ports get a share of the same size. */
const TICKET_SHARES = 4;

/** A send buffer is crowded if more than this share is in use, as in careful-sender.ts. */
const CROWDED_SHARE = 1 / 8;

/** Whoever is probed; and how a reply was fragmented is not asked. */
const SHARED = { hasOnePeer: false, seesFragments: false };

const CROWD_LOOK_NS = 10e6;

export interface LinuxProbeSideParts {
  readonly libc: Libc;
  readonly clock: ProbeClock;
  readonly ipVersion: IpVersion;
  readonly sink: ProbeSink;
}

export class LinuxProbeSide implements ProbeSide {
  readonly ipVersion: IpVersion;
  readonly batch: ProbeArena;
  readonly #libc: Libc;
  readonly #ports: ProbePort[] = [];
  readonly #peers: ProbePeers;
  readonly #receiver: ProbeReceiver;
  readonly #sender: ProbeSender;
  readonly #memories: SocketMemory[] = [];
  #lookedAtNs = -Infinity;
  #isCrowded = false;
  #knownDrops = 0;

  constructor({ libc, clock, ipVersion, sink }: LinuxProbeSideParts) {
    const isIPv6 = ipVersion === 6;
    const peers = new ProbePeers(libc, isIPv6);
    const errors = new ProbeErrors(libc, clock, isIPv6, sink, peers);
    // The system chooses the source address of each probe, so address changes need no attention.
    const parts = { libc, clock, errors, sink, looks: new AddressLooks() };
    this.ipVersion = ipVersion;
    this.#libc = libc;
    this.#peers = peers;
    // For the longest payload: the system provides memory only when it is first written.
    this.batch = new ProbeArena(libc, MAX_PAYLOAD_BYTES_IPV6, peers);
    this.#receiver = new ProbeReceiver({ ...parts, isIPv6, peers, ...SHARED });
    this.#sender = new ProbeSender({ ...parts, arena: this.batch, ports: this.#ports });
  }

  get ports(): number {
    return this.#ports.length;
  }

  /** In the order of ports. */
  get fds(): readonly number[] {
    return this.#ports.map(({ fd }) => fd);
  }

  get hasStamps(): boolean {
    return this.#ports.every(({ hasStamps }) => hasStamps);
  }

  addPorts(sockets: readonly OpenProbeSocket[]): void {
    for (const socket of sockets) {
      this.#ports.push(new ProbePort(this.#libc, socket, this.#ports.length, TICKET_SHARES));
      this.#memories.push(new SocketMemory(this.#libc, socket.fd));
    }
  }

  makeRoom(): void {
    // There is room for the longest payload.
  }

  addPeer(peer: ProbePeer): number {
    return this.#peers.add(peer);
  }

  removePeer(index: number): void {
    this.#peers.remove(index);
  }

  isCrowded(nowNs: number): boolean {
    if (nowNs - this.#lookedAtNs >= CROWD_LOOK_NS) {
      this.#lookedAtNs = nowNs;
      this.#isCrowded = this.#memories.some(isCrowded);
    }
    return this.#isCrowded;
  }

  send(entries: number): void {
    this.#sender.send(entries);
  }

  /** Reads one of the ports. */
  receive(port: number): void {
    this.#receiver.receive(this.#ports[port]!);
  }

  takeDrops(): number | null {
    const drops = sumOfDrops(this.#ports.map(({ fd }) => readKernelDrops(this.#libc, fd)));
    if (drops === null) return null;
    const taken = drops - this.#knownDrops;
    this.#knownDrops = drops;
    return taken;
  }
}

function isCrowded(memory: SocketMemory): boolean {
  const values = memory.read();
  return values[SK_MEMINFO_WMEM_ALLOC]! > values[SK_MEMINFO_SNDBUF]! * CROWDED_SHARE;
}
