// SPDX-License-Identifier: MIT
// The hot loop of a measurement on the Linux engine, in a thread of its own: read what came, settle what
// is overdue, send what is due, sleep, and spin the last stretch. It allocates nothing for each probe
// unless somebody listens to records.

import { Distribution } from '../../stats/distribution.ts';
import { Histogram } from '../../stats/histogram.ts';
import {
  EAGAIN,
  EINTR,
  ENOBUFS,
  MSG_DONTWAIT,
  POLLIN,
  POLLOUT,
  PR_SET_TIMERSLACK,
} from '../../socket/linux/constants.ts';
import { ErrorQueue, type ErrorQueueHandlers } from '../../socket/linux/error-queue.ts';
import { KernelClock } from '../../socket/linux/kernel-clock.ts';
import { errorName, NULL, systemError, type Libc } from '../../socket/linux/libc.ts';
import { LinuxBatch } from '../../socket/linux/linux-batch.ts';
import type { SocketAddress } from '../../socket/ip-address.ts';
import { UNKNOWN_NS, type Arrival } from '../../socket/probe-channel.ts';
import { LASTING_FAILURES } from '../../socket/linux/lasting-failures.ts';
import { startStamps, type OpenProbeSocket } from '../../socket/linux/open-probe-socket.ts';
import { MonotonicClock } from '../../socket/linux/monotonic-clock.ts';
import { Poller } from '../../socket/linux/poller.ts';
import { ProbeArena } from '../../socket/linux/probe-arena.ts';
import { STOP, StopSwitch } from '../../socket/linux/stop-switch.ts';
import { ClockWatch, type ClockSteps } from '../host/clock-watch.ts';
import { DropWatch } from '../host/drop-watch.ts';
import type { Session } from '../session/session.ts';
import { StampNumbers } from './stamp-numbers.ts';

/**
 * Before a probe is due the thread wakes this early and spins: a sleeping thread is woken some 10 µs
 * late, and more where the processor slept too. At 1,000 probes a second this costs 6 % of a core.
 */
const SPIN_NS = 60_000;

/** The longest sleep; a suspended machine and a stepped clock are noticed between two. */
const LONGEST_SLEEP_NS = 1e9;

/** Batches read from one socket in one turn, so that a flood can't put off what is due. */
const BATCHES_PER_TURN = 16;

/** Probes settled in one turn: some 50 µs of work. */
const SETTLED_PER_TURN = 256;

/** Each refusal in place of a send is the ICMP error of another probe; a burst of them may meet a burst. */
const SEND_TRIES = 64;

/** How long to sleep where the system can't wait for a datagram. */
const BLIND_SLEEP_MS = 10;

/** How long to wait for room in the send buffer, once a turn. */
const SEND_WAIT_MS = 1;

const CLOCK_LOOK_NS = 1e9;

/** What the kernel dropped is noticed so soon, where there is time to spare. */
const DROP_LOOK_NS = 100e6;

/**
 * How often `onPause` is called where sleeps are shorter than this. A message to another thread costs
 * the two of them some 80 µs: one for each probe took as much of a processor as the probing.
 */
const PAUSE_NS = 20e6;

/** One source port. */
class Stream {
  readonly fd: number;
  readonly index: number;
  readonly numbers: StampNumbers;
  readonly writable: Poller;
  hasStamps: boolean;

  constructor(libc: Libc, { fd, hasStamps }: OpenProbeSocket, index: number, streams: number) {
    this.fd = fd;
    this.index = index;
    this.hasStamps = hasStamps;
    this.numbers = new StampNumbers(index, streams);
    this.writable = new Poller(libc, [fd], POLLOUT);
  }
}

/** The one observation that the session is shown, a datagram at a time. */
class LoopArrival implements Arrival {
  readonly view: DataView;
  start = 0;
  payloadBytes = 0;
  port = 0;
  readonly peer = 0;
  receivedNs = 0;
  kernelReceivedNs = UNKNOWN_NS;
  slot = 0;
  readonly #batch: LinuxBatch;

  constructor(batch: LinuxBatch) {
    const { buffer, byteOffset, byteLength } = batch.bytesOf();
    this.#batch = batch;
    this.view = new DataView(buffer, byteOffset, byteLength);
  }

  sender(): SocketAddress {
    return this.#batch.peerOf(this.slot);
  }
}

export interface ProbeLoopOptions {
  readonly libc: Libc;
  readonly sockets: readonly OpenProbeSocket[];
  readonly session: Session;
  readonly payloadBytes: number;
  /** An eventfd that becomes readable when `stopFlag` changes. */
  readonly stopFd: number;
  readonly stopFlag: Int32Array;
  /** One shared cell: how often it was asked what is known so far. The eventfd becomes readable then, too. */
  readonly questions: Int32Array;
  readonly onQuestion: () => void;
  /** Called before a long sleep, and about every 20 ms where there is none. */
  readonly onPause: () => void;
}

export class ProbeLoop {
  readonly #libc: Libc;
  readonly #session: Session;
  readonly #streams: readonly Stream[];
  readonly #arena: ProbeArena;
  readonly #batch: LinuxBatch;
  readonly #arrival: LoopArrival;
  readonly #errors: ErrorQueue;
  readonly #monotonic: MonotonicClock;
  readonly #clock: KernelClock;
  readonly #clocks = new ClockWatch();
  readonly #drops: DropWatch;
  readonly #poller: Poller;
  readonly #stopFd: number;
  readonly #stopFlag: Int32Array;
  readonly #questions: Int32Array;
  readonly #onQuestion: () => void;
  readonly #onPause: () => void;
  readonly #lateness = new Distribution(new Histogram());
  #startedAtNs = 0;
  #pausedAtNs = 0;
  #lookedAtNs = -Infinity;
  /** When the next turn was meant to begin. */
  #dueNs = Infinity;
  #droppedAtNs = 0;
  #isStopping = false;
  #answered = 0;
  /** Sequence number of the probe in the arena's first slot. */
  #firstSequence = 0;
  /** The stream whose error queue is read. */
  #reading: Stream;
  /** The errno of a call that failed: an ICMP error with the same says that it was of an earlier probe. */
  #failedAs: number = EAGAIN;
  #earlierErrors = 0;
  #mayWait = true;
  /** True where the system could not say which sockets are ready. */
  #isBlind = false;
  /** Never notified. */
  readonly #cell = new Int32Array(new SharedArrayBuffer(4));

  constructor({ libc, sockets, session, payloadBytes, ...options }: ProbeLoopOptions) {
    const [first] = sockets;
    this.#libc = libc;
    this.#session = session;
    this.#streams = sockets.map((socket, index) => new Stream(libc, socket, index, sockets.length));
    this.#reading = this.#streams[0]!;
    this.#arena = new ProbeArena(libc, payloadBytes, first!.name);
    this.#batch = new LinuxBatch(libc, { isIPv6: first!.isIPv6, hasControl: true });
    this.#arrival = new LoopArrival(this.#batch);
    this.#errors = new ErrorQueue(libc, first!.isIPv6);
    this.#monotonic = new MonotonicClock(libc);
    this.#clock = new KernelClock(libc, this.#monotonic);
    this.#poller = new Poller(libc, [options.stopFd, ...sockets.map(({ fd }) => fd)], POLLIN);
    this.#drops = new DropWatch(
      libc,
      sockets.map(({ fd }) => fd),
    );
    this.#stopFd = options.stopFd;
    this.#stopFlag = options.stopFlag;
    this.#questions = options.questions;
    this.#onQuestion = options.onQuestion;
    this.#onPause = options.onPause;
  }

  /** Nanoseconds since the run began. */
  get nowNs(): number {
    return this.#monotonic.now() - this.#startedAtNs;
  }

  get clockSteps(): ClockSteps {
    return this.#clocks.steps;
  }

  /** True where the kernel stamped whatever was sent. */
  get hasStamps(): boolean {
    return this.#streams.every(({ hasStamps }) => hasStamps);
  }

  /** How late this thread woke from its sleeps. */
  get lateness(): Distribution<Histogram> {
    return this.#lateness;
  }

  /** Returns when every probe has been sent and answered, or given up. */
  run(): void {
    // A sleep may otherwise be 50 µs longer than asked for, to save wake-ups (prctl(2)).
    this.#libc.prctl(PR_SET_TIMERSLACK, 1);
    this.#readAll();
    // Not before: what takes long the first time must not make the first slot too late to be used.
    this.#startedAtNs = this.#monotonic.now();
    this.#session.setStart(this.#clock.toWallTime(this.#startedAtNs));
    if (Atomics.load(this.#stopFlag, 0) === 0) this.#sendDue();
    while (this.#obeys() && this.#turn());
    this.#session.end(this.nowNs);
    this.#tellDrops(this.#drops.lookAtAll());
  }

  /** False where the run is to end now. */
  #obeys(): boolean {
    this.#answer();
    const wish = Atomics.load(this.#stopFlag, 0);
    if (wish === STOP.now) return false;
    if (wish === STOP.end) {
      this.#look(0);
      this.#readAll();
      return false;
    }
    if (wish === STOP.soon && !this.#isStopping) {
      this.#isStopping = true;
      this.#session.stop();
      StopSwitch.rearm(this.#libc, this.#stopFd);
    }
    return true;
  }

  /** The eventfd is emptied before the cells are read: what is asked for after that makes it readable again. */
  #answer(): void {
    if (Atomics.load(this.#questions, 0) === this.#answered) return;
    StopSwitch.rearm(this.#libc, this.#stopFd);
    this.#answered = Atomics.load(this.#questions, 0);
    this.#onQuestion();
  }

  /** @returns false where all is over */
  #turn(): boolean {
    const startedNs = this.nowNs;
    this.#session.heldUp(startedNs - this.#dueNs, startedNs);
    if (startedNs - this.#lookedAtNs >= CLOCK_LOOK_NS) this.#lookAtClocks(startedNs);
    // Before anything is given up: what came in time may have waited here for this thread, also where it
    // was held up since it last looked which sockets are ready.
    if (startedNs > (this.#session.nextTimeoutNs ?? Infinity)) this.#look(0);
    const isDrained = this.#readAll();
    if (isDrained) this.#session.sweep(startedNs, SETTLED_PER_TURN);
    this.#sendDue();
    if (this.#session.isOver) {
      this.#look(0);
      this.#readAll();
      return false;
    }
    this.#wait();
    return true;
  }

  #lookAtClocks(nowNs: number): void {
    this.#lookedAtNs = nowNs;
    this.#clocks.look(this.#monotonic.now(), Date.now() * 1e6);
  }

  /** @returns false where more may wait */
  #readAll(): boolean {
    let isDrained = true;
    const isSingle = this.#streams.length === 1;
    for (const stream of this.#streams) {
      if (!isSingle && !this.#isBlind && !this.#poller.isReady(stream.index + 1)) continue;
      if (!this.#read(stream)) isDrained = false;
    }
    return isDrained;
  }

  #read(stream: Stream): boolean {
    for (let round = 0; round < BATCHES_PER_TURN; round++) {
      const batch = this.#batch;
      batch.reset();
      const count = this.#libc.recvmmsg(
        stream.fd,
        batch.headerPointers[0]!,
        batch.capacity,
        MSG_DONTWAIT,
        NULL,
      );
      if (count > 0) {
        this.#receive(stream, count);
        if (count < batch.capacity) return true;
        continue;
      }
      const errno = this.#libc.errno();
      if (errno === EINTR) continue;
      // Told of a probe, it is told once; told of the call, there is nothing to read for now.
      const isOfProbe = this.#isOfEarlierProbe(stream, errno);
      if (errno === EAGAIN) return true;
      if (!isOfProbe) return this.#passReceiveError(errno);
    }
    return false;
  }

  /** Lets a failure of the call itself pass; where it does not pass, the measurement can't go on. */
  #passReceiveError(errno: number): boolean {
    if (LASTING_FAILURES.has(errno)) throw systemError('recvmmsg', errno);
    return true;
  }

  #look(timeoutMs: number): void {
    this.#isBlind = !this.#poller.wait(timeoutMs);
  }

  #receive(stream: Stream, count: number): void {
    const batch = this.#batch;
    const arrival = this.#arrival;
    arrival.receivedNs = this.nowNs;
    arrival.port = stream.index;
    batch.load(count);
    // A probe is stamped before it leaves, so that the stamps of these are there by now.
    if (!this.#readErrors(stream)) this.#clock.look();
    for (let slot = 0; slot < count; slot++) {
      const seconds = batch.arrivalSeconds[slot]!;
      arrival.slot = slot;
      arrival.start = batch.offsetOf(slot);
      arrival.payloadBytes = batch.lengths[slot]!;
      arrival.kernelReceivedNs =
        seconds === 0 ? UNKNOWN_NS : this.#toRunNs(seconds, batch.arrivalNanoseconds[slot]!);
      this.#session.receive(arrival);
    }
  }

  /** @returns true where there were any */
  #readErrors(stream: Stream): boolean {
    this.#reading = stream;
    let isAny = false;
    for (let round = 0; round < BATCHES_PER_TURN; round++) {
      const count = this.#errors.read(stream.fd, this.#errorHandlers, this.#lookAtKernelClock);
      if (count > 0) isAny = true;
      if (count < this.#batch.capacity) break;
    }
    return isAny;
  }

  /** True where a call failed with the ICMP error of an earlier probe, which is read with all others. */
  #isOfEarlierProbe(stream: Stream, errno: number): boolean {
    const before = this.#earlierErrors;
    this.#failedAs = errno;
    this.#readErrors(stream);
    return this.#earlierErrors > before;
  }

  readonly #lookAtKernelClock = (): void => {
    this.#clock.look();
  };

  readonly #errorHandlers: ErrorQueueHandlers = {
    onSentStamp: (id, seconds, nanoseconds) => {
      const sequence = this.#reading.numbers.sequenceOf(id);
      this.#session.stampSent(sequence, this.#toRunNs(seconds, nanoseconds), this.nowNs);
    },
    onIcmpError: (error, view, start, bytes) => {
      if (error.systemCode === errorName(this.#failedAs)) this.#earlierErrors++;
      const { index: port } = this.#reading;
      const receivedNs = this.nowNs;
      const quote = { view, start, quotedBytes: bytes, beforeTicket: 0 };
      this.#session.receiveIcmp({ ...error, port, receivedNs, ...quote });
    },
  };

  #toRunNs(seconds: number, nanoseconds: number): number {
    return this.#clock.toMonotonicNs(seconds, nanoseconds) - this.#startedAtNs;
  }

  /** Sends what is due, up to one arena, in one call for each run of probes of one source port. */
  #sendDue(): void {
    this.#mayWait = true;
    let first = 0;
    let slot = 0;
    let current = 0;
    while (slot < this.#arena.capacity) {
      const start = this.#arena.startOf(slot);
      const stream = this.#session.prepare(this.nowNs, this.#arena.view, start);
      if (stream === undefined) break;
      if (slot === 0) this.#firstSequence = this.#session.lastSequence;
      if (slot > first && stream !== current) {
        this.#send(this.#streams[current]!, first, slot);
        first = slot;
      }
      current = stream;
      slot++;
    }
    if (slot > first) this.#send(this.#streams[current]!, first, slot);
  }

  #send(stream: Stream, first: number, end: number): void {
    let slot = first;
    let triesLeft = SEND_TRIES;
    while (slot < end) {
      const headers = this.#arena.headerPointers[slot]!;
      const sent = this.#libc.sendmmsg(stream.fd, headers, end - slot, MSG_DONTWAIT);
      if (sent > 0) {
        slot += sent;
        continue;
      }
      const errno = this.#libc.errno();
      if (errno === EINTR) continue;
      const isSent = this.#mayTryAgain(stream, errno, triesLeft--);
      if (!isSent) {
        this.#session.failSend(this.#firstSequence + slot, errorName(errno), this.nowNs);
        slot++;
      }
      this.#restartStamps(stream, this.#firstSequence + slot);
    }
  }

  /**
   * True where the failure was said of an earlier probe, or may have passed. A firewall of this host makes EPERM of
   * a send and an ICMP error beside it: that one is of this probe.
   */
  #mayTryAgain(stream: Stream, errno: number, triesLeft: number): boolean {
    if (this.#isOfEarlierProbe(stream, errno)) return triesLeft > 0;
    if (!this.#mayWait || (errno !== EAGAIN && errno !== ENOBUFS)) return false;
    this.#mayWait = false;
    stream.writable.wait(SEND_WAIT_MS);
    return true;
  }

  /** @param next  the probe that this stream sends next; those of a batch are `streams` apart or one run */
  #restartStamps(stream: Stream, next: number): void {
    if (!stream.hasStamps) return;
    stream.numbers.restart(this.#nextOf(stream, next));
    stream.hasStamps = startStamps(this.#libc, stream.fd);
  }

  /** The first probe from `sequence` on that goes through the stream. */
  #nextOf(stream: Stream, sequence: number): number {
    const streams = this.#streams.length;
    return sequence + ((stream.index - (sequence % streams) + streams) % streams);
  }

  #wait(): void {
    const nowNs = this.nowNs;
    const sendNs = this.#session.nextSendNs ?? Infinity;
    const timeoutNs = this.#session.nextTimeoutNs ?? Infinity;
    const wakeNs = Math.min(sendNs - SPIN_NS, timeoutNs + 1, nowNs + LONGEST_SLEEP_NS);
    const sleepNs = wakeNs - nowNs;
    if (sleepNs > PAUSE_NS || nowNs - this.#pausedAtNs > PAUSE_NS) this.#pause(nowNs);
    this.#dueNs = sleepNs > 0 ? wakeNs : sendNs;
    if (sleepNs > 0) {
      this.#sleepUntil(wakeNs);
      return;
    }
    if (this.#streams.length > 1) this.#look(0);
    if (sendNs <= timeoutNs) while (this.nowNs < sendNs);
  }

  #pause(nowNs: number): void {
    this.#pausedAtNs = nowNs;
    if (nowNs - this.#droppedAtNs >= DROP_LOOK_NS) {
      this.#droppedAtNs = nowNs;
      this.#tellDrops(this.#drops.look());
    }
    this.#onPause();
  }

  #tellDrops(datagrams: number): void {
    if (datagrams > 0) this.#session.hostDropped(datagrams, this.nowNs);
  }

  #sleepUntil(wakeNs: number): void {
    const sleepNs = wakeNs - this.nowNs;
    if (sleepNs <= 0) return;
    this.#look(sleepNs / 1e6);
    // Nothing else wakes it: the system is short of memory, and may not be the next time.
    if (this.#isBlind) Atomics.wait(this.#cell, 0, 0, Math.min(sleepNs / 1e6, BLIND_SLEEP_MS));
    const lateNs = this.nowNs - wakeNs;
    if (lateNs >= 0) this.#lateness.record(Math.round(lateNs));
  }
}
