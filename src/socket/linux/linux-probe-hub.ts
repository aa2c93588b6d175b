// SPDX-License-Identifier: MIT
// The probe hub on recvmmsg and sendmmsg, with the kernel's timestamps. It waits in system calls, so it needs its own
// thread.

import { wallMsAtZero } from '../../time.ts';
import type { ProbeSink } from '../probe-channel.ts';
import type { HostClocks, ProbeHub } from '../probe-hub.ts';
import type { IpVersion } from '../resolve.ts';
import { CLOCK_BOOTTIME, CLOCK_MONOTONIC, POLLIN, PR_SET_TIMERSLACK } from './constants.ts';
import { TIMESPEC } from './layout.ts';
import type { Libc, Pointer } from './libc.ts';
import { LinuxProbeSide } from './linux-probe-side.ts';
import type { OpenProbeSocket } from './open-probe-socket.ts';
import { Poller } from './poller.ts';
import { ProbeClock } from './probe-clock.ts';
import { rearm, wakeUp } from './stop-switch.ts';

/** How long to sleep if the system can't wait for a datagram. */
const BLIND_SLEEP_MS = 10;

/** A port of a side, in the order in which they are polled. */
interface PolledPort {
  readonly side: LinuxProbeSide;
  readonly port: number;
}

export interface LinuxProbeHubOptions {
  /** An eventfd that wakes the thread. */
  readonly wakeFd: number;
  readonly sinkOf: (ipVersion: IpVersion) => ProbeSink;
}

export class LinuxProbeHub implements ProbeHub {
  readonly sides: LinuxProbeSide[] = [];
  readonly #libc: Libc;
  readonly #wakeFd: number;
  readonly #sinkOf: LinuxProbeHubOptions['sinkOf'];
  readonly #clock: ProbeClock;
  readonly #time = new BigInt64Array(TIMESPEC.size / 8);
  readonly #timePointer: Pointer;
  /** Polls only the eventfd that wakes the thread. */
  readonly #deaf: Poller;
  #poller: Poller;
  #polled: readonly PolledPort[] = [];
  /** Never notified. */
  readonly #cell = new Int32Array(new SharedArrayBuffer(4));

  constructor(libc: Libc, { wakeFd, sinkOf }: LinuxProbeHubOptions) {
    this.#libc = libc;
    this.#wakeFd = wakeFd;
    this.#sinkOf = sinkOf;
    this.#clock = new ProbeClock(libc);
    this.#timePointer = libc.address(this.#time);
    this.#deaf = new Poller(libc, [wakeFd], POLLIN);
    this.#poller = this.#deaf;
  }

  get nowNs(): number {
    return this.#clock.nowNs;
  }

  start(): ReturnType<ProbeHub['start']> {
    // A sleep may otherwise be 50 µs longer than asked for, to save wake-ups (prctl(2)).
    this.#libc.prctl(PR_SET_TIMERSLACK, 1);
    return this.#clock.start();
  }

  clocks(): HostClocks {
    const suspendedNs = this.#read(CLOCK_BOOTTIME) - this.#read(CLOCK_MONOTONIC);
    const wallAtZeroMs = wallMsAtZero(() => this.nowNs);
    const { nowNs } = this;
    return { nowNs, wallMs: wallAtZeroMs + nowNs / 1e6, suspendedNs };
  }

  /** Takes further sockets of an IP version, as its next ports. */
  addSockets(ipVersion: IpVersion, sockets: readonly OpenProbeSocket[]): void {
    this.#sideOf(ipVersion).addPorts(sockets);
    this.#polled = this.sides.flatMap((side) => side.fds.map((_, port) => ({ side, port })));
    const fds = this.sides.flatMap((side) => side.fds);
    this.#poller = new Poller(this.#libc, [this.#wakeFd, ...fds], POLLIN);
  }

  receive(): void {
    // One poll is cheaper than trying to read each port, unless there is just one.
    const isUntold = this.#polled.length < 2 || !this.#poller.wait(0);
    for (let index = 0; index < this.#polled.length; index++) {
      if (!isUntold && !this.#poller.isReady(index + 1)) continue;
      const { side, port } = this.#polled[index]!;
      side.receive(port);
    }
  }

  sleep(earliestNs: number, untilNs: number): void {
    const isWoken = this.#waitUntil(this.#deaf, Math.min(earliestNs, untilNs));
    if (!isWoken) this.#waitUntil(this.#poller, untilNs);
  }

  wake(): void {
    wakeUp(this.#libc, this.#wakeFd);
  }

  /** @returns true if it was woken by `wake` */
  #waitUntil(poller: Poller, untilNs: number): boolean {
    const sleepMs = (untilNs - this.#clock.nowNs) / 1e6;
    if (sleepMs <= 0) return false;
    const isBlind = !poller.wait(sleepMs);
    // The system is short of memory: nothing else wakes the thread, and the next poll may work.
    if (isBlind) Atomics.wait(this.#cell, 0, 0, Math.min(sleepMs, BLIND_SLEEP_MS));
    if (isBlind || !poller.isReady(0)) return false;
    rearm(this.#libc, this.#wakeFd);
    return true;
  }

  #sideOf(ipVersion: IpVersion): LinuxProbeSide {
    const known = this.sides.find((side) => side.ipVersion === ipVersion);
    if (known !== undefined) return known;
    const sink = this.#sinkOf(ipVersion);
    const side = new LinuxProbeSide({ libc: this.#libc, clock: this.#clock, ipVersion, sink });
    this.sides.push(side);
    return side;
  }

  #read(clock: number): number {
    this.#libc.clock_gettime(clock, this.#timePointer);
    return Number(this.#time[0]!) * 1e9 + Number(this.#time[1]!);
  }
}
