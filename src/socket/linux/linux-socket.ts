// SPDX-License-Identifier: MIT
// The engine that moves up to 64 datagrams a system call: recvmmsg and sendmmsg on one arena.

import { ANSWER } from '../datagram-batch.ts';
import { countSendFailure, SOCKET_CELL } from '../counters.ts';
import type { DatagramSocket, ReceiveBuffer } from '../datagram-socket.ts';
import type { SocketAddress } from '../ip-address.ts';
import { setOption, type BoundSocket, type LinuxFeatures } from './bind.ts';
import {
  EAGAIN,
  EINTR,
  EINVAL,
  EIO,
  EMSGSIZE,
  ENOBUFS,
  MSG_DONTWAIT,
  POLLOUT,
  SOL_UDP,
  UDP_GRO,
} from './constants.ts';
import { errorName, NULL, type Libc } from './libc.ts';
import { LinuxBatch } from './linux-batch.ts';
import { Poller } from './poller.ts';
import type { SegmentGroups } from './segment-groups.ts';

/**
 * Longest datagram that may join a GSO group. The kernel cuts groups below the IP layer and can't
 * fragment there, so a segment must fit the path's MTU; up to 1,400 bytes of payload do almost
 * everywhere, and more is learnt from EMSGSIZE and EINVAL.
 */
const SAFE_SEGMENT_BYTES = 1400;

/**
 * Batches sent without grouping after one in which no two replies had the same destination: with
 * many clients the search costs and finds nothing.
 */
const UNGROUPED_BATCHES = 15;

/** How long to wait for room in the send buffer before a reply is dropped. */
const SEND_WAIT_MS = 1;

export class LinuxSocket implements DatagramSocket {
  readonly engine = 'linux';
  readonly local: SocketAddress;
  readonly receiveBuffer: ReceiveBuffer;
  readonly fd: number;
  readonly #libc: Libc;
  readonly #cells: Float64Array;
  readonly #isIPv6: boolean;
  readonly #features: LinuxFeatures;
  readonly #notify: (notice: string) => void;
  readonly #writable: Poller;
  #gso: boolean;
  #longestSegmentBytes = 65_507;
  #ungroupedBatches = 0;
  #isDrained = false;
  #unwatch: (() => void) | undefined;
  #isClosed = false;

  /**
   * Uses a socket that `bindSocket` made.
   *
   * @param cells   `SOCKET_CELLS` cells to count in
   * @param notify  told, once each, when a feature is switched off
   */
  constructor(
    libc: Libc,
    bound: BoundSocket,
    cells: Float64Array,
    notify: (notice: string) => void = () => undefined,
  ) {
    this.#libc = libc;
    this.#cells = cells;
    this.#notify = notify;
    this.fd = bound.fd;
    this.local = bound.local;
    this.receiveBuffer = bound.receiveBuffer;
    this.#isIPv6 = bound.isIPv6;
    this.#features = bound.features;
    this.#gso = bound.features.gso;
    this.#writable = new Poller(libc, [bound.fd], POLLOUT);
  }

  createBatch(): LinuxBatch {
    const { replyFromAsked, mirrorTos, metadata, gro } = this.#features;
    const hasControl = replyFromAsked || mirrorTos || metadata || gro;
    return new LinuxBatch(this.#libc, { isIPv6: this.#isIPv6, hasControl });
  }

  start(onReadable: () => void): void {
    this.#unwatch = this.#libc.watch(this.fd, onReadable);
  }

  receive(batch: LinuxBatch): number {
    batch.reset();
    if (this.#isClosed) return 0;
    // A batch that came back part full emptied the socket: the call that would only say EAGAIN is
    // saved, and what has come since is reported by the next poll.
    if (this.#isDrained) {
      this.#isDrained = false;
      return 0;
    }
    const count = this.#receive(batch);
    if (count <= 0) return 0;
    this.#isDrained = count < batch.capacity;
    this.#add(SOCKET_CELL.receivedBytes, batch.load(count));
    this.#add(SOCKET_CELL.receivedDatagrams, this.#features.gro ? batch.datagrams() : count);
    return count;
  }

  send(batch: LinuxBatch): void {
    if (this.#isClosed) return;
    if (this.#gso && this.#mayGroup(batch)) this.#sendGroups(batch, batch.groups);
    else this.#sendRuns(batch);
  }

  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#unwatch?.();
      this.#libc.close(this.fd);
    }
    return Promise.resolve();
  }

  #receive(batch: LinuxBatch): number {
    for (;;) {
      const headers = batch.headerPointers[0]!;
      const count = this.#libc.recvmmsg(this.fd, headers, batch.capacity, MSG_DONTWAIT, NULL);
      if (count >= 0) return count;
      const errno = this.#libc.errno();
      if (errno === EINTR) continue;
      if (errno !== EAGAIN) this.#add(SOCKET_CELL.receiveErrors, 1);
      return count;
    }
  }

  /** Plans groups where they are likely to pay, and says whether they do. */
  #mayGroup(batch: LinuxBatch): boolean {
    if (batch.count < 2) return false;
    if (this.#ungroupedBatches > 0) {
      this.#ungroupedBatches--;
      return false;
    }
    const { groups } = batch;
    groups.plan(this.#longestSegmentBytes, this.#features.mirrorTos);
    if (groups.count < groups.messages) return true;
    this.#ungroupedBatches = UNGROUPED_BATCHES;
    return false;
  }

  #sendGroups(batch: LinuxBatch, groups: SegmentGroups): void {
    groups.write(this.#features.mirrorTos);
    let group = 0;
    while (group < groups.count) {
      const headers = batch.groupHeaderPointers[group]!;
      const sent = this.#sendmmsg(headers, groups.count - group);
      for (const end = group + Math.max(0, sent); group < end; group++) {
        this.#countSent(groups.datagramsIn(group), groups.bytesIn(group));
      }
      if (sent >= 0) continue;
      this.#sendGroupAlone(batch, groups, group, -sent);
      group++;
    }
  }

  /** Sends a group's members one by one after the kernel refused the group with `errno`. */
  #sendGroupAlone(batch: LinuxBatch, groups: SegmentGroups, group: number, errno: number): void {
    if (groups.datagramsIn(group) > 1) this.#learnFrom(errno, groups.segmentBytesOf(group));
    let slot = groups.leaderOf(group);
    while (slot >= 0) {
      batch.prepareReply(slot, this.#features.mirrorTos);
      this.#sendRun(batch, slot, slot + 1);
      slot = groups.after(slot);
    }
  }

  /** Sends the answers of a batch in as few calls as its refusals allow. */
  #sendRuns(batch: LinuxBatch): void {
    const { count, verdicts } = batch;
    let first = 0;
    while (first < count) {
      if (verdicts[first] !== ANSWER) {
        first++;
        continue;
      }
      let end = first;
      while (end < count && verdicts[end] === ANSWER) {
        batch.prepareReply(end, this.#features.mirrorTos);
        end++;
      }
      this.#sendRun(batch, first, end);
      first = end;
    }
  }

  #sendRun(batch: LinuxBatch, first: number, end: number): void {
    let slot = first;
    while (slot < end) {
      const sent = this.#sendmmsg(batch.headerPointers[slot]!, end - slot);
      for (const next = slot + Math.max(0, sent); slot < next; slot++) {
        this.#countSent(batch.datagramsIn(slot), batch.lengths[slot]!);
      }
      if (sent >= 0) continue;
      this.#afterFailure(batch, slot, -sent);
      slot++;
    }
  }

  #afterFailure(batch: LinuxBatch, slot: number, errno: number): void {
    const datagrams = batch.datagramsIn(slot);
    if (datagrams === 1) {
      countSendFailure(this.#cells, errorName(errno));
      return;
    }
    // A coalesced run that can't leave as one: cut it here.
    this.#learnFrom(errno, batch.segmentBytes[slot]!);
    for (let index = 0; index < datagrams; index++) {
      batch.prepareSegment(slot, index, this.#features.mirrorTos);
      const sent = this.#sendmmsg(batch.segmentHeaderPointer, 1);
      if (sent < 0) countSendFailure(this.#cells, errorName(-sent));
      else this.#countSent(1, batch.segmentLength(slot, index));
    }
  }

  /**
   * Sends up to `count` messages.
   *
   * @returns how many were sent, at least one; or −errno of the first
   */
  #sendmmsg(headers: bigint, count: number): number {
    let mayWait = true;
    for (;;) {
      const sent = this.#libc.sendmmsg(this.fd, headers, count, MSG_DONTWAIT);
      if (sent > 0) return sent;
      const errno = this.#libc.errno();
      if (errno === EINTR) continue;
      if (!mayWait || (errno !== EAGAIN && errno !== ENOBUFS)) return -errno;
      this.#writable.wait(SEND_WAIT_MS);
      mayWait = false;
    }
  }

  /** Gives up on what the kernel or the driver refused, for good, and says so once. */
  #learnFrom(errno: number, segmentBytes: number): void {
    const mayBeTooLong = errno === EMSGSIZE || errno === EINVAL;
    if (mayBeTooLong && segmentBytes > SAFE_SEGMENT_BYTES) {
      this.#longestSegmentBytes = Math.min(this.#longestSegmentBytes, segmentBytes - 1);
      return;
    }
    if (!this.#gso || (errno !== EIO && errno !== EINVAL)) return;
    this.#gso = false;
    setOption(this.#libc, this.fd, SOL_UDP, UDP_GRO, 0);
    this.#notify(
      `UDP GSO and GRO are off from now on: the kernel refused a segmented send (${errorName(errno)}); each datagram is sent by itself`,
    );
  }

  #countSent(datagrams: number, bytes: number): void {
    this.#add(SOCKET_CELL.sentDatagrams, datagrams);
    this.#add(SOCKET_CELL.sentBytes, bytes);
  }

  #add(cell: number, amount: number): void {
    this.#cells[cell] = this.#cells[cell]! + amount;
  }
}
