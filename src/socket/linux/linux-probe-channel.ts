// SPDX-License-Identifier: MIT
// The probe channel through recvmmsg and sendmmsg, with the kernel's timestamps. It allocates nothing per probe.

import { AddressLooks, type AddressChange } from '../address-change.ts';
import type {
  Fragmentation,
  ProbeChannel,
  ProbeChannelOptions,
  ProbePeer,
  ProbeSink,
} from '../probe-channel.ts';
import type { Elsewhere } from '../sender-counts.ts';
import { AddressFollower } from './address-follower.ts';
import { PR_SET_TIMERSLACK } from './constants.ts';
import { DropWatch } from './drop-watch.ts';
import type { Libc } from './libc.ts';
import type { OpenProbeSocket } from './open-probe-socket.ts';
import { fragmentAs } from './path-mtu.ts';
import { ProbeArena } from './probe-arena.ts';
import { ProbeClock } from './probe-clock.ts';
import { ProbeErrors } from './probe-errors.ts';
import { ProbePeers } from './probe-peers.ts';
import { ProbePort } from './probe-port.ts';
import { ProbeReceiver } from './probe-receiver.ts';
import { ProbeSender } from './probe-sender.ts';
import { ProbeWaiter } from './probe-waiter.ts';
import { StrayWatch } from './stray-watch.ts';

/** A channel's sockets as data: what another thread needs to use them. */
export interface ProbeSocketsData {
  readonly sockets: readonly OpenProbeSocket[];
  /** Sockets beside the first of these, which receive what others send to their ports. */
  readonly listeners: readonly number[];
  /** The only destination. */
  readonly peer: ProbePeer | undefined;
  /** The longest payload of a probe. */
  readonly payloadBytes: number;
  /** The options that the sockets were opened with; `undefined` if they are never replaced. */
  readonly options: ProbeChannelOptions | undefined;
  /** An eventfd that wakes the thread. */
  readonly wakeFd: number;
}

/**
 * How a channel sleeps. `here`: in the calling thread, which does nothing else; wakes up within some 10 µs. `aside`: in
 * one of Node's threads, so that the event loop goes on; wakes up within some 100 µs, if the event loop is free.
 */
export type Waiting = 'here' | 'aside';

export class LinuxProbeChannel implements ProbeChannel {
  /** A sleeping thread is woken some 10 µs late, and later if the processor slept too. */
  readonly spinNs = 60_000;
  readonly localPorts: readonly number[];
  readonly batch: ProbeArena;
  readonly #libc: Libc;
  readonly #isIPv6: boolean;
  readonly #ports: readonly ProbePort[];
  readonly #peers: ProbePeers;
  readonly #strays: StrayWatch;
  /**
   * True if every datagram received counts as the peer's: the kernel ensures that, or the target is a broadcast
   * address.
   */
  readonly #hasOnePeer: boolean;
  readonly #seesFragments: boolean;
  readonly #clock: ProbeClock;
  readonly #waiter: ProbeWaiter;
  readonly #waiting: Waiting;
  readonly #drops: DropWatch;
  readonly #looks = new AddressLooks();
  readonly #follower: AddressFollower | undefined;
  #receiver: ProbeReceiver | undefined;
  #sender: ProbeSender | undefined;

  constructor(libc: Libc, data: ProbeSocketsData, waiting: Waiting = 'here') {
    const { sockets, listeners, peer, payloadBytes, options, wakeFd } = data;
    const { isIPv6, isConnected } = sockets[0]!;
    this.#libc = libc;
    this.#isIPv6 = isIPv6;
    this.localPorts = sockets.map(({ localPort }) => localPort);
    this.#ports = sockets.map((socket, at) => new ProbePort(libc, socket, at, sockets.length));
    this.#peers = new ProbePeers(libc, isIPv6);
    this.#strays = new StrayWatch(listeners);
    this.#seesFragments = sockets[0]!.seesFragments;
    this.#hasOnePeer = isConnected || peer !== undefined;
    if (peer !== undefined) this.#peers.add(peer);
    this.batch = new ProbeArena(libc, payloadBytes, isConnected ? undefined : this.#peers);
    this.#clock = new ProbeClock(libc);
    this.#waiter = new ProbeWaiter(libc, this.#clock, wakeFd, this.#ports);
    this.#waiting = waiting;
    this.#drops = new DropWatch(
      libc,
      sockets.map(({ fd }) => fd),
    );
    if (options === undefined || !isConnected) return;
    this.#follower = new AddressFollower({ libc, sockets, listeners, options });
  }

  get hasStamps(): boolean {
    return this.#ports.every(({ hasStamps }) => hasStamps);
  }

  get nowNs(): number {
    return this.#clock.nowNs;
  }

  start(sink: ProbeSink): ReturnType<ProbeChannel['start']> {
    const libc = this.#libc;
    const clock = this.#clock;
    // A sleep may otherwise be 50 µs longer than requested, to save wake-ups (prctl(2)).
    if (this.#waiting === 'here') libc.prctl(PR_SET_TIMERSLACK, 1);
    const peers = this.#hasOnePeer ? undefined : this.#peers;
    const errors = new ProbeErrors(libc, clock, this.#isIPv6, sink, peers);
    const parts = { libc, clock, errors, sink };
    this.#receiver = new ProbeReceiver({
      ...parts,
      isIPv6: this.#isIPv6,
      peers: this.#peers,
      hasOnePeer: this.#hasOnePeer,
      seesFragments: this.#seesFragments,
      looks: this.#looks,
    });
    this.#sender = new ProbeSender({
      ...parts,
      arena: this.batch,
      ports: this.#ports,
      looks: this.#looks,
    });
    this.receive();
    // Not earlier: slow first calls must not make the first probe late.
    return clock.start();
  }

  addPeer(peer: ProbePeer): number {
    if (this.#hasOnePeer) throw new TypeError('this channel has one peer');
    return this.#peers.add(peer);
  }

  send(entries: number): void {
    this.#sender!.send(entries);
  }

  /** Sets who may fragment what is sent from now on, through any port. */
  sendAs(fragmentation: Fragmentation): void {
    for (const { fd } of this.#ports) fragmentAs(this.#libc, fd, this.#isIPv6, fragmentation);
  }

  receive(): boolean {
    let isDrained = true;
    for (const port of this.#ports) {
      if (!this.#waiter.mayHave(port)) continue;
      if (!this.#receiver!.receive(port)) isDrained = false;
    }
    return isDrained;
  }

  look(): void {
    this.#waiter.look();
  }

  drain(): void {
    this.#waiter.look();
    this.receive();
    this.#strays.lookAtAll(this.#receiver!);
  }

  /** What arrived at the first ports from elsewhere, up to the latest look; `null` if unknown. */
  get elsewhere(): Elsewhere | null {
    return this.#strays.elsewhere;
  }

  /** Hands over what arrived from elsewhere at the next few ports in turn. */
  lookElsewhere(): void {
    this.#strays.look(this.#receiver!);
  }

  sleepUntil(untilNs: number): void | Promise<void> {
    if (this.#waiting === 'aside') return this.#waiter.sleepAsideUntil(untilNs);
    this.#waiter.sleepUntil(untilNs);
    return undefined;
  }

  spinUntil(untilNs: number): void {
    this.#waiter.spinUntil(untilNs);
  }

  wake(): void {
    this.#waiter.wake();
  }

  takeDrops(ofAll = false): number {
    return ofAll ? this.#drops.lookAtAll() : this.#drops.look();
  }

  /** What was dropped by sockets that were replaced because their address was gone. */
  get dropsBefore(): number {
    return this.#drops.dropsBefore;
  }

  followAddress(onChange: (change: AddressChange) => void): void {
    const atNs = this.nowNs;
    if (!this.#looks.isDue(atNs) || this.#follower === undefined) return;
    const change = this.#follower.look(this.#looks.isSilent(atNs), this.#leave);
    if (change === undefined) return;
    this.#drops.startAnew();
    for (const port of this.#ports) port.restartStamps();
    onChange({ atNs: Math.round(atNs), ...change });
  }

  readonly #leave = (): void => {
    this.drain();
    this.#drops.lookAhead();
  };
}
