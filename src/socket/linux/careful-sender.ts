// SPDX-License-Identifier: MIT
// Keeps replies that can't leave from delaying the others. A reply to a neighbour that does not answer waits in the
// kernel for three seconds, in the send buffer that all replies of the socket share: a few such addresses, which
// anybody can forge, would fill it. So as soon as an eighth of the buffer is in use, each destination's first reply of
// a second is sent separately, with a request to report when it has passed the neighbour table
// (SOF_TIMESTAMPING_TX_SCHED). That happens before the call returns, unless the reply has to wait. The destination's
// other replies follow only after that. One reply may wait per destination, and all waiting replies may take half of
// the buffer. Further ones are dropped: 'unresolved'.

import { randomInt } from 'node:crypto';
import { ANSWER, DEALT_WITH } from '../datagram-batch.ts';
import { countSendFailure, SENT, SOCKET_CELL, WAITING, type SendOutcome } from '../counters.ts';
import { monotonicNs } from '../../time.ts';
import { SocketMemory, type BoundSocket } from './bind.ts';
import { SK_MEMINFO_SNDBUF, SK_MEMINFO_WMEM_ALLOC } from './constants.ts';
import { ErrorQueue } from './error-queue.ts';
import { KnownDestinations } from './known-destinations.ts';
import { errorName, type Libc } from './libc.ts';
import type { LinuxBatch } from './linux-batch.ts';
import {
  chargedBytes,
  NO_NUMBER,
  WaitingReplies,
  type SendBufferUse,
  type WaitingReply,
} from './waiting-replies.ts';

/** Care is taken once this share of the send buffer is in use. */
const ALARM = 1 / 8;

/** How long care is taken after the last reply that had to wait. */
const CALM_MS = 10_000;

export class CarefulSender {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #isIPv6: boolean;
  readonly #tellsDepartures: boolean;
  readonly #mirrorTos: boolean;
  readonly #cells: Float64Array;
  readonly #sendSegment: (batch: LinuxBatch) => number;
  readonly #memory: SocketMemory;
  readonly #waiting = new WaitingReplies();
  #isOn = false;
  #known: KnownDestinations | undefined;
  #errors: ErrorQueue | undefined;
  #lastWaitMs = 0;
  #nowMs = 0;
  /** Bytes that may have been added to the send buffer since the last look, and how many may be before the next one. */
  #unseenBytes = 0;
  #mostUnseenBytes = 0;
  /** The kernel's number for the next datagram that it is to report. */
  #nextId = 0;
  /** False if the kernel's count may be off by one, after a send that failed. */
  #isSureOfId = false;
  #hasLeft = false;
  /** False if the error queue must be empty. A previous thread may have left reports in it. */
  #mayTell: boolean;

  /**
   * @param cells  `SOCKET_CELLS` cells to count in
   * @param sendSegment  sends what the batch's `segmentHeaderPointer` points at: 1, or −errno
   */
  constructor(
    libc: Libc,
    { fd, isIPv6, tellsDepartures, features }: BoundSocket,
    cells: Float64Array,
    sendSegment: (batch: LinuxBatch) => number,
  ) {
    this.#libc = libc;
    this.#fd = fd;
    this.#memory = new SocketMemory(libc, fd);
    this.#isIPv6 = isIPv6;
    this.#tellsDepartures = tellsDepartures;
    this.#mayTell = tellsDepartures;
    this.#mirrorTos = features.mirrorTos;
    this.#cells = cells;
    this.#sendSegment = sendSegment;
  }

  /** True while care is taken. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** Notes what a batch has sent, and looks at the send buffer once that may have reached the alarm level. */
  watch(datagrams: number, payloadBytes: number): void {
    this.#unseenBytes += datagrams * chargedBytes(0) + chargedBytes(payloadBytes);
    if (this.#unseenBytes >= this.#mostUnseenBytes) this.look();
  }

  /** Looks at the send buffer. */
  look(): void {
    if (!this.#tellsDepartures) {
      this.#mostUnseenBytes = Infinity;
      return;
    }
    const { bufferBytes, usedBytes } = this.#sendBufferUse();
    this.#unseenBytes = 0;
    this.#mostUnseenBytes = bufferBytes * ALARM;
    if (!this.#isOn && usedBytes > 0 && usedBytes >= bufferBytes * ALARM) this.#start();
  }

  /** Handles the replies to destinations that may not be reachable; the caller sends the others. */
  takeUncertain(batch: LinuxBatch): void {
    this.#nowMs = nowMs();
    this.#settle();
    for (let slot = 0; slot < batch.count; slot++) {
      if (batch.verdicts[slot] === ANSWER && !this.#mayPass(batch, slot)) {
        batch.verdicts[slot] = DEALT_WITH;
      }
    }
  }

  /** Ends what `takeUncertain` began, by restoring the verdicts. */
  giveBack({ verdicts, count }: LinuxBatch): void {
    for (let slot = 0; slot < count; slot++) {
      if (verdicts[slot] === DEALT_WITH) verdicts[slot] = ANSWER;
    }
    const isCalm = this.#waiting.count === 0 && this.#nowMs - this.#lastWaitMs > CALM_MS;
    if (isCalm) this.#isOn = false;
  }

  /** Reads the kernel's reports: while any are left, every wait on the socket returns at once. */
  settle(): void {
    if (!this.#mayTell) return;
    this.#nowMs = nowMs();
    this.#settle();
    // Once care was taken, a report may arrive at any time.
    this.#mayTell = this.#known !== undefined;
  }

  /** Counts the replies that still wait as not sent: the socket closes, and their outcome will never be known. */
  discard(): void {
    this.settle();
    this.#giveUpUntil(Infinity);
  }

  #start(): void {
    this.#isOn = true;
    this.#known ??= new KnownDestinations(randomInt(2 ** 32));
    this.#lastWaitMs = nowMs();
    this.#mayTell = true;
    this.settle();
  }

  /** True if a reply to the slot's destination left recently; otherwise handles the slot's replies. */
  #mayPass(batch: LinuxBatch, slot: number): boolean {
    const known = this.#known!;
    const entry = known.entryOf(
      batch.sourceWords,
      slot * 4,
      batch.arena.scopeOf(slot),
      this.#nowMs,
    );
    if (known.isReached(entry, this.#nowMs)) return true;
    const datagrams = batch.datagramsIn(slot);
    for (let index = 0; index < datagrams; index++) {
      const outcome = known.isReached(entry, this.#nowMs)
        ? this.#sendReached(batch, slot, index)
        : this.#sendUncertain(batch, slot, index, entry);
      batch.noteOutcome(slot, index, outcome);
    }
    return false;
  }

  /** The rest of a coalesced run whose first datagram has left. */
  #sendReached(batch: LinuxBatch, slot: number, index: number): SendOutcome {
    batch.prepareSegment(slot, index, this.#mirrorTos);
    const sent = this.#sendSegment(batch);
    if (sent < 0) return countSendFailure(this.#cells, errorName(-sent));
    return this.#countSent(batch.segmentLength(slot, index));
  }

  #sendUncertain(batch: LinuxBatch, slot: number, index: number, entry: number): SendOutcome {
    const payloadBytes = batch.segmentLength(slot, index);
    if (!this.#mayWait(entry, payloadBytes)) return countSendFailure(this.#cells, 'unresolved');
    batch.prepareSegment(slot, index, this.#mirrorTos, true);
    const sent = this.#sendSegment(batch);
    if (sent < 0) {
      this.#isSureOfId = false;
      return countSendFailure(this.#cells, errorName(-sent));
    }
    if (!this.#leavesAtOnce()) return this.#wait(entry, payloadBytes);
    this.#known!.reach(entry, this.#nowMs);
    return this.#countSent(payloadBytes);
  }

  #mayWait(entry: number, payloadBytes: number): boolean {
    const known = this.#known!;
    if (known.isWaiting(entry)) return false;
    if (this.#waiting.count === 0) return true;
    return this.#waiting.mayAdd(payloadBytes, known.wasReached(entry), this.#sendBufferUse());
  }

  /** True if the kernel has reported the departure of the reply just sent. */
  #leavesAtOnce(): boolean {
    this.#hasLeft = false;
    this.#readErrors();
    return this.#hasLeft;
  }

  #wait(entry: number, payloadBytes: number): SendOutcome {
    const id = this.#isSureOfId ? this.#nextId : NO_NUMBER;
    this.#nextId = (this.#nextId + 1) >>> 0;
    // The buffer is empty: the reply has left, or the kernel dropped it without a report.
    if (this.#sendBufferUse().usedBytes === 0) return this.#countSent(payloadBytes);
    this.#known!.wait(entry);
    this.#waiting.add({ entry, id, payloadBytes, sinceMs: this.#nowMs });
    this.#lastWaitMs = this.#nowMs;
    return WAITING;
  }

  #settle(): void {
    this.#readErrors();
    this.#giveUpUntil(this.#nowMs);
  }

  #giveUpUntil(timeMs: number): void {
    for (;;) {
      const reply = this.#waiting.takeGivenUp(timeMs);
      if (reply === undefined) return;
      this.#known!.forget(reply.entry);
      countSendFailure(this.#cells, 'unresolved');
    }
  }

  #readErrors(): void {
    this.#errors ??= new ErrorQueue(this.#libc, this.#isIPv6);
    while (this.#errors.read(this.#fd, this.#handlers, doNothing) > 0);
  }

  readonly #handlers = {
    onSentStamp: (id: number): void => {
      const reply = this.#waiting.take(id);
      if (reply !== undefined) this.#leaveLate(reply);
      else if (!this.#isSureOfId || id === this.#nextId) {
        this.#nextId = (id + 1) >>> 0;
        this.#isSureOfId = true;
        this.#hasLeft = true;
      }
    },
    onIcmpError: doNothing,
  };

  #leaveLate({ entry, payloadBytes }: WaitingReply): void {
    this.#known!.reach(entry, this.#nowMs);
    this.#countSent(payloadBytes);
  }

  #sendBufferUse(): SendBufferUse {
    const memory = this.#memory.read();
    return { bufferBytes: memory[SK_MEMINFO_SNDBUF]!, usedBytes: memory[SK_MEMINFO_WMEM_ALLOC]! };
  }

  #countSent(payloadBytes: number): SendOutcome {
    const cells = this.#cells;
    cells[SOCKET_CELL.sentBytes] = cells[SOCKET_CELL.sentBytes]! + payloadBytes;
    cells[SOCKET_CELL.sentDatagrams] = cells[SOCKET_CELL.sentDatagrams]! + 1;
    return SENT;
  }
}

function nowMs(): number {
  return monotonicNs() / 1e6;
}

function doNothing(): void {
  // This file requests no other reports.
}
