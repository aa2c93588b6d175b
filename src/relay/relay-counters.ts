// SPDX-License-Identifier: MIT
// The counters of a relay, and their meanings.

import { IMPAIRMENTS, type Impairment } from '../impairment/impairments.ts';
import {
  readSocketCounters,
  SOCKET_CELLS,
  type SendFailure,
  type SocketCounters,
} from '../socket/counters.ts';

/**
 * Why a datagram of a client, or a reply to one, was not forwarded:
 *
 * - `port-zero`: source port 0, to which no reply can be sent (RFC 768)
 * - `own-address`: the relay's own address and port as source
 * - `denied-source`: the source is in none of the allowed networks
 * - `no-room`: all places are taken by other active clients
 * - `amplification`: a reply beyond three times the bytes that its client has sent, before the client has answered one
 */
export const RELAY_REFUSALS = [
  'port-zero',
  'own-address',
  'denied-source',
  'no-room',
  'amplification',
] as const;

export type RelayRefusal = (typeof RELAY_REFUSALS)[number];

/**
 * The counts of one direction. Once nothing is held back: received + duplicated = forwarded + lost + blackout +
 * overflowed + refused + not sent.
 */
export interface RelayDirectionCounters {
  readonly receivedDatagrams: number;
  /** Payload bytes. */
  readonly receivedBytes: number;
  /** Datagrams that the system accepted, including duplicates. */
  readonly forwardedDatagrams: number;
  /** Payload bytes. */
  readonly forwardedBytes: number;
  /** Datagrams that a rule forbids to forward. */
  readonly refused: Readonly<Record<RelayRefusal, number>>;
  /** What the plan did to datagrams. */
  readonly impaired: Readonly<Record<Impairment, number>>;
  /** Datagrams that the system refused to send, by reason. */
  readonly sendFailed: Readonly<Record<SendFailure, number>>;
  /** Datagrams currently held back, including duplicates. */
  readonly heldDatagrams: number;
}

/** The clients of a relay: each is an address and a port. */
export interface RelaySourceCounters {
  /** Connected now. */
  readonly open: number;
  /** All clients so far. */
  readonly opened: number;
  /** Clients that sent nothing for the idle timeout. */
  readonly expired: number;
  /** Clients that gave way to another one because all places were taken. */
  readonly displaced: number;
}

/** What a relay has counted since it started. */
export interface RelayCounters {
  /** From the clients to the server. */
  readonly forward: RelayDirectionCounters;
  /** From the server to the clients. */
  readonly backward: RelayDirectionCounters;
  readonly sources: RelaySourceCounters;
  /** ICMP errors from the way to the server, by the system's code: ECONNREFUSED means a closed port. */
  readonly icmpErrors: Readonly<Record<string, number>>;
  /** Receive calls that failed. */
  readonly receiveErrors: number;
}

/** The cells of one direction. Sockets count by side: one side receives what the other sends. */
export class DirectionCells {
  readonly impairments: Float64Array = new Float64Array(IMPAIRMENTS.length);
  readonly #refusals = new Float64Array(RELAY_REFUSALS.length);

  refuse(refusal: RelayRefusal): void {
    const cell = RELAY_REFUSALS.indexOf(refusal);
    this.#refusals[cell] = this.#refusals[cell]! + 1;
  }

  read(from: SocketCounters, to: SocketCounters, heldDatagrams: number): RelayDirectionCounters {
    return {
      receivedDatagrams: from.receivedDatagrams,
      receivedBytes: from.receivedBytes,
      forwardedDatagrams: to.sentDatagrams,
      forwardedBytes: to.sentBytes,
      refused: named(RELAY_REFUSALS, this.#refusals),
      impaired: named(IMPAIRMENTS, this.impairments),
      sendFailed: to.sendFailed,
      heldDatagrams,
    };
  }
}

/** The cells of one side: all sockets to the clients, or all to the server. */
export class SideCells {
  readonly cells: Float64Array = new Float64Array(SOCKET_CELLS);

  read(): SocketCounters {
    return readSocketCounters(this.cells);
  }
}

function named<Name extends string>(
  names: readonly Name[],
  cells: Float64Array,
): Readonly<Record<Name, number>> {
  return Object.fromEntries(names.map((name, at) => [name, cells[at]!])) as Record<Name, number>;
}
