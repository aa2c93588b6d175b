// SPDX-License-Identifier: MIT
// Unconnected sockets of both IP versions for one thread that probes many peers, which are added and removed while it
// runs: probe-channel.ts without its single peer. docs/architecture.md shows how it is used.

import type { ProbeBatch, ProbePeer } from './probe-channel.ts';
import type { IpVersion } from './resolve.ts';

/** The sockets of one IP version. */
export interface ProbeSide {
  readonly ipVersion: IpVersion;
  /** Number of local ports; it may grow, and never shrinks. */
  readonly ports: number;
  /** True if the kernel timestamps each sent datagram. */
  readonly hasStamps: boolean;
  readonly batch: ProbeBatch;
  /** Makes room for payloads of this length. Call it while the batch is empty; `batch` may be another object afterwards. */
  makeRoom(payloadBytes: number): void;
  /** @returns the index of the peer, which may be probed from now on */
  addPeer(peer: ProbePeer): number;
  /** Its index may be given to another peer from now on. */
  removePeer(index: number): void;
  /**
   * True if a good part of a send buffer is in use: the system holds probes to neighbours that do not answer ARP or
   * neighbour discovery for seconds, and would soon refuse probes to any peer. False if the system does not report it.
   */
  isCrowded(nowNs: number): boolean;
  /** Like `ProbeChannel.send`. */
  send(entries: number): void;
  /** Datagrams that the sockets dropped since the last call; `null` if the system does not report it. */
  takeDrops(): number | null;
}

/** The clocks of this host at one moment. */
export interface HostClocks {
  readonly nowNs: number;
  /** Milliseconds since 1970 by the wall clock. */
  readonly wallMs: number;
  /** How long the host was suspended since some fixed moment. */
  readonly suspendedNs: number;
}

/** Its sinks get the same events as those of a `ProbeChannel`; times are nanoseconds since `start`. */
export interface ProbeHub {
  readonly nowNs: number;
  readonly sides: readonly ProbeSide[];
  clocks(): HostClocks;
  /** Begins: its times count from now. @returns the wall clock time now */
  start(): { readonly seconds: number; readonly nanoseconds: number };
  /** Passes what has arrived to the sinks, up to the amount for one turn. */
  receive(): void;
  /**
   * Ends at `untilNs`, or after `wake`, or once something arrives; in the last case not before `earliestNs`, so that
   * a busy loop reads many replies in one turn.
   */
  sleep(earliestNs: number, untilNs: number): void | Promise<void>;
  /** Ends the sleep now, or the next one. */
  wake(): void;
}
