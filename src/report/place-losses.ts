// SPDX-License-Identifier: MIT
// Places the losses of a measurement, whose causes are known as totals, in the columns of its picture.

import type { LossCause, LossPart } from '../client/verdict/loss-parts.ts';
import type { EchogramSummary } from '../stats/echogram.ts';

/** Why probes got no reply in time, from the bottom of a bar to its top; `late` means after the timeout. */
export const LOSS_CAUSES = [
  'path',
  'forward',
  'backward',
  'otherEnd',
  'thisHost',
  'icmpErrors',
  'unusable',
  'late',
] as const satisfies readonly (LossCause | 'late')[];

/** A cause of a loss, as it is drawn. */
export type DrawnCause = (typeof LOSS_CAUSES)[number];

export interface PlacedLosses {
  /** Each probe without a reply in time, under one cause; the counts are those of the verdict. */
  readonly losses: Readonly<Record<DrawnCause, readonly number[]>>;
  /** Causes for which the time is unknown, at least in part: each column has its share. */
  readonly evenly: readonly LossCause[];
}

/**
 * An ICMP error names its probe. A datagram that this host dropped, or that arrived unusable, does not: it explains
 * losses of its own column, then of earlier ones, as far back as a reply may be delayed. Causes without any time are
 * distributed over the columns by their shares of the losses. The remaining losses belong to the last part.
 */
export function placeLosses(
  echogram: EchogramSummary,
  parts: readonly LossPart[],
  reach: number,
): PlacedLosses {
  const { lost, late, icmpErrors, hostDropped, corrupted } = echogram;
  const open = [...lost];
  const [dropped, came] = [[...hostDropped], [...corrupted]];
  /** The columns in which each cause was noticed; a drop may turn out to be a damaged datagram. */
  const noticed: Partial<Record<LossCause, readonly number[][]>> = {
    thisHost: [dropped],
    unusable: [came, dropped],
  };
  const counts = countsByCause(parts);
  const rest = parts.at(-1)?.cause ?? 'path';
  const nothing = (): number[] => lost.map(() => 0);
  const placed = Object.fromEntries(LOSS_CAUSES.map((cause) => [cause, nothing()])) as Record<
    DrawnCause,
    number[]
  >;
  const evenly: LossCause[] = [];
  for (const cause of PLACED_FIRST) {
    const left = { count: counts.get(cause) ?? 0 };
    if (cause === rest || left.count === 0) continue;
    if (cause === 'icmpErrors') addTo(placed[cause], takeBack(open, [...icmpErrors], left, 0));
    for (const events of noticed[cause] ?? []) {
      addTo(placed[cause], takeBack(open, events, left, reach));
    }
    if (left.count > 0) evenly.push(cause);
    addTo(placed[cause], takeEvenly(open, left.count));
  }
  addTo(placed[rest], open);
  return { losses: { ...placed, late }, evenly };
}

/** Causes that name their probes come before those that don't. */
const PLACED_FIRST: readonly LossCause[] = [
  'icmpErrors',
  'thisHost',
  'unusable',
  'forward',
  'backward',
  'otherEnd',
];

function countsByCause(parts: readonly LossPart[]): ReadonlyMap<LossCause, number> {
  const counts = new Map<LossCause, number>();
  for (const { cause, count } of parts) counts.set(cause, (counts.get(cause) ?? 0) + count);
  return counts;
}

function addTo(sums: number[], counts: readonly number[]): void {
  for (const [at, count] of counts.entries()) sums[at]! += count;
}

/**
 * Assigns each event to the nearest column with losses left, its own or an earlier one.
 *
 * @param open    losses left in each column; reduced
 * @param events  reduced by those that explained a loss
 * @param left    how many to assign; reduced
 */
function takeBack(
  open: number[],
  events: number[],
  left: { count: number },
  reach: number,
): readonly number[] {
  const taken = open.map(() => 0);
  for (const column of events.keys()) {
    const first = Math.max(0, column - reach);
    for (let from = column; from >= first && events[column]! > 0; from--) {
      const part = Math.min(events[column]!, open[from]!, left.count);
      open[from]! -= part;
      taken[from]! += part;
      events[column]! -= part;
      left.count -= part;
    }
  }
  return taken;
}

/** Assigns `count` losses, to each column its share of those left. @param open  reduced */
function takeEvenly(open: number[], count: number): readonly number[] {
  const all = open.reduce((sum, one) => sum + one, 0);
  let [reached, done] = [0, 0];
  return open.map((one, column) => {
    reached += one;
    const upTo = all === 0 ? 0 : Math.floor((reached * Math.min(count, all)) / all);
    const part = upTo - done;
    done = upTo;
    open[column]! -= part;
    return part;
  });
}
