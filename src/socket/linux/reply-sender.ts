// SPDX-License-Identifier: MIT
// Sends the replies of a batch in as few system calls as possible: in groups (GSO), in runs, or one by one.

import { ANSWER } from '../datagram-batch.ts';
import { countSendFailure, SOCKET_CELL } from '../counters.ts';
import type { BoundSocket, LinuxFeatures } from './bind.ts';
import { CarefulSender } from './careful-sender.ts';
import {
  EAGAIN,
  EINTR,
  EINVAL,
  EIO,
  EMSGSIZE,
  ENOBUFS,
  MSG_DONTWAIT,
  POLLOUT,
} from './constants.ts';
import { errorName, type Libc } from './libc.ts';
import type { LinuxBatch } from './linux-batch.ts';
import { Poller } from './poller.ts';
import type { SegmentGroups } from './segment-groups.ts';

/**
 * Longest datagram that may join a GSO group. The kernel splits groups below the IP layer and can't fragment there, so
 * a segment must fit the path's MTU. Up to 1,400 bytes of payload fit almost everywhere; EMSGSIZE and EINVAL teach the
 * rest.
 */
const SAFE_SEGMENT_BYTES = 1400;

/**
 * Batches sent without grouping after one in which no two replies had the same destination: with many clients the
 * search costs time and finds nothing.
 */
const UNGROUPED_BATCHES = 15;

/**
 * How long to wait for room in the send buffer, once per batch: one slow way out must not stop the thread for everybody
 * else. Replies that still find no room are dropped and counted.
 */
const SEND_WAIT_MS = 1;

export class ReplySender {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #cells: Float64Array;
  readonly #features: LinuxFeatures;
  readonly #notify: (notice: string) => void;
  readonly #writable: Poller;
  readonly #careful: CarefulSender;
  #gso: boolean;
  #longestSegmentBytes = 65_507;
  #ungroupedBatches = 0;
  #mayWait = true;

  /** See `LinuxSocket`. */
  constructor(
    libc: Libc,
    bound: BoundSocket,
    cells: Float64Array,
    notify: (notice: string) => void,
  ) {
    const { fd, features } = bound;
    this.#libc = libc;
    this.#fd = fd;
    this.#cells = cells;
    this.#features = features;
    this.#notify = notify;
    this.#gso = features.gso;
    this.#writable = new Poller(libc, [fd], POLLOUT);
    this.#careful = new CarefulSender(libc, bound, cells, (batch) =>
      this.#sendmmsg(batch.segmentHeaderPointer, 1),
    );
  }

  /** Sends each datagram of the batch whose verdict is `ANSWER` back to its source. */
  send(batch: LinuxBatch): void {
    const careful = this.#careful;
    const sentDatagrams = this.#sentDatagrams;
    const sentBytes = this.#cells[SOCKET_CELL.sentBytes]!;
    this.#mayWait = true;
    if (careful.isOn) careful.takeUncertain(batch);
    if (this.#gso && this.#mayGroup(batch)) this.#sendGroups(batch, batch.groups);
    else this.#sendRuns(batch);
    if (careful.isOn) careful.giveBack(batch);
    const bytes = this.#cells[SOCKET_CELL.sentBytes]! - sentBytes;
    careful.watch(this.#sentDatagrams - sentDatagrams, bytes);
  }

  /** Reads the kernel's reports on replies that had to wait. */
  settle(): void {
    this.#careful.settle();
  }

  /** Counts the replies that still wait as not sent. */
  discard(): void {
    this.#careful.discard();
  }

  /** Plans groups if they are likely to pay off, and returns whether they do. */
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
      const headers = batch.arena.groupHeaderPointers[group]!;
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
    const sentBefore = this.#sentDatagrams;
    let slot = groups.leaderOf(group);
    while (slot >= 0) {
      batch.prepareReply(slot, this.#features.mirrorTos);
      this.#sendRun(batch, slot, slot + 1);
      slot = groups.after(slot);
    }
    const isGroup = groups.datagramsIn(group) > 1;
    if (isGroup) this.#learnFrom(errno, groups.segmentBytesOf(group), sentBefore);
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
      if (this.#mustCut(batch, first)) {
        this.#sendSegments(batch, first);
        first++;
        continue;
      }
      let end = first;
      while (end < count && verdicts[end] === ANSWER && !this.#mustCut(batch, end)) {
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
      this.#noteFailure(batch, slot, 0, errno);
      return;
    }
    const sentBefore = this.#sentDatagrams;
    this.#sendSegments(batch, slot);
    this.#learnFrom(errno, batch.segmentBytes[slot]!, sentBefore);
  }

  /** True for a coalesced run that the kernel is known to refuse to split again. */
  #mustCut(batch: LinuxBatch, slot: number): boolean {
    return !this.#gso && batch.datagramsIn(slot) > 1;
  }

  /** Sends the datagrams of a coalesced run one by one. */
  #sendSegments(batch: LinuxBatch, slot: number): void {
    const datagrams = batch.datagramsIn(slot);
    for (let index = 0; index < datagrams; index++) {
      batch.prepareSegment(slot, index, this.#features.mirrorTos);
      const sent = this.#sendmmsg(batch.segmentHeaderPointer, 1);
      if (sent < 0) this.#noteFailure(batch, slot, index, -sent);
      else this.#countSent(1, batch.segmentLength(slot, index));
    }
  }

  #noteFailure(batch: LinuxBatch, slot: number, datagram: number, errno: number): void {
    batch.noteOutcome(slot, datagram, countSendFailure(this.#cells, errorName(errno)));
  }

  /**
   * Sends up to `count` messages.
   *
   * @returns how many were sent, at least one; or −errno of the first
   */
  #sendmmsg(headers: bigint, count: number): number {
    for (;;) {
      const sent = this.#libc.sendmmsg(this.#fd, headers, count, MSG_DONTWAIT);
      if (sent > 0) return sent;
      const errno = this.#libc.errno();
      if (errno === EINTR) continue;
      if (!this.#mayWait || (errno !== EAGAIN && errno !== ENOBUFS)) return -errno;
      this.#mayWait = false;
      this.#careful.look();
      this.#writable.wait(SEND_WAIT_MS);
    }
  }

  /**
   * Permanently turns off what the kernel or the driver refused, and says so once.
   *
   * It does so only if the same datagrams then left one by one: a route can refuse with the same errno (`blackhole`:
   * EINVAL), and a stranger's source address must not turn anything off.
   */
  #learnFrom(errno: number, segmentBytes: number, sentBefore: number): void {
    if (this.#sentDatagrams === sentBefore) return;
    const mayBeTooLong = errno === EMSGSIZE || errno === EINVAL;
    if (mayBeTooLong && segmentBytes > SAFE_SEGMENT_BYTES) {
      this.#longestSegmentBytes = Math.min(this.#longestSegmentBytes, segmentBytes - 1);
      return;
    }
    if (!this.#gso || (errno !== EIO && errno !== EINVAL)) return;
    // GRO stays on: the kernel reports the length of the datagrams in a waiting run only while it is on.
    this.#gso = false;
    this.#notify(
      `UDP GSO is off from now on: the kernel refused a segmented send (${errorName(errno)}); each datagram is sent by itself`,
    );
  }

  get #sentDatagrams(): number {
    return this.#cells[SOCKET_CELL.sentDatagrams]!;
  }

  #countSent(datagrams: number, bytes: number): void {
    // Datagrams last, as for received ones: a thread that sees the count also sees the bytes.
    this.#add(SOCKET_CELL.sentBytes, bytes);
    this.#add(SOCKET_CELL.sentDatagrams, datagrams);
  }

  #add(cell: number, amount: number): void {
    this.#cells[cell] = this.#cells[cell]! + amount;
  }
}
