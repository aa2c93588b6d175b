// SPDX-License-Identifier: MIT
// Divides time into the stretches of columns: 10 s that begin at a multiple of 10 s since 1970, measured by the monotonic
// clock. The wall clock is compared every second. If it was set, or the host was suspended, the stretch ends early.

import type { HostClocks } from '../../socket/probe-hub.ts';
import type { IpVersion } from '../../socket/resolve.ts';
import { countOf, formatNs } from '../../quantities.ts';
import { COLUMN_MS } from '../column.ts';
import type { WatchEventKind } from '../watch-event.ts';

/** A stretch. Nanoseconds count from the prober's start. */
export class ColumnSpan {
  readonly startMs: number;
  readonly startNs: number;
  /** Infinity until it ends. */
  endNs = Infinity;
  /** Datagrams that this host dropped in it; NaN if the system does not report it. */
  readonly #dropped = { 4: 0, 6: 0 };

  constructor(startMs: number, startNs: number) {
    this.startMs = startMs;
    this.startNs = startNs;
  }

  /** @returns true for the first drops in it */
  addDrops(ipVersion: IpVersion, datagrams: number | null): boolean {
    const before = this.#dropped[ipVersion];
    this.#dropped[ipVersion] += datagrams ?? NaN;
    return before === 0 && this.#dropped[ipVersion] > 0;
  }

  /** @returns NaN if the system does not report it */
  droppedOf(ipVersion: IpVersion): number {
    return this.#dropped[ipVersion];
  }
}

/** Smaller differences are due to rounding to milliseconds, or to a clock that is slewed. */
const LEAST_STEP_MS = 200;

/** Some systems report the clocks behind it in whole seconds. */
const LEAST_SUSPENSION_NS = 2e9;

/** How much later than intended a turn must begin to count as a stall. */
const LEAST_STALL_NS = 2e9;

export type TellClockEvent = (atMs: number, kind: WatchEventKind, detail: string) => void;

export class ColumnClock {
  readonly #onEvent: TellClockEvent;
  #current: ColumnSpan;
  /** Wall clock time at the prober's start. */
  #offsetMs: number;
  #clocks: HostClocks;
  #steps = 0;

  constructor(clocks: HostClocks, onEvent: TellClockEvent) {
    this.#onEvent = onEvent;
    this.#clocks = clocks;
    this.#offsetMs = offsetOf(clocks);
    this.#current = new ColumnSpan(columnStartMs(clocks.wallMs), clocks.nowNs);
  }

  get current(): ColumnSpan {
    return this.#current;
  }

  /** Number of times the wall clock was set. */
  get steps(): number {
    return this.#steps;
  }

  /** When the current stretch ends. */
  get endNs(): number {
    return (this.#current.startMs + COLUMN_MS - this.#offsetMs) * 1e6;
  }

  wallMsAt(atNs: number): number {
    return this.#offsetMs + atNs / 1e6;
  }

  /** Begins the next stretch if it is due. @returns whether it was */
  advance(nowNs: number): boolean {
    const { endNs } = this;
    if (nowNs < endNs) return false;
    this.#begin(columnStartMs(this.wallMsAt(nowNs)), endNs);
    return true;
  }

  /** Compares the clocks. Call it about every second. */
  look(clocks: HostClocks): void {
    const before = this.#clocks;
    this.#clocks = clocks;
    const suspendedNs = clocks.suspendedNs - before.suspendedNs;
    const isSuspension = suspendedNs >= LEAST_SUSPENSION_NS;
    const aheadMs = offsetOf(clocks) - offsetOf(before);
    const stepMs = aheadMs - (isSuspension ? suspendedNs / 1e6 : 0);
    // A suspension is known to the second only, so it hides smaller steps.
    const isStep = Math.abs(stepMs) >= (isSuspension ? LEAST_SUSPENSION_NS / 1e6 : LEAST_STEP_MS);
    if (isSuspension) this.#tellSuspension(clocks.wallMs, suspendedNs);
    if (isStep) this.#tellStep(clocks.wallMs, stepMs);
    this.#offsetMs = offsetOf(clocks);
    if (isSuspension || isStep) this.#startAnew(clocks);
  }

  /** Counts datagrams that this host dropped; `null` if the system does not report it. */
  addDrops(ipVersion: IpVersion, datagrams: number | null): void {
    if (!this.#current.addDrops(ipVersion, datagrams)) return;
    const detail = `this host dropped ${countOf(datagrams!, 'datagram')} of its IPv${ipVersion} sockets`;
    this.#onEvent(this.#clocks.wallMs, 'host_dropped', detail);
  }

  /** Reports a turn that began late, if it was late enough. */
  stalled(lateNs: number, nowNs: number): void {
    if (lateNs < LEAST_STALL_NS) return;
    const detail = `this program did not run for ${formatNs(lateNs)}`;
    this.#onEvent(this.wallMsAt(nowNs), 'suspended', detail);
  }

  /** Ends the current stretch early. */
  close(nowNs: number): void {
    this.#current.endNs = nowNs;
  }

  #tellSuspension(atMs: number, suspendedNs: number): void {
    const detail = `the host was suspended for ${formatNs(suspendedNs)}`;
    this.#onEvent(atMs, 'suspended', detail);
  }

  #tellStep(atMs: number, stepMs: number): void {
    this.#steps++;
    const way = stepMs > 0 ? 'forward' : 'back';
    const detail = `the wall clock was set ${way} by ${formatNs(Math.abs(stepMs) * 1e6)}`;
    this.#onEvent(atMs, 'clock_stepped', detail);
  }

  #startAnew({ nowNs, wallMs }: HostClocks): void {
    const startMs = columnStartMs(wallMs);
    if (startMs !== this.#current.startMs) this.#begin(startMs, nowNs);
  }

  #begin(startMs: number, startNs: number): void {
    this.#current.endNs = startNs;
    this.#current = new ColumnSpan(startMs, startNs);
  }
}

function offsetOf({ wallMs, nowNs }: HostClocks): number {
  return wallMs - nowNs / 1e6;
}

function columnStartMs(wallMs: number): number {
  return Math.floor(wallMs / COLUMN_MS) * COLUMN_MS;
}
