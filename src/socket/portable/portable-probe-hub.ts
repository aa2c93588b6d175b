// SPDX-License-Identifier: MIT
// The probe hub on node:dgram, for a thread with an event loop. Datagrams are passed on as they arrive.

import { uptime } from 'node:os';
import { monotonicNs, wallMsAtZero } from '../../time.ts';
import type { ProbeSink } from '../probe-channel.ts';
import type { HostClocks, ProbeHub } from '../probe-hub.ts';
import type { IpVersion } from '../resolve.ts';
import { EventLoopWaiter } from './event-loop-waiter.ts';
import { PortableProbeSide } from './portable-probe-side.ts';
import { wallTimeAt } from './wall-time.ts';

export class PortableProbeHub implements ProbeHub, AsyncDisposable {
  readonly sides: PortableProbeSide[] = [];
  readonly #waiter = new EventLoopWaiter();
  readonly #sinkOf: (ipVersion: IpVersion) => ProbeSink;
  #startedAtNs = 0;

  constructor(sinkOf: (ipVersion: IpVersion) => ProbeSink) {
    this.#sinkOf = sinkOf;
  }

  get nowNs(): number {
    return monotonicNs() - this.#startedAtNs;
  }

  start(): ReturnType<ProbeHub['start']> {
    this.#startedAtNs = monotonicNs();
    return wallTimeAt(this.#startedAtNs);
  }

  clocks(): HostClocks {
    const wallAtZeroMs = wallMsAtZero(() => this.nowNs);
    const { nowNs } = this;
    const suspendedNs = uptime() * 1e9 - monotonicNs();
    return { nowNs, wallMs: wallAtZeroMs + nowNs / 1e6, suspendedNs };
  }

  /** Opens further sockets of an IP version. @throws the system's error in Node's shape */
  async addPorts(ipVersion: IpVersion, ports: number): Promise<void> {
    const known = this.sides.find((side) => side.ipVersion === ipVersion);
    if (known !== undefined) {
      await known.addPorts(ports);
      return;
    }
    const side = new PortableProbeSide({
      ipVersion,
      sink: this.#sinkOf(ipVersion),
      toHubNs: (atNs = monotonicNs()) => atNs - this.#startedAtNs,
      onFailure: (error) => {
        this.#waiter.fail(error);
      },
    });
    await side.addPorts(ports);
    this.sides.push(side);
  }

  receive(): void {
    // Datagrams are passed on as they arrive.
  }

  async sleep(_earliestNs: number, untilNs: number): Promise<void> {
    await this.#waiter.sleep((untilNs - this.nowNs) / 1e6);
    // Timers run before sockets are read: no probe may be given up while its reply waits in a socket.
    await this.#waiter.nextTurn();
  }

  wake(): void {
    this.#waiter.wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#waiter.stop();
    await Promise.all(this.sides.map((side) => side.close()));
  }
}
