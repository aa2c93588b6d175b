// SPDX-License-Identifier: MIT
// The probe channel on node:dgram, for a thread with an event loop. The kernel's times are not available. Datagrams are
// handed over as they arrive, and the error of a send is reported after the call.

import type { RemoteInfo } from 'node:dgram';
import { createError, systemCodeOf } from '../../errors.ts';
import { monotonicNs } from '../../time.ts';
import { AddressLooks, maySucceed, type AddressChange } from '../address-change.ts';
import { sumOfDrops } from '../drop-causes.ts';
import { isOwnAddress } from '../interfaces.ts';
import { socketAddressKey, type SocketAddress } from '../ip-address.ts';
import {
  STRANGER,
  UNKNOWN_NS,
  type ProbeChannel,
  type ProbeChannelOptions,
  type ProbePeer,
  type ProbeSink,
} from '../probe-channel.ts';
import { EventLoopWaiter } from './event-loop-waiter.ts';
import { LASTING_FAILURES } from './lasting-failures.ts';
import { PortableProbeBatch } from './portable-probe-batch.ts';
import { ProbeSocket, type ProbeSocketHandlers } from './probe-socket.ts';
import { wallTimeAt } from './wall-time.ts';

/**
 * The last stretch blocks the event loop, because a promise continues some 3 to 10 µs after it is resolved. A reply
 * that arrives meanwhile is read that much later.
 */
const BLOCKED_NS = 15_000;

const NOTHING_QUOTED = new DataView(new ArrayBuffer(0));

export class PortableProbeChannel implements ProbeChannel, AsyncDisposable {
  /** Node's timers may fire a millisecond early or late (libuv#4773). */
  readonly spinNs = 2_000_000;
  readonly hasStamps = false;
  readonly batch: PortableProbeBatch;
  readonly #options: ProbeChannelOptions;
  #sockets: readonly ProbeSocket[] = [];
  readonly #waiter = new EventLoopWaiter();
  readonly #peers: SocketAddress[] = [];
  /** Indices of the peers by address and port, for a channel on which any datagram may be a stranger's. */
  readonly #places = new Map<string, number>();
  #sink: ProbeSink | undefined;
  #startedAtNs = 0;
  #toldDrops = 0;
  /** Drops of sockets that were replaced. */
  #dropsBefore = 0;
  readonly #looks = new AddressLooks();
  /** Resolves once the sockets are replaced, or kept. */
  #following: Promise<void> | undefined;
  /** True if the event loop has had a turn since something was sent, or since it was last blocked. */
  #hasYielded = false;

  /**
   * @throws SocketError `ECHOGRAM_ERR_NEEDS_LINUX` for a DSCP, which node:dgram can't set
   * @throws the system's error in Node's shape where no socket can be opened or connected
   */
  static async open(options: ProbeChannelOptions): Promise<PortableProbeChannel> {
    const channel = new PortableProbeChannel(options);
    try {
      channel.#sockets = await channel.#openAll();
    } catch (error) {
      await channel[Symbol.asyncDispose]();
      throw error;
    }
    return channel;
  }

  private constructor(options: ProbeChannelOptions) {
    this.#options = options;
    this.batch = new PortableProbeBatch(options.payloadBytes);
    if (options.peer === undefined) return;
    refuseDscp(options.peer);
    this.#peers.push(options.peer);
  }

  get localPorts(): readonly number[] {
    return this.#sockets.map(({ localPort }) => localPort);
  }

  get nowNs(): number {
    return monotonicNs() - this.#startedAtNs;
  }

  start(sink: ProbeSink): ReturnType<ProbeChannel['start']> {
    this.#sink = sink;
    this.#startedAtNs = monotonicNs();
    return wallTimeAt(this.#startedAtNs);
  }

  addPeer(peer: ProbePeer): number {
    if (this.#options.peer !== undefined) throw new TypeError('this channel has one peer');
    refuseDscp(peer);
    const place = this.#peers.push(peer) - 1;
    const key = socketAddressKey(peer);
    if (!this.#places.has(key)) this.#places.set(key, place);
    return place;
  }

  send(entries: number): void {
    for (let entry = 0; entry < entries; entry++) this.#send(entry);
    this.#looks.send(entries);
    this.batch.letGo(entries);
    this.#hasYielded = false;
  }

  receive(): boolean {
    return true;
  }

  look(): void {
    // Datagrams are handed over as they arrive.
  }

  async drain(): Promise<void> {
    // A change of the address is reported before the end, or never.
    await this.#following;
    await this.#waiter.untilQuiet();
  }

  sleepUntil(untilNs: number): Promise<void> {
    this.#hasYielded = true;
    return this.#waiter.sleep((untilNs - this.nowNs) / 1e6);
  }

  spinUntil(untilNs: number): void | Promise<void> {
    const turnsUntilNs = untilNs - BLOCKED_NS;
    if (!this.#hasYielded || this.nowNs < turnsUntilNs) {
      this.#hasYielded = true;
      return this.#waiter.spin(() => this.nowNs >= turnsUntilNs);
    }
    this.#hasYielded = false;
    while (this.nowNs < untilNs);
    return undefined;
  }

  wake(): void {
    this.#waiter.wake();
  }

  /** It queries all sockets each time, and the system's list of sockets is long. */
  takeDrops(): number | null {
    const now = this.#kernelDrops();
    if (now === null) return null;
    const drops = this.#dropsBefore + now;
    const taken = drops - this.#toldDrops;
    this.#toldDrops = drops;
    return taken;
  }

  followAddress(onChange: (change: AddressChange) => void): void {
    const nowNs = this.nowNs;
    if (this.#following !== undefined || !this.#looks.isDue(nowNs)) return;
    const socket = this.#sockets[0]!;
    if (!socket.isConnected) return;
    if (!this.#looks.isSilent(nowNs) && isOwnAddress(socket.localAddress)) return;
    this.#following = this.#follow(socket.localAddress, onChange)
      // There is no route yet; the next look may find one.
      .catch(() => undefined)
      .finally(() => {
        this.#following = undefined;
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#waiter.stop();
    await this.#following;
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }

  #kernelDrops(): number | null {
    return sumOfDrops(this.#sockets.map((socket) => socket.kernelDrops()));
  }

  async #follow(from: string, onChange: (change: AddressChange) => void): Promise<void> {
    const atNs = Math.round(this.nowNs);
    const trial = await ProbeSocket.open(this.#options, { onDatagram: ignore, onError: ignore });
    const to = trial.localAddress;
    await trial.close();
    if (!maySucceed(from, to)) return;
    const left = this.#sockets;
    // The system lists sockets by their ports, and the next ones may have the same.
    const drops = this.#kernelDrops() ?? 0;
    this.#sockets = await this.#openAll(to);
    this.#dropsBefore += drops;
    onChange({ atNs, from, to });
    await Promise.all(left.map((socket) => socket.close()));
  }

  /** @param address  to open them at, each on its predecessor's port if that is free */
  async #openAll(address?: string): Promise<readonly ProbeSocket[]> {
    const sockets: ProbeSocket[] = [];
    try {
      for (let port = 0; port < this.#options.ports; port++) {
        const local =
          address === undefined ? undefined : { address, port: this.#sockets[port]!.localPort };
        sockets.push(await this.#openSocket(port, local));
      }
      return sockets;
    } catch (error) {
      await Promise.all(sockets.map((socket) => socket.close()));
      throw error;
    }
  }

  async #openSocket(port: number, local?: SocketAddress): Promise<ProbeSocket> {
    const handlers: ProbeSocketHandlers = {
      onDatagram: (payload, receivedAtNs, from) => {
        this.#receive(port, payload, receivedAtNs - this.#startedAtNs, from);
      },
      onError: (systemCode) => {
        if (LASTING_FAILURES.has(systemCode)) this.#giveUp(systemCode);
        else this.#receiveIcmp(systemCode, port);
      },
    };
    if (local === undefined) return await ProbeSocket.open(this.#options, handlers);
    return await ProbeSocket.open(this.#options, handlers, local).catch(
      // Somebody else has the port at that address.
      () => ProbeSocket.open(this.#options, handlers),
    );
  }

  #receive(port: number, payload: Buffer, receivedNs: number, from: RemoteInfo): void {
    this.#sink?.receive({
      view: new DataView(payload.buffer, payload.byteOffset, payload.length),
      start: 0,
      payloadBytes: payload.length,
      port,
      peer:
        this.#options.peer === undefined
          ? (this.#places.get(socketAddressKey(from)) ?? STRANGER)
          : 0,
      receivedNs,
      kernelReceivedNs: UNKNOWN_NS,
      fragmentBytes: NaN,
      sender: () => ({ address: from.address, port: from.port }),
    });
    this.#looks.hear(receivedNs);
    this.#waiter.hear();
  }

  /** node:dgram reports neither the probe that an ICMP error is about nor its sender. */
  #receiveIcmp(systemCode: string, port: number, beforeTicket = Infinity): void {
    this.#sink?.receiveIcmp({
      systemCode,
      from: null,
      icmpType: null,
      icmpCode: null,
      nextHopMtu: null,
      port,
      peer: this.#options.peer === undefined ? STRANGER : 0,
      receivedNs: this.nowNs,
      view: NOTHING_QUOTED,
      start: 0,
      quotedBytes: 0,
      beforeTicket,
    });
    this.#waiter.hear();
  }

  /** The call itself is refused: no probe is to blame, and no reply will ever be read. */
  #giveUp(systemCode: string): void {
    const reason = `the system refuses to receive (${systemCode})`;
    this.#waiter.fail(createError('ECHOGRAM_ERR_ENGINE', { engine: 'portable', reason }));
  }

  #send(entry: number): void {
    const { ports, peers, tickets } = this.batch;
    const port = ports[entry]!;
    const ticket = tickets[entry]!;
    this.#sockets[port]!.send(this.batch.payloadOf(entry), this.#peers[peers[entry]!]!, {
      onEarlierError: (error) => {
        this.#receiveIcmp(systemCodeOf(error), port, ticket);
      },
      onDone: (error) => {
        if (error === null) return;
        const systemCode = systemCodeOf(error);
        this.#looks.failSend(systemCode);
        this.#sink?.failSend(ticket, systemCode, this.nowNs);
        this.#waiter.hear();
      },
    });
  }
}

function ignore(): void {
  // This socket exists only for its address.
}

function refuseDscp({ dscp }: ProbePeer): void {
  if (dscp === undefined) return;
  const reason = 'the portable engine can’t set it';
  throw createError('ECHOGRAM_ERR_NEEDS_LINUX', { option: 'dscp', reason });
}
