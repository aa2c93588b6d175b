// SPDX-License-Identifier: MIT
// A fleet in the main thread: determines what changes, assigns each target a row of counters, and reads the counters.

import { isIPv4 } from 'node:net';
import { createError } from '../../errors.ts';
import type { EngineName } from '../../socket/datagram-socket.ts';
import type { WatchColumn } from '../column.ts';
import type { RttRows } from '../rtt-rows.ts';
import type { FleetMember, ProbeSettings } from '../target.ts';
import type { Changes, FleetEngine } from './fleet-engine.ts';
import { unpackColumns, type PackedColumns } from './column-packer.ts';
import type { Fleet, FleetCounters, FleetHandlers, TargetCounters } from './fleet.ts';
import type { FromProber, PortsWanted, TargetPlan } from './fleet-messages.ts';
import { CounterRows, newCounterBlock, readRow, type FleetCells } from './shared-counters.ts';
import { phaseOf } from './slots.ts';

interface Row {
  readonly row: number;
  readonly cells: Float64Array;
  plan: TargetPlan;
}

export class WatchFleet implements Fleet {
  readonly engine: EngineName;
  readonly engineReason: string | null;
  readonly #engine: FleetEngine;
  readonly #cells: FleetCells;
  readonly #handlers: FleetHandlers;
  readonly #rows = new CounterRows();
  readonly #byKey = new Map<string, Row>();
  /** Keys by row, including removed targets that may still have columns to report. */
  readonly #keys: (string | undefined)[] = [];
  readonly #freeRows: number[] = [];
  readonly #askers = new Map<number, (columns: readonly WatchColumn[]) => void>();
  #questions = 0;
  #isStopping = false;
  #isOver = false;
  readonly #stopped: Promise<void>;
  #tellStopped: () => void = () => undefined;

  /** @param engine  its messages go to `take` from now on */
  constructor(
    engine: FleetEngine,
    cells: FleetCells,
    handlers: FleetHandlers,
    fallbackReason: string | null,
  ) {
    this.engine = engine.engine;
    this.engineReason = joined(fallbackReason, engine.remark);
    this.#engine = engine;
    this.#cells = cells;
    this.#handlers = handlers;
    this.#stopped = new Promise((resolve) => {
      this.#tellStopped = resolve;
    });
  }

  get counters(): FleetCounters {
    return this.#cells.read();
  }

  /** The distribution behind the percentiles of `counters`, for a benchmark that measures part of a run. */
  get sendErrorRows(): RttRows {
    return this.#cells.sendErrorRows();
  }

  set(members: readonly FleetMember[]): void {
    if (this.#isStopping || this.#isOver) return;
    if (this.engine === 'portable') refuseDscp(members);
    const kept = new Set(members.map(({ target }) => target.key));
    const removed = this.#removeOthers(kept);
    const blocks: Float64Array[] = [];
    const plans: TargetPlan[] = [];
    for (const member of members) {
      const plan = this.#planOf(member, blocks);
      if (plan !== undefined) plans.push(plan);
    }
    const changes: Changes = { blocks, removed, plans };
    this.#engine.change(changes, portsFor(members));
  }

  countersOf(key: string): TargetCounters | undefined {
    const known = this.#byKey.get(key);
    return known === undefined ? undefined : readRow(known.cells);
  }

  openColumns(): Promise<readonly WatchColumn[]> {
    if (this.#isOver) return Promise.resolve([]);
    const id = ++this.#questions;
    this.#engine.ask(id);
    return new Promise((resolve) => {
      this.#askers.set(id, resolve);
    });
  }

  async stop(): Promise<void> {
    if (!this.#isOver && !this.#isStopping) {
      this.#isStopping = true;
      this.#engine.stop();
    }
    await this.#stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    await this.#engine[Symbol.asyncDispose]();
  }

  /** Handles a message from the prober. */
  take(message: FromProber): void {
    switch (message.type) {
      case 'ready':
        return;
      case 'columns':
        this.#handlers.onColumns(this.#unpack(message.columns));
        return;
      case 'answer':
        this.#askers.get(message.id)?.(this.#unpack(message.columns));
        this.#askers.delete(message.id);
        return;
      case 'event':
        this.#handlers.onEvent(message.event);
        return;
      case 'freed':
        for (const row of message.rows) this.#free(row);
        return;
      case 'stopped':
        this.#end();
    }
  }

  /** The prober ended by itself. */
  fail(error: Error): void {
    if (this.#isOver) return;
    this.#end();
    this.#handlers.onFailure(error);
  }

  #end(): void {
    this.#isOver = true;
    for (const answer of this.#askers.values()) answer([]);
    this.#askers.clear();
    this.#tellStopped();
  }

  #unpack(columns: PackedColumns): readonly WatchColumn[] {
    return unpackColumns(columns, (row) => this.#keys[row]);
  }

  #removeOthers(kept: ReadonlySet<string>): readonly number[] {
    const removed: number[] = [];
    for (const [key, { row }] of this.#byKey) {
      if (kept.has(key)) continue;
      this.#byKey.delete(key);
      removed.push(row);
    }
    return removed;
  }

  /** @returns `undefined` if nothing changes for it */
  #planOf({ target, address }: FleetMember, blocks: Float64Array[]): TargetPlan | undefined {
    const { key, probe: settings } = target;
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      const plan = { ...known.plan, settings, address };
      if (isSamePlan(plan, known.plan)) return undefined;
      known.plan = plan;
      return plan;
    }
    const row = this.#takeRow(blocks);
    const plan = { row, phase: phaseOf(key), settings, address };
    this.#byKey.set(key, { row, cells: this.#rows.row(row), plan });
    this.#keys[row] = key;
    return plan;
  }

  #takeRow(blocks: Float64Array[]): number {
    const free = this.#freeRows.pop();
    if (free !== undefined) return free;
    const row = this.#keys.length;
    this.#keys.push(undefined);
    if (row < this.#rows.capacity) return row;
    const block = newCounterBlock();
    this.#rows.addBlock(block);
    blocks.push(block);
    return row;
  }

  /** The prober no longer writes to the row, so the next target starts from zeros. */
  #free(row: number): void {
    this.#rows.row(row).fill(0);
    this.#keys[row] = undefined;
    this.#freeRows.push(row);
  }
}

function joined(...texts: readonly (string | null)[]): string | null {
  const known = texts.filter((text) => text !== null);
  return known.length === 0 ? null : known.join('; ');
}

function refuseDscp(members: readonly FleetMember[]): void {
  if (members.every(({ target }) => target.probe.dscp === undefined)) return;
  const reason = 'the portable engine can’t set it';
  throw createError('ECHOGRAM_ERR_NEEDS_LINUX', { option: 'dscp', reason });
}

/** As many ports for each IP version as the target with the most flows has. */
function portsFor(members: readonly FleetMember[]): readonly PortsWanted[] {
  const wanted = new Map<4 | 6, number>();
  for (const { target, address } of members) {
    if (address === undefined) continue;
    const ipVersion = isIPv4(address.address) ? 4 : 6;
    wanted.set(ipVersion, Math.max(wanted.get(ipVersion) ?? 0, target.probe.flows));
  }
  return [...wanted].map(([ipVersion, ports]) => ({ ipVersion, ports }));
}

function isSamePlan(one: TargetPlan, other: TargetPlan): boolean {
  return (
    one.address?.address === other.address?.address &&
    one.address?.port === other.address?.port &&
    isSameProbe(one.settings, other.settings)
  );
}

/** Compares all but the name, which does not affect probes. */
function isSameProbe(one: ProbeSettings, other: ProbeSettings): boolean {
  return (
    one.protocol === other.protocol &&
    one.intervalMs === other.intervalMs &&
    one.timeoutMs === other.timeoutMs &&
    one.payloadBytes === other.payloadBytes &&
    one.dscp === other.dscp &&
    one.flows === other.flows &&
    isSameKey(one.key, other.key)
  );
}

function isSameKey(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Buffer.compare(one, other) === 0;
}
