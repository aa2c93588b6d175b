// Targets and columns of a watch, made for a test.

import { rowOf } from '../../src/stats/echogram.ts';
import type { WatchColumn } from '../../src/watch/column.ts';
import { noCounts, type Counts } from '../../src/watch/counts.ts';
import { encodeRttRows } from '../../src/watch/rtt-rows.ts';
import type { FleetMember, ProbeSettings, WatchTarget } from '../../src/watch/target.ts';

/** A probe a second, which is late after a second. */
const MADE_PROBE: ProbeSettings = {
  name: 'default',
  protocol: 'echo',
  intervalMs: 1000,
  timeoutMs: 1000,
  payloadBytes: 64,
  dscp: undefined,
  flows: 1,
  key: undefined,
};

export function madeTarget(name: string, probe: Partial<ProbeSettings> = {}): WatchTarget {
  const settings = { ...MADE_PROBE, ...probe };
  return {
    key: `${name} ${settings.name}`,
    name,
    host: `${name}.example.net`,
    port: 7,
    ipVersion: undefined,
    labels: {},
    probe: settings,
  };
}

export function madeMember(target: WatchTarget, address = '192.0.2.7'): FleetMember {
  return { target, address: { address, port: target.port } };
}

interface Made extends Partial<Counts> {
  readonly hostDropped?: number | null;
  readonly isFinal?: boolean;
  /** Of each reply in time; as many as `received`. */
  readonly rttNs?: number;
}

/** Every reply takes as long: 100 µs, if nothing else is said. */
export function madeColumn(
  key: string,
  startMs: number,
  { hostDropped = 0, isFinal = true, rttNs = 100_000, ...given }: Made,
): WatchColumn {
  const counts = { ...noCounts(), ...given };
  const { received } = counts;
  return {
    key,
    startMs,
    widthMs: 10_000,
    counts,
    rttNs: received === 0 ? null : { min: rttNs, max: rttNs, sum: rttNs * received },
    rttRows: encodeRttRows(received === 0 ? new Map() : new Map([[rowOf(rttNs), received]])),
    hostDropped,
    isFinal,
  };
}
