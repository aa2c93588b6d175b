// SPDX-License-Identifier: MIT
// The matrix of a mesh as one node knows it: its own row.

import type { NodeIdentity } from '../http/node-identity.ts';
import { mergeColumns, type WatchColumn } from '../watch/column.ts';
import { sentOf } from '../watch/counts.ts';
import { decodeRttRows, percentileOfRows, type RttRows } from '../watch/rtt-rows.ts';
import type { WatchTarget } from '../watch/target.ts';
import type { TargetStatus, WatchView } from '../watch/watch-view.ts';
import type { ApiCell, ApiMatrix } from './watch-api.ts';

/** The stretch that a cell is about. */
const STRETCH_MS = 60_000;

/** The widest column that the history keeps: so long before a moment may the one begin that holds it. */
const WIDEST_MS = 3_600_000;

type Numbers = Pick<ApiCell, 'lossRatio' | 'p50Ns' | 'p99Ns' | 'measuredAtMs'>;

/** @param atMs  the moment that is asked for; now without one */
export async function ownRow(
  watch: WatchView,
  node: NodeIdentity,
  atMs: number | undefined,
): Promise<ApiMatrix> {
  const nowMs = Date.now();
  const numbers = atMs === undefined ? numbersNow(watch, nowMs) : await numbersAt(watch, atMs);
  const peers = watch.targets.filter(({ name }) => name !== node.name);
  const cells = new Map<string, ApiCell>();
  for (const { key, name } of peers) {
    const cell = { from: node.name, to: name, key, ...(numbers.get(key) ?? NOTHING) };
    const other = cells.get(name);
    // Of several ways to one node the worst counts.
    if (other === undefined || lossOf(cell) > lossOf(other)) cells.set(name, cell);
  }
  const nodes = new Map([[node.name, node.zone], ...peers.map(nodeOf)]);
  return {
    atMs: atMs ?? nowMs,
    source: 'own row',
    error: null,
    nodes: [...nodes].map(([name, zone]) => ({ name, zone })),
    cells: [...cells.values()],
  };
}

const NOTHING: Numbers = { lossRatio: null, p50Ns: null, p99Ns: null, measuredAtMs: null };

function lossOf({ lossRatio }: ApiCell): number {
  return lossRatio ?? -1;
}

/** The zone of a peer is a label, as discovery gives it. */
function nodeOf({ name, labels }: WatchTarget): [string, string | null] {
  return [name, labels['zone'] ?? null];
}

function numbersNow({ board }: WatchView, nowMs: number): ReadonlyMap<string, Numbers> {
  return new Map(board.statuses.map((status) => [status.target.key, ofStatus(status, nowMs)]));
}

function ofStatus({ state, window }: TargetStatus, nowMs: number): Numbers {
  const { lossRatio, p50Ns, p99Ns } = window;
  return { lossRatio, p50Ns, p99Ns, measuredAtMs: state.code === 'STALE' ? null : nowMs };
}

async function numbersAt(watch: WatchView, atMs: number): Promise<ReadonlyMap<string, Numbers>> {
  const { columns } = await watch.history.columns({
    keys: watch.targets.map(({ key }) => key),
    fromMs: atMs - WIDEST_MS,
    toMs: atMs,
    mostColumns: WIDEST_MS / 10_000,
  });
  const byKey = new Map<string, WatchColumn[]>();
  for (const column of columns) byKey.set(column.key, [...(byKey.get(column.key) ?? []), column]);
  return new Map([...byKey].map(([key, ofTarget]) => [key, ofColumns(ofTarget)]));
}

/** @param columns  of one target by time, at least one */
function ofColumns(columns: readonly WatchColumn[]): Numbers {
  const last = columns.at(-1)!;
  const endMs = last.startMs + last.widthMs;
  const latest = columns.filter(({ startMs, widthMs }) => startMs + widthMs > endMs - STRETCH_MS);
  const { counts, rttRows } = mergeColumns(latest, latest[0]!.startMs, endMs - latest[0]!.startMs);
  const rows: RttRows = decodeRttRows(rttRows) ?? new Map<number, number>();
  const sent = sentOf(counts);
  return {
    lossRatio: sent === 0 ? null : (counts.lost + counts.late) / sent,
    p50Ns: percentileOfRows(rows, 50),
    p99Ns: percentileOfRows(rows, 99),
    measuredAtMs: endMs,
  };
}
