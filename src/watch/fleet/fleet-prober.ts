// SPDX-License-Identifier: MIT
// Probes many targets from one thread over the shared sockets of a hub. A turn reads what has arrived, sends what is due,
// gives up what is overdue and reports a few columns. It never waits, and allocates nothing per probe.

import { randomFillSync } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { ProbeHub } from '../../socket/probe-hub.ts';
import type { IpVersion } from '../../socket/resolve.ts';
import type { WallTime } from '../../wire/timestamp.ts';
import { ColumnClock } from './column-clock.ts';
import { ColumnReporter } from './column-reporter.ts';
import { DueHeap } from './due-heap.ts';
import type { FleetChanges, FromProber, TargetPlan } from './fleet-messages.ts';
import { FleetSession } from './fleet-session.ts';
import { FleetSide, FleetSink } from './fleet-side.ts';
import { FleetTarget, type SessionPlace } from './fleet-target.ts';
import { ColumnPool } from './open-column.ts';
import { CounterRows, type FleetCells } from './shared-counters.ts';
import { TargetTally } from './target-tally.ts';

const SECOND_NS = 1e9;

/** The longest sleep while columns are being reported, or while a stop waits for outstanding replies. */
const STOP_LOOK_NS = 5e6;

/** A session that sends no more, and until when replies to it may arrive. */
interface Retired {
  readonly place: SessionPlace<FleetSide>;
  readonly untilNs: number;
}

export interface FleetProberOptions {
  readonly hub: ProbeHub;
  readonly cells: FleetCells;
  readonly post: (message: FromProber, transferred?: readonly ArrayBuffer[]) => void;
}

export class FleetProber {
  readonly #hub: ProbeHub;
  readonly #cells: FleetCells;
  readonly #rows = new CounterRows();
  readonly #pool = new ColumnPool();
  readonly #heap = new DueHeap();
  /** By their rows. */
  readonly #targets: (FleetTarget<FleetSide> | undefined)[] = [];
  readonly #sessions: Map<number, FleetSession>;
  readonly #sinks: ReadonlyMap<IpVersion, FleetSink>;
  readonly #sides = new Map<IpVersion, FleetSide>();
  readonly #reporter: ColumnReporter;
  readonly #clock: ColumnClock;
  readonly #wallAtZero: Readonly<WallTime>;
  #retired: Retired[] = [];
  #serial = 0;
  #lookAtNs: number;
  #isStopping = false;

  constructor({ hub, cells, post }: FleetProberOptions, sinks: FleetSinks) {
    this.#hub = hub;
    this.#cells = cells;
    this.#sessions = sinks.sessions;
    this.#sinks = sinks.byVersion;
    this.#wallAtZero = hub.start();
    this.#clock = new ColumnClock(hub.clocks(), (atMs, kind, detail) => {
      post({ type: 'event', event: { atMs: Math.round(atMs), key: null, kind, detail } });
    });
    this.#lookAtNs = hub.nowNs + SECOND_NS;
    this.#reporter = new ColumnReporter(this.#targets, post);
  }

  /** When the next turn is due. */
  get nextNs(): number {
    const isBusy = this.#reporter.isBusy || this.#isStopping;
    const busyNs = isBusy ? this.#hub.nowNs + STOP_LOOK_NS : Infinity;
    return Math.min(this.#heap.firstNs, this.#clock.endNs, this.#lookAtNs, busyNs);
  }

  /** Called if a turn began later than intended. */
  stalled(lateNs: number, nowNs: number): void {
    this.#clock.stalled(lateNs, nowNs);
  }

  change({ blocks, removed, plans }: FleetChanges): void {
    const { nowNs } = this.#hub;
    for (const block of blocks) this.#rows.addBlock(block);
    for (const row of removed) this.#remove(row, nowNs);
    for (const plan of plans) this.#plan(plan, nowNs);
  }

  /** Answers with the columns that are not final, over the next turns. */
  ask(id: number): void {
    this.#reporter.ask(id);
  }

  /** Stops sending. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#targets.forEach((target, row) => {
      if (target !== undefined) this.#heap.set(row, target.nextNs(false));
    });
  }

  /** @returns false once it was stopped and everything is reported */
  turn(): boolean {
    const { nowNs } = this.#hub;
    // Before giving up any probe: a reply that arrived in time may have waited.
    this.#hub.receive();
    if (nowNs >= this.#clock.endNs) this.#endColumn(nowNs);
    this.#doWhatIsDue(nowNs);
    if (nowNs >= this.#lookAtNs) this.#look(nowNs);
    this.#reporter.goOn(nowNs);
    if (!this.#isStopping || this.#isAnyWaiting()) return true;
    this.#takeDrops();
    this.#clock.close(nowNs);
    this.#reporter.reportAll(nowNs);
    return false;
  }

  #doWhatIsDue(nowNs: number): void {
    while (this.#heap.firstNs <= nowNs) {
      const row = this.#heap.firstRow;
      const target = this.#targets[row]!;
      target.place?.session.sweep(nowNs);
      if (!this.#isStopping) this.#probe(target, nowNs);
      this.#heap.set(row, target.nextNs(!this.#isStopping));
    }
    for (const side of this.#sides.values()) side.flush();
  }

  #probe(target: FleetTarget<FleetSide>, nowNs: number): void {
    const intendedNs = target.slots.take(nowNs);
    if (intendedNs === undefined) return;
    const skipped = target.slots.takeSkipped();
    if (skipped > 0) target.tally.count('skipped', skipped);
    const { address, settings } = target.plan;
    if (address === undefined) {
      target.tally.count('unresolved');
      return;
    }
    const place = (target.place ??= this.#openSession(target));
    if (place === undefined || this.#isHeldUp(place, nowNs)) target.tally.count('sendFailed');
    else if (!place.session.hasRoom) target.tally.count('skipped');
    else {
      const sentNs = this.#hub.nowNs;
      this.#cells.addSendError(sentNs - intendedNs);
      place.side.write(place, settings.payloadBytes, intendedNs, sentNs);
    }
  }

  /** Probes to a silent neighbour must not fill the send buffer that all targets share. */
  #isHeldUp({ side: { side }, session }: SessionPlace<FleetSide>, nowNs: number): boolean {
    return side.isCrowded(nowNs) && session.isStuck(nowNs);
  }

  /** @returns `undefined` if there is no socket for its address */
  #openSession({ plan, tally }: FleetTarget<FleetSide>): SessionPlace<FleetSide> | undefined {
    const { settings, address } = plan;
    const side = this.#sideOf(isIPv4(address!.address) ? 4 : 6);
    if (side === undefined || side.side.ports < settings.flows) return undefined;
    side.flush();
    side.side.makeRoom(settings.payloadBytes);
    const session = new FleetSession({
      settings,
      peer: { ...address!, dscp: settings.dscp },
      tally,
      wallAtZero: this.#wallAtZero,
      nonce: randomFillSync(new Uint32Array(2)) as unknown as readonly [number, number],
    });
    const peer = tryJoin(side, session);
    if (peer === undefined) return undefined;
    const serial = ++this.#serial;
    this.#sessions.set(serial, session);
    return { side, session, peer, serial };
  }

  #sideOf(ipVersion: IpVersion): FleetSide | undefined {
    const known = this.#sides.get(ipVersion);
    if (known !== undefined) return known;
    const opened = this.#hub.sides.find((side) => side.ipVersion === ipVersion);
    if (opened === undefined) return undefined;
    const side = new FleetSide(opened, this.#sinks.get(ipVersion)!);
    this.#sides.set(ipVersion, side);
    return side;
  }

  #plan(plan: TargetPlan, nowNs: number): void {
    let target = this.#targets[plan.row];
    if (target === undefined) {
      const tally = new TargetTally(this.#rows.row(plan.row), this.#clock, this.#pool);
      target = new FleetTarget(plan, tally, nowNs);
      this.#targets[plan.row] = target;
    } else {
      this.#retire(target, nowNs);
      target.replan(plan, nowNs);
    }
    this.#heap.set(plan.row, target.nextNs(!this.#isStopping));
  }

  #remove(row: number, nowNs: number): void {
    const target = this.#targets[row]!;
    this.#retire(target, nowNs);
    this.#targets[row] = undefined;
    this.#heap.delete(row);
    this.#reporter.leave(row, target);
  }

  /** Replies to its session are recognized for a while, and not counted. */
  #retire(target: FleetTarget<FleetSide>, nowNs: number): void {
    const { place } = target;
    if (place === undefined) return;
    place.session.abandon(nowNs);
    target.place = undefined;
    this.#retired.push({ place, untilNs: nowNs + place.session.silentAfterNs });
  }

  /** About once a second. */
  #look(nowNs: number): void {
    this.#lookAtNs = nowNs + SECOND_NS;
    this.#clock.look(this.#hub.clocks());
    while (this.#cells.clockSteps < this.#clock.steps) this.#cells.addClockStep();
    this.#takeDrops();
    this.#forgetRetired(nowNs);
    this.#reporter.begin();
  }

  #endColumn(nowNs: number): void {
    this.#takeDrops();
    this.#clock.advance(nowNs);
  }

  #takeDrops(): void {
    for (const { side } of this.#sides.values()) {
      const datagrams = side.takeDrops();
      this.#cells.addDrops(side.ipVersion, datagrams);
      this.#clock.addDrops(side.ipVersion, datagrams);
    }
  }

  #forgetRetired(nowNs: number): void {
    const left: Retired[] = [];
    for (const retired of this.#retired) {
      const { place, untilNs } = retired;
      if (untilNs > nowNs) {
        left.push(retired);
        continue;
      }
      place.side.groups.leave(place.session);
      this.#sessions.delete(place.serial);
    }
    this.#retired = left;
  }

  #isAnyWaiting(): boolean {
    return this.#targets.some(
      (target) => (target?.place?.session.nextOutcomeNs ?? Infinity) < Infinity,
    );
  }
}

/** The sinks of the hub's sockets, which must exist before the hub and the prober. */
export class FleetSinks {
  /** By serial number. */
  readonly sessions = new Map<number, FleetSession>();
  readonly byVersion: ReadonlyMap<IpVersion, FleetSink>;

  constructor(cells: FleetCells) {
    this.byVersion = new Map([
      [4, new FleetSink(cells, this.sessions)],
      [6, new FleetSink(cells, this.sessions)],
    ]);
  }

  readonly sinkOf = (ipVersion: IpVersion): FleetSink => this.byVersion.get(ipVersion)!;
}

/** @returns `undefined` if the system does not know its interface any more */
function tryJoin(side: FleetSide, session: FleetSession): number | undefined {
  try {
    return side.groups.join(session);
  } catch {
    return undefined;
  }
}
