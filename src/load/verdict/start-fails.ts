// SPDX-License-Identifier: MIT
// Says why even the lowest rate failed.

import { formatCount, formatNs, formatRatio } from '../../quantities.ts';
import type { LoadResult, LoadTrial } from '../load-result.ts';
import { goalWords, pathLossRatio, placeOfLoss, rateNear } from './load-words.ts';

/** `Even 100 datagrams/s of 64 octets did not pass without loss: 1 % was lost on the path.` */
export function startFails({ trials, config, idle }: Failed): string {
  const trial = lowestOf(trials);
  const size = `datagrams/s of ${formatCount(config.payloadBytes)} octets`;
  if (trial === undefined)
    return `Not even the lowest rate passed ${goalWords(config.maxLossRatio)}.`;
  const failed = `Even ${rateNear(trial.offeredPps)} ${size} did not pass ${goalWords(config.maxLossRatio)}`;
  return `${failed}: ${reasonOf(trial)}${idleWords(idle.lossRatio)}.`;
}

type Failed = Pick<LoadResult, 'trials' | 'config' | 'idle'>;

function lowestOf(trials: readonly LoadTrial[]): LoadTrial | undefined {
  return trials
    .filter(({ verdict }) => verdict !== 'low-loss')
    .toSorted((one, other) => one.offeredPps - other.offeredPps)[0];
}

function reasonOf(trial: LoadTrial): string {
  if (trial.verdict === 'growth') return `responses grew slower by ${formatNs(trial.growthNs)}`;
  if (trial.verdict === 'invalid') return 'this host could not offer it';
  return `${formatRatio(pathLossRatio(trial))} was lost ${placeOfLoss(trial)}`;
}

function idleWords(lossRatio: number | null): string {
  if (lossRatio === null || lossRatio === 0) return '';
  return `, and ${formatRatio(lossRatio)} without load`;
}
