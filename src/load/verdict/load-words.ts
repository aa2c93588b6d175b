// SPDX-License-Identifier: MIT
// The words for rates and losses of a load.

import { formatCount, formatRatio } from '../../quantities.ts';
import type { LoadTrial } from '../load-result.ts';

/** Below this a rate is shown with a tenth. */
const COARSE_PPS = 100;

/** `1,168`: rounded down, so that no more is claimed than what was measured. */
export function rateDown(pps: number): string {
  return formatCount(pps < COARSE_PPS ? Math.floor(pps * 10) / 10 : Math.floor(pps));
}

/** `1,190`: rounded up, so that no less is said to fail than what failed. */
export function rateUp(pps: number): string {
  return formatCount(pps < COARSE_PPS ? Math.ceil(pps * 10) / 10 : Math.ceil(pps));
}

/** `1,179`, to the nearest. */
export function rateNear(pps: number): string {
  return formatCount(pps < COARSE_PPS ? Math.round(pps * 10) / 10 : Math.round(pps));
}

/** Datagrams of a trial without a reply in time, whoever lost them. */
export function missedOf({ lost, late }: LoadTrial): number {
  return lost.path + (lost.receiveBuffer ?? 0) + late;
}

/** The share of a trial's datagrams that was lost on the path, or answered too late. */
export function pathLossRatio({ sent, lost, late }: LoadTrial): number {
  return sent === 0 ? 0 : (lost.path + late) / sent;
}

/** `on the way there`, if the protocol tells; otherwise `on the path`. */
export function placeOfLoss({ lost }: LoadTrial): string {
  const places = [
    [lost.forward, 'on the way there'],
    [lost.server, 'by the server'],
    [lost.backward, 'on the way back'],
  ] as const;
  const found = places.filter(([count]) => count !== null && count > 0);
  const [only] = found;
  if (only === undefined) return 'on the path';
  if (found.length === 1) return only[1];
  const shares = found.map(([count, where]) => `${formatCount(count!)} ${where}`);
  return `on the path (${shares.join(', ')})`;
}

/** `without loss`, or `with at most 2 % loss`. */
export function goalWords(maxLossRatio: number): string {
  return maxLossRatio === 0 ? 'without loss' : `with at most ${formatRatio(maxLossRatio)} loss`;
}
