// SPDX-License-Identifier: MIT
// Says what limits the rate, once the bracket is as narrow as asked.

import { formatCount, formatNs, formatRatio } from '../../quantities.ts';
import type { LoadResult, LoadTrial } from '../load-result.ts';
import { goalWords, pathLossRatio, placeOfLoss, rateDown, rateNear, rateUp } from './load-words.ts';

type Limited = Pick<LoadResult, 'throughput' | 'limit' | 'config' | 'trials'>;

/** `1,168 datagrams/s of 64 octets without loss; above, a queue of 84.8 ms fills, then 6 % is lost …` */
export function headlineOfLimit(measured: Limited): string {
  const { throughput, config } = measured;
  const size = `datagrams/s of ${formatCount(config.payloadBytes)} octets`;
  const passed = `${rateDown(throughput.lowerPps ?? 0)} ${size} ${goalWords(config.maxLossRatio)}`;
  return `${passed}; ${aboveIt(measured)}.`;
}

/** What happens above the rate. */
function aboveIt(measured: Limited): string {
  const { limit, throughput } = measured;
  switch (limit.kind) {
    case 'queue':
      return queueWords(measured);
    case 'policer':
      return `above, datagrams are dropped without a queue: ${policerWords(measured)}`;
    case 'host':
      return 'above, this host itself drops datagrams, so the path may carry more';
    case 'server':
      return `above, the server drops datagrams${lossWords(measured, 'by the server')}`;
    default: {
      const upper = throughput.upperPps;
      const beyond = upper === null ? 'what limits it' : `what limits it at ${rateUp(upper)}/s`;
      return `${beyond} can't be told${lossWords(measured)}`;
    }
  }
}

function queueWords(measured: Limited): string {
  const { queueNs, queueIsFull } = measured.limit;
  const trial = overflowOf(measured.trials);
  if (queueNs === null) return 'above, a queue builds up';
  if (queueIsFull !== true) return `above, a queue builds up, of at least ${formatNs(queueNs)}`;
  const fills = `above, a queue of ${formatNs(queueNs)} fills`;
  if (trial === undefined) return `${fills}, and then datagrams are lost`;
  const { offeredPps } = trial;
  const share = formatRatio(pathLossRatio(trial));
  return `${fills}, then ${share} is lost ${placeOfLoss(trial)} at ${rateNear(offeredPps)}/s`;
}

function policerWords({ limit }: Limited): string {
  const { policerPps, policerBurst } = limit;
  if (policerPps === null) return 'a rate limit';
  const bursts = policerBurst === null ? '' : ` with bursts of ${formatCount(policerBurst)}`;
  return `limited to ${rateNear(policerPps)}/s${bursts}`;
}

/** `: 6 % on the path at 1,254/s` */
function lossWords({ trials }: Limited, place?: string): string {
  const trial = overflowOf(trials);
  if (trial === undefined) return '';
  const where = place ?? placeOfLoss(trial);
  return `: ${formatRatio(pathLossRatio(trial))} is lost ${where} at ${rateNear(trial.offeredPps)}/s`;
}

/** The lowest load that lost datagrams. */
function overflowOf(trials: readonly LoadTrial[]): LoadTrial | undefined {
  return trials
    .filter(({ verdict }) => verdict === 'high-loss' || verdict === 'cut')
    .filter((trial) => pathLossRatio(trial) > 0)
    .toSorted((one, other) => one.offeredPps - other.offeredPps)[0];
}

/** The limits of echogram's own server for each source: datagrams per second, and at once. */
const OWN_PPS = 1000;
const OWN_BURST = 200;

/** As far as a measured limit of our own server may be from what it is set to. */
const TOLERANCE = 0.05;

/** A policer lets a burst through once, so a short trial passes above its rate. */
export function policerNote({ limit, throughput }: Limited): string | undefined {
  const { policerPps, policerBurst } = limit;
  if (policerPps === null) return undefined;
  if (isNear(policerPps, OWN_PPS) && policerBurst !== null && isNear(policerBurst, OWN_BURST)) {
    return 'These are the limits that an echogram server has for each source by default: on your own server, `serve --limit 0` removes them.';
  }
  if (throughput.lowerPps === null || throughput.lowerPps <= policerPps) return undefined;
  return 'A short trial passes above that limit, because the burst is permitted once.';
}

function isNear(measured: number, set: number): boolean {
  return Math.abs(measured - set) <= TOLERANCE * set;
}
