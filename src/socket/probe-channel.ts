// SPDX-License-Identifier: MIT
// The interface for sending probes and learning their outcome, for either engine: the counterpart of
// datagram-socket.ts. docs/architecture.md shows how it is used.

import type { AddressChange } from './address-change.ts';
import type { SocketAddress } from './ip-address.ts';
import type { IpVersion } from './resolve.ts';

/** The value of an unknown time. */
export const UNKNOWN_NS = NaN;

/** A target, and how its probes are marked. */
export interface ProbePeer extends SocketAddress {
  /** Differentiated services code point, 0 to 63 (RFC 2474); `undefined` is the system's default. */
  readonly dscp: number | undefined;
}

/**
 * What happens to a probe that is too long. `whole`: it is never fragmented, whatever the system knows of the path.
 * `by-routers`: only routers may fragment it, over IPv4. `at-source`: this host fragments it if it is longer than the
 * path MTU that it learnt or its interface allows; over IPv6 into fragments that every path carries.
 */
export type Fragmentation = 'whole' | 'by-routers' | 'at-source';

/** Where to send from. */
export interface LocalSource extends SocketAddress {
  /**
   * The interface that has this address. The Linux engine then binds its sockets to the interface instead of the
   * address; the portable engine can bind only to the address.
   */
  readonly device?: string;
}

/** The options of a channel. */
export interface ProbeChannelOptions {
  readonly ipVersion: IpVersion;
  /**
   * The only peer; the sockets are connected to it. Without one they are not connected, and `addPeer` adds the peers.
   */
  readonly peer: ProbePeer | undefined;
  /** How many local ports it sends from. */
  readonly ports: number;
  /** The longest payload of a probe. */
  readonly payloadBytes: number;
  readonly receiveBufferBytes: number;
  /** Hops that a probe may take; `undefined` is the system's default. */
  readonly ttl: number | undefined;
  /** The DF bit of probes; `undefined` is the system's default. Linux engine. */
  readonly dontFragment?: 'set' | 'clear' | undefined;
  /**
   * Probes ignore the path MTU that the system has learnt, until `LinuxProbeChannel.sendAs` says otherwise, and the
   * system reports in what fragments replies arrived. Linux engine.
   */
  readonly findsPathMtu?: boolean;
  /**
   * The address and port to send from; with port 0 the system chooses the port. Default: the system chooses both. It
   * never changes.
   */
  readonly local?: LocalSource | undefined;
  /**
   * Allows a broadcast address as the peer. The sockets are then not connected to it either, and whoever replies counts
   * as the peer.
   */
  readonly allowBroadcast: boolean;
}

/**
 * The memory that probes are written into and sent from: parallel arrays, with one entry per probe. Code that writes
 * the payload of an entry must write the rest of the entry too, each time.
 */
export interface ProbeBatch {
  /** The number of entries. */
  readonly capacity: number;
  /** All payloads; see `startOf`. */
  readonly view: DataView;
  /** Length of each payload: at most the longest that the channel was opened for. */
  readonly payloadBytes: Uint32Array;
  /** Index of the local port that each is sent from. */
  readonly ports: Uint32Array;
  /** Index of the peer that each is sent to: 0 if there is only one, otherwise what `addPeer` returned. */
  readonly peers: Uint32Array;
  /** The caller's own whole number for each probe; the sink gets it back. */
  readonly tickets: Float64Array;
  /** Offset of an entry's payload in `view`. */
  startOf(entry: number): number;
}

/** A received datagram. It is valid until the sink's method returns: an engine may use one object for all. */
export interface Arrival {
  /** Holds the payload: `payloadBytes` from `start` on. */
  readonly view: DataView;
  readonly start: number;
  readonly payloadBytes: number;
  /** Index of the local port that it arrived at. */
  readonly port: number;
  /** Index of the peer that sent it; `STRANGER` for anybody else, as far as the engine receives their datagrams. */
  readonly peer: number;
  /** When this program received it. */
  readonly receivedNs: number;
  /**
   * When the kernel received it; NaN if unknown, as for a moment after the first socket of the machine asked for
   * timestamps (net_enable_timestamp of Linux's net/core/dev.c).
   */
  readonly kernelReceivedNs: number;
  /**
   * The size of its largest fragment, with the IP header, in octets; 0 if it arrived whole; NaN if unknown, because the
   * channel was not opened with `findsPathMtu`, or the engine can't.
   */
  readonly fragmentBytes: number;
  /** Its sender. Allocates an object. */
  sender(): SocketAddress;
}

/** The `peer` of a datagram from somebody else. */
export const STRANGER = -1;

/** A received ICMP error. It is valid as long as an `Arrival`. */
export interface IcmpArrival {
  readonly systemCode: string;
  /** Its sender; `null` if the engine does not know it, as with its type and code. */
  readonly from: string | null;
  readonly icmpType: number | null;
  readonly icmpCode: number | null;
  /**
   * The MTU of the link that was too narrow, in octets; 0 if the router does not say, as before RFC 1191; `null` for
   * another error, or if unknown.
   */
  readonly nextHopMtu: number | null;
  readonly port: number;
  /** Index of the peer that the probe in question was sent to; `STRANGER` if that is not known. */
  readonly peer: number;
  readonly receivedNs: number;
  /** Holds the quoted part of a probe: `quotedBytes` from `start` on; 0 bytes if it quotes nothing. */
  readonly view: DataView;
  readonly start: number;
  readonly quotedBytes: number;
  /**
   * If it quotes nothing: the probe that it is about was sent before this one. Infinity if it can be any probe, 0 if
   * unknown.
   */
  readonly beforeTicket: number;
}

/** Receives the outcome of probes. Times are nanoseconds since the channel's `start`. */
export interface ProbeSink {
  /** A datagram arrived: a reply, or anything else. */
  receive(arrival: Arrival): void;
  receiveIcmp(error: IcmpArrival): void;
  /** The kernel reports when it handed a probe to the device. */
  stampSent(ticket: number, kernelSentNs: number, nowNs: number): void;
  /**
   * The system refused to send a probe: it never left.
   *
   * @param limit  the largest packet that it would have sent, in octets, if the probe was too long and the system says so
   */
  failSend(ticket: number, systemCode: string, nowNs: number, limit?: number): void;
}

/**
 * Open sockets of one IP version; the code that opened them closes them. They are connected if there is one peer, so
 * that the kernel drops what others send. If there are many peers, or if replies come from other addresses, each
 * datagram carries its sender.
 *
 * A channel does not match replies with probes: only the caller knows what a payload means.
 *
 * Methods that may take a while return nothing if the engine blocks its thread, and a promise if it runs on the event
 * loop. Await only promises: then a loop in its own thread never yields.
 */
export interface ProbeChannel {
  readonly localPorts: readonly number[];
  /** True if the kernel timestamps everything that is sent; may become false during a run. */
  readonly hasStamps: boolean;
  readonly batch: ProbeBatch;
  /** Nanoseconds since `start`, on a monotonic clock. */
  readonly nowNs: number;
  /** How long before its deadline a sleep should end; the caller spins for the rest. */
  readonly spinNs: number;

  /** Starts the channel: all its times count from now. @returns the wall clock time now */
  start(sink: ProbeSink): { readonly seconds: number; readonly nanoseconds: number };

  /**
   * For a channel that is not connected.
   *
   * @returns the index of a peer that probes may be sent to from now on
   */
  addPeer(peer: ProbePeer): number;

  /**
   * Sends the first entries of the batch in order. Each leaves at once, or the sink is told that it failed, on the
   * portable engine later. `batch.view` may be a different object afterwards.
   */
  send(entries: number): void;

  /**
   * Hands received datagrams to the sink, up to the amount of one turn, from the sockets that had something at the
   * latest look. On the event loop it does nothing, because datagrams are handed over as they arrive.
   *
   * @returns false if more may wait
   */
  receive(): boolean;

  /** Finds out which sockets have something, as sleeping and spinning do. Call it before giving up on a probe. */
  look(): void;

  /** Hands everything that has arrived by now to the sink. Call it before the end. */
  drain(): void | Promise<void>;

  /**
   * Ends at `untilNs`, as precisely as the system wakes a sleeper, and earlier after `wake`. It also ends when
   * something arrives, but not on the event loop, where the sink already has it.
   */
  sleepUntil(untilNs: number): void | Promise<void>;

  /** Ends exactly at `untilNs`, and on the event loop earlier after `wake`. Use it for less than `spinNs`. */
  spinUntil(untilNs: number): void | Promise<void>;

  /** Ends the sleep now, or the next one. */
  wake(): void;

  /**
   * Datagrams that the sockets dropped since they were last queried; `null` if unknown.
   *
   * @param ofAll  queries all sockets, not only the next few in turn
   */
  takeDrops(ofAll?: boolean): number | null;

  /**
   * Checks about once a second, however often it is called, whether this host still has the address that probes leave
   * from, or whether nothing has arrived for a second and the system now chooses another. If so, the sockets are
   * reopened at the new address, provided that the peer can be reached from it, on the same local ports as far as they
   * are free. A channel that is not connected does not need this, because the system chooses the address for each
   * probe.
   *
   * @param onChange  called at once, on the event loop later
   */
  followAddress(onChange: (change: AddressChange) => void): void;
}
