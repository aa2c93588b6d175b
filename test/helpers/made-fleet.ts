// A fleet under test: what it reports, and targets in few words.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { EngineName } from '../../src/socket/datagram-socket.ts';
import type { WatchColumn } from '../../src/watch/column.ts';
import { COUNT_NAMES, noCounts, type Counts } from '../../src/watch/counts.ts';
import type { Fleet } from '../../src/watch/fleet/fleet.ts';
import { openFleet } from '../../src/watch/fleet/open-fleet.ts';
import { decodeRttRows } from '../../src/watch/rtt-rows.ts';
import type { FleetMember, ProbeSettings, WatchTarget } from '../../src/watch/target.ts';
import type { WatchEvent } from '../../src/watch/watch-event.ts';
import { until } from './deadline.ts';

/** Fast enough for a quick test, and slow enough for a busy machine to answer in time. */
export const PROBE: ProbeSettings = {
  name: 'default',
  protocol: 'echo',
  intervalMs: 20,
  timeoutMs: 1000,
  payloadBytes: 64,
  dscp: undefined,
  flows: 1,
  key: undefined,
};

export interface MemberOptions extends Partial<ProbeSettings> {
  readonly address?: string | undefined;
  readonly port: number;
}

/** A target by its key, and its address. */
export function memberOf(key: string, { address, port, ...probe }: MemberOptions): FleetMember {
  const target: WatchTarget = {
    key,
    name: key,
    host: 'host.example',
    port,
    ipVersion: undefined,
    labels: {},
    probe: { ...PROBE, ...probe },
  };
  return { target, address: address === undefined ? undefined : { address, port } };
}

export class MadeFleet {
  readonly fleet: Fleet;
  readonly columns: WatchColumn[] = [];
  readonly events: WatchEvent[] = [];
  readonly failures: Error[] = [];

  /** The test ends it. */
  static async open(t: TestContext, engine: EngineName): Promise<MadeFleet> {
    const made = new Map<'it', MadeFleet>();
    const fleet = await openFleet({
      engine,
      handlers: {
        onColumns: (columns) => made.get('it')!.columns.push(...columns),
        onEvent: (event) => made.get('it')!.events.push(event),
        onFailure: (error) => made.get('it')!.failures.push(error),
      },
    });
    t.after(() => fleet[Symbol.asyncDispose]());
    const it = new MadeFleet(fleet);
    made.set('it', it);
    return it;
  }

  private constructor(fleet: Fleet) {
    this.fleet = fleet;
  }

  countsOf(key: string): Readonly<Counts> {
    const counters = this.fleet.countersOf(key);
    assert.ok(counters !== undefined, `${key} is not watched`);
    return counters.counts;
  }

  /** Resolves when a count of a target has reached so much. */
  async untilCount(key: string, name: keyof Counts, count: number): Promise<void> {
    await until(
      () => this.countsOf(key)[name] >= count,
      `${count} ${name} of ${key}, which has ${JSON.stringify(this.countsOf(key))}`,
    );
  }

  /** What its columns say of a target in all. Each is final, and none comes twice. */
  sumOf(key: string): Counts {
    const sum = noCounts();
    const columns = this.columns.filter((column) => column.key === key);
    assert.equal(new Set(columns.map(({ startMs }) => startMs)).size, columns.length);
    for (const column of columns) {
      assert.ok(column.isFinal);
      assert.equal(column.startMs % column.widthMs, 0);
      assert.equal(repliesIn(column), column.counts.received);
      for (const name of COUNT_NAMES) sum[name] += column.counts[name];
    }
    return sum;
  }
}

function repliesIn({ rttRows }: WatchColumn): number {
  return [...decodeRttRows(rttRows)!.values()].reduce((sum, count) => sum + count, 0);
}
