// SPDX-License-Identifier: MIT
// The interface of a server's UDP socket, for either engine.

import type { SendOutcome } from './counters.ts';
import type { DatagramBatch } from './datagram-batch.ts';
import type { SocketAddress } from './ip-address.ts';

/** The engines: `linux` batches system calls through FFI; `portable` uses node:dgram and runs everywhere. */
export type EngineName = 'linux' | 'portable';

/** `auto` is the Linux engine if it opens, otherwise the portable one. */
export type EngineChoice = 'auto' | EngineName;

/** Longest payload of one datagram over IPv4: 65,535 − 20 (IP header) − 8 (UDP header). RFC 768. */
export const MAX_PAYLOAD_BYTES_IPV4 = 65_507;

/** Longest payload over IPv6, whose length field excludes the 40-byte header: 65,535 − 8. */
export const MAX_PAYLOAD_BYTES_IPV6 = 65_527;

/**
 * Receive buffer to request from the kernel. Its default (212,992 bytes on Linux) holds about 256 small datagrams, a
 * burst of a millisecond; 4 MiB holds some 5,000.
 */
export const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * Send buffer to request from the kernel. A reply to a neighbour that does not answer waits there for seconds; Linux
 * keeps up to its default (212,992 bytes) of such replies for each neighbour.
 */
export const SEND_BUFFER_BYTES = 4 * 1024 * 1024;

/** Where to bind, and where to count. */
export interface BindOptions {
  /** An IP address of this host, with its zone if it is link-local. Names are already resolved. */
  readonly address: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly receiveBufferBytes: number;
  /** TTL or hop limit of sent datagrams. Default: the system's. */
  readonly ttl?: number | undefined;
  /** `SOCKET_CELLS` cells that this socket adds to. */
  readonly cells: Float64Array;
}

/** What was requested from the kernel and what it granted. */
export interface SocketBuffer {
  readonly askedBytes: number;
  /** `null` if the system does not report it. */
  readonly grantedBytes: number | null;
}

/**
 * A bound UDP socket that receives and sends in batches.
 *
 * No single datagram makes anything here throw or ends the socket: a failed send or receive is counted by its reason,
 * and the next datagram is served.
 */
export interface DatagramSocket {
  readonly engine: EngineName;
  readonly local: SocketAddress;
  readonly receiveBuffer: SocketBuffer;
  readonly sendBuffer: SocketBuffer;

  /** Makes a batch that this socket can fill. One is enough for one loop. */
  createBatch(): DatagramBatch;

  /** Fills the batch with the datagrams that are available, without waiting, and returns how many there were. */
  receive(batch: DatagramBatch): number;

  /**
   * Sends each datagram of the batch whose verdict is `ANSWER` back to its source. Each is handed to the kernel or
   * counted as failed; the kernel's answer may follow later.
   */
  send(batch: DatagramBatch): void;

  /**
   * Reports the outcome of the reply in entry `index` of the latest `send`: at once, or as soon as the system has
   * answered, and at the latest when the socket closes. It allocates, so use it only for the few datagrams that people
   * see.
   */
  tellOutcome(batch: DatagramBatch, index: number, tell: (outcome: SendOutcome) => void): void;

  /** Counts every reply that has not left yet as failed: the socket is about to close, and sends no more. */
  discard(): void;
}
