// The prober over a simulated hub, and the main thread's part of it: targets by their keys.

import assert from 'node:assert/strict';
import type { WatchColumn } from '../../src/watch/column.ts';
import { COUNT_NAMES, noCounts, type Counts } from '../../src/watch/counts.ts';
import type { FleetEngine } from '../../src/watch/fleet/fleet-engine.ts';
import type { FromProber } from '../../src/watch/fleet/fleet-messages.ts';
import { FleetProber, FleetSinks } from '../../src/watch/fleet/fleet-prober.ts';
import { FleetCells } from '../../src/watch/fleet/shared-counters.ts';
import { WatchFleet } from '../../src/watch/fleet/watch-fleet.ts';
import type { WatchEvent } from '../../src/watch/watch-event.ts';
import { SimulatedHub } from './simulated-hub.ts';

export class SimulatedFleet {
  readonly cells = new FleetCells();
  readonly hub: SimulatedHub;
  readonly prober: FleetProber;
  readonly fleet: WatchFleet;
  readonly columns: WatchColumn[] = [];
  readonly events: WatchEvent[] = [];
  /** How many messages with columns came. */
  messages = 0;

  constructor() {
    const sinks = new FleetSinks(this.cells);
    this.hub = new SimulatedHub(sinks.sinkOf(4));
    const post = (message: FromProber): void => {
      if (message.type === 'columns') this.messages++;
      this.fleet.take(message);
    };
    this.prober = new FleetProber({ hub: this.hub, cells: this.cells, post }, sinks);
    const engine: FleetEngine = {
      engine: 'linux',
      remark: null,
      change: (changes) => {
        this.prober.change({ type: 'change', ...changes, sockets: [], wanted: [] });
      },
      ask: (id) => {
        this.prober.ask(id);
      },
      stop: () => {
        this.prober.stop();
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const handlers = {
      onColumns: (columns: readonly WatchColumn[]) => this.columns.push(...columns),
      onEvent: (event: WatchEvent) => this.events.push(event),
      onFailure: (error: Error): never => {
        throw error;
      },
    };
    this.fleet = new WatchFleet(engine, this.cells, handlers, null);
  }

  /** Time passes, in turns at the moments at which something is to be done or comes. */
  runUntil(atNs: number): void {
    const { hub, prober } = this;
    for (;;) {
      const nextNs = Math.min(prober.nextNs, hub.nextComingNs);
      if (nextNs > atNs) break;
      hub.nowNs = Math.max(hub.nowNs, nextNs);
      prober.turn();
    }
    hub.nowNs = atNs;
    prober.turn();
  }

  /** Sends no more, and waits until all is reported. */
  stop(): void {
    void this.fleet.stop();
    while (this.prober.turn()) {
      this.hub.nowNs = Math.min(this.prober.nextNs, this.hub.nextComingNs);
    }
  }

  countsOf(key: string): Readonly<Counts> {
    return this.fleet.countersOf(key)!.counts;
  }

  /** What the final columns of a target say in all. */
  sumOf(key: string): Counts {
    const sum = noCounts();
    for (const column of this.columns) {
      if (column.key !== key) continue;
      assert.ok(column.isFinal);
      for (const name of COUNT_NAMES) sum[name] += column.counts[name];
    }
    return sum;
  }
}
