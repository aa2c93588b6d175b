// SPDX-License-Identifier: MIT
// What a client needs to send probes and to learn what becomes of them, whichever engine moves the bytes:
// the counterpart of datagram-socket.ts. docs/architecture.md says how its users call it.

import type { AddressChange } from './address-change.ts';
import type { SocketAddress } from './ip-address.ts';
import type { IpVersion } from './resolve.ts';

/** What is not known of a time. */
export const UNKNOWN_NS = NaN;

/** Who is asked, and how its probes are marked. */
export interface ProbePeer extends SocketAddress {
  /** Differentiated services code point, 0 to 63 (RFC 2474); `undefined` is the system's default. */
  readonly dscp: number | undefined;
}

/** What a channel is asked to open. */
export interface ProbeChannelOptions {
  readonly ipVersion: IpVersion;
  /**
   * Who alone is asked: the sockets are connected to it. Without one they are not, and `addPeer` says who is.
   */
  readonly peer: ProbePeer | undefined;
  /** How many local ports it sends from. */
  readonly ports: number;
  /** The longest payload of a probe. */
  readonly payloadBytes: number;
  readonly receiveBufferBytes: number;
  /** Hops that a probe may take; `undefined` is the system's default. */
  readonly ttl: number | undefined;
  /** Where to send from, a port of 0 being the system's choice; else the system chooses both. It is kept to. */
  readonly local?: SocketAddress | undefined;
  /**
   * Allows a broadcast address as the peer. The sockets are then not connected to it either, and whoever replies
   * passes for the peer.
   */
  readonly allowBroadcast: boolean;
}

/**
 * The memory that probes are written into and sent from: parallel arrays, an entry for each probe. Whoever
 * writes the payload of an entry writes the rest of it too, each time.
 */
export interface ProbeBatch {
  /** How many entries there are. */
  readonly capacity: number;
  /** All payloads; see `startOf`. */
  readonly view: DataView;
  /** Length of each payload: the longest that the channel was opened for, or less. */
  readonly payloadBytes: Uint32Array;
  /** Index of the local port that each is sent from. */
  readonly ports: Uint32Array;
  /** Index of the peer that each is sent to: 0 where there is one, else what `addPeer` gave. */
  readonly peers: Uint32Array;
  /** The caller's own number of each, a whole one: the sink hears of it under that. */
  readonly tickets: Float64Array;
  /** Where the payload of an entry begins in `view`. */
  startOf(entry: number): number;
}

/** A datagram that came. It holds until the sink's method returns: an engine may use one object for all. */
export interface Arrival {
  /** Where its payload is, `payloadBytes` from `start` on. */
  readonly view: DataView;
  readonly start: number;
  readonly payloadBytes: number;
  /** Index of the local port that it came to. */
  readonly port: number;
  /** Index of the peer that sent it; `STRANGER` for anybody else, as far as the engine hears them. */
  readonly peer: number;
  /** When this program got it. */
  readonly receivedNs: number;
  /** When the kernel got it; NaN where that is not known. */
  readonly kernelReceivedNs: number;
  /** Who sent it. Makes an object. */
  sender(): SocketAddress;
}

/** The `peer` of a datagram that came from somebody else. */
export const STRANGER = -1;

/** An ICMP error that came, in place of a datagram. It holds as long as an `Arrival`. */
export interface IcmpArrival {
  readonly systemCode: string;
  /** Who says so; `null` where the engine can't tell, as with its type and code. */
  readonly from: string | null;
  readonly icmpType: number | null;
  readonly icmpCode: number | null;
  readonly port: number;
  readonly receivedNs: number;
  /** What it quotes of a probe, `quotedBytes` from `start` on; 0 bytes where it quotes nothing. */
  readonly view: DataView;
  readonly start: number;
  readonly quotedBytes: number;
  /**
   * Where it quotes nothing: it is about a probe that was sent before this one. Infinity where it can be
   * about any, 0 where nobody can tell.
   */
  readonly beforeTicket: number;
}

/** Who is told what became of probes. Times are nanoseconds since the channel's `start`. */
export interface ProbeSink {
  /** A datagram came: a reply, or anything else. */
  receive(arrival: Arrival): void;
  receiveIcmp(error: IcmpArrival): void;
  /** The kernel tells when it handed a probe to the device. */
  stampSent(ticket: number, kernelSentNs: number, nowNs: number): void;
  /** The system refused to send a probe: it was never on its way. */
  failSend(ticket: number, systemCode: string, nowNs: number): void;
}

/**
 * Open sockets of one IP version, which whoever opened them closes. Connected where there is one peer, so that the
 * kernel drops what others send; where there are many, or where replies come from other addresses, each datagram
 * says who sent it.
 *
 * It matches no reply with a probe: what a datagram means its content says, which is the caller's.
 *
 * What may take a while returns nothing where the engine blocks its thread, and a promise where it runs on the
 * event loop: `await` what is there to be awaited, and a loop in a thread of its own never yields.
 */
export interface ProbeChannel {
  readonly localPorts: readonly number[];
  /** True where the kernel stamps whatever is sent; may end in the middle of a run. */
  readonly hasStamps: boolean;
  readonly batch: ProbeBatch;
  /** Nanoseconds since `start`, on a monotonic clock. */
  readonly nowNs: number;
  /** How long before a moment that must be met a sleep should end; the rest is spun. */
  readonly spinNs: number;

  /** Begins: now is 0 for all its times. @returns what the wall clock shows now */
  start(sink: ProbeSink): { readonly seconds: number; readonly nanoseconds: number };

  /**
   * Where the channel is not connected.
   *
   * @returns the index of a peer that may be asked from now on
   */
  addPeer(peer: ProbePeer): number;

  /**
   * Sends the first entries of the batch, in their order and as they are: each leaves at once, or the sink hears
   * that it failed, on the portable engine later. `batch.view` may be another one afterwards.
   */
  send(entries: number): void;

  /**
   * Hands what came to the sink, as far as one turn should take: of the sockets that had something at the latest
   * look. On the event loop there is nothing to do, as what comes is handed over as it comes.
   *
   * @returns false where more may wait
   */
  receive(): boolean;

  /** Looks which sockets have something, as sleeping and spinning do: before anything is given up. */
  look(): void;

  /** Hands everything that has come by now to the sink: before an end. */
  drain(): void | Promise<void>;

  /**
   * Ends at `untilNs`, as exactly as the system wakes who sleeps, and earlier after `wake`; also where something
   * came, but not on the event loop, where the sink has had it by then.
   */
  sleepUntil(untilNs: number): void | Promise<void>;

  /** Ends at `untilNs` exactly, and on the event loop earlier after `wake`: for less than `spinNs`. */
  spinUntil(untilNs: number): void | Promise<void>;

  /** Ends the sleep now, or the next one. */
  wake(): void;

  /**
   * Datagrams that the sockets dropped since they were last asked; `null` where nobody can know.
   *
   * @param ofAll  asks all sockets, and not just the next few in turn
   */
  takeDrops(ofAll?: boolean): number | null;

  /**
   * Looks about once a second, however often it is called, whether the address that probes leave from is still this
   * host's, or whether nothing has come for a second and the system now chooses another. Then the sockets are opened
   * anew there, if the peer can be reached from it: on the same local ports, as far as they are free. A channel that is
   * not connected needs none of this, as the system chooses the address of each probe.
   *
   * @param onChange  told at once, on the event loop later
   */
  followAddress(onChange: (change: AddressChange) => void): void;
}
