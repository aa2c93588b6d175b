// SPDX-License-Identifier: MIT
// What a server needs of a UDP socket, whichever engine moves the bytes.

import type { SendOutcome } from './counters.ts';
import type { DatagramBatch } from './datagram-batch.ts';
import type { SocketAddress } from './ip-address.ts';

/** The engines: `linux` batches system calls through FFI, `portable` is node:dgram, everywhere. */
export type EngineName = 'linux' | 'portable';

/** `auto` is the Linux engine where it opens, else the portable one. */
export type EngineChoice = 'auto' | EngineName;

/** Longest payload of one datagram over IPv4: 65,535 − 20 (IP header) − 8 (UDP header). RFC 768. */
export const MAX_PAYLOAD_BYTES_IPV4 = 65_507;

/** Longest payload over IPv6, whose length field leaves the 40-byte header out: 65,535 − 8. */
export const MAX_PAYLOAD_BYTES_IPV6 = 65_527;

/**
 * Receive buffer to ask of the kernel. Its default (212,992 bytes on Linux) holds about 256 small
 * datagrams, a burst of a millisecond; 4 MiB holds some 5,000.
 */
export const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * Send buffer to ask of the kernel. A reply to a neighbour that does not answer waits there for seconds;
 * Linux keeps up to its default (212,992 bytes) of such for each neighbour.
 */
export const SEND_BUFFER_BYTES = 4 * 1024 * 1024;

/** Where to bind, and where to count. */
export interface BindOptions {
  /** An IP address of this host, with its zone where it is link-local. Names are resolved before. */
  readonly address: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly receiveBufferBytes: number;
  /** TTL or hop limit of what it sends. Default: the system's. */
  readonly ttl?: number | undefined;
  /** `SOCKET_CELLS` cells that this socket adds to. */
  readonly cells: Float64Array;
}

/** What was asked of the kernel and what it gave. */
export interface SocketBuffer {
  readonly askedBytes: number;
  /** `null` where the system does not tell. */
  readonly grantedBytes: number | null;
}

/**
 * A bound UDP socket that receives and sends in batches.
 *
 * Nothing here throws or ends the socket for one datagram's sake: a failed send or receive is
 * counted by its reason, and the next datagram is served.
 */
export interface DatagramSocket {
  readonly engine: EngineName;
  readonly local: SocketAddress;
  readonly receiveBuffer: SocketBuffer;
  readonly sendBuffer: SocketBuffer;

  /** Makes a batch that this socket can fill. One is enough for one loop. */
  createBatch(): DatagramBatch;

  /** Fills the batch with what waits, without waiting, and returns how many that were. */
  receive(batch: DatagramBatch): number;

  /**
   * Sends each datagram of the batch whose verdict is `ANSWER` back to its source.
   * It is handed to the kernel or counted as failed; the kernel's answer may follow later.
   */
  send(batch: DatagramBatch): void;

  /**
   * Tells what became of the reply that entry `index` was at the latest `send`: at once, or as soon as the system
   * has answered, at the latest as the socket closes. Allocates: for the few that people are shown.
   */
  tellOutcome(batch: DatagramBatch, index: number, tell: (outcome: SendOutcome) => void): void;

  /** Counts what was to be sent and has not left as failed: the socket is about to close, and sends no more. */
  discard(): void;
}
