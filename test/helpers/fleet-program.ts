// A program: a fleet, wherever it is started, such as a network namespace. Each line of its input is a JSON object that
// says what to do, and each line of its output what there is to tell then. It ends after a stop.

import { createInterface } from 'node:readline';
import { COUNT_NAMES, noCounts, type Counts } from '../../src/watch/counts.ts';
import type { FleetCounters } from '../../src/watch/fleet/fleet.ts';
import { openFleet } from '../../src/watch/fleet/open-fleet.ts';
import type { WatchEventKind } from '../../src/watch/watch-event.ts';
import { memberOf, type MemberOptions } from './made-fleet.ts';

export type Order =
  { readonly set: Readonly<Record<string, MemberOptions>> } | { readonly do: 'tell' | 'stop' };

export interface FleetReport {
  /** By the key of those that are watched. */
  readonly counts: Readonly<Record<string, Counts>>;
  /** Sums of their final columns. */
  readonly columns: Readonly<Record<string, Counts>>;
  readonly counters: FleetCounters;
  readonly events: readonly WatchEventKind[];
  readonly residentBytes: number;
}

const columns: Record<string, Counts> = {};
const events: WatchEventKind[] = [];
let keys: readonly string[] = [];

const fleet = await openFleet({
  engine: process.argv[2] === 'portable' ? 'portable' : 'linux',
  handlers: {
    onColumns: (some) => {
      for (const { key, counts } of some) {
        const sum = (columns[key] ??= noCounts());
        for (const name of COUNT_NAMES) sum[name] += counts[name];
      }
    },
    onEvent: ({ kind }) => events.push(kind),
    onFailure: (error) => {
      throw error;
    },
  },
});

function tell(): void {
  const report: FleetReport = {
    counts: Object.fromEntries(keys.map((key) => [key, fleet.countersOf(key)!.counts])),
    columns: Object.fromEntries(keys.map((key) => [key, columns[key] ?? noCounts()])),
    counters: fleet.counters,
    events,
    residentBytes: process.memoryUsage.rss(),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

tell();
for await (const line of createInterface(process.stdin)) {
  const order = JSON.parse(line) as Order;
  if ('set' in order) {
    keys = Object.keys(order.set);
    fleet.set(Object.entries(order.set).map(([key, options]) => memberOf(key, options)));
    continue;
  }
  if (order.do === 'stop') await fleet.stop();
  tell();
  if (order.do === 'stop') break;
}
await fleet[Symbol.asyncDispose]();
process.exit();
