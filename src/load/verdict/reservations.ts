// SPDX-License-Identifier: MIT
// Sentences that qualify the verdict: loss without load, trials that this host spoilt, and a profile that is missing.

import { countOf, formatRatio } from '../../quantities.ts';
import type { LoadResult } from '../load-result.ts';

type Qualified = Pick<LoadResult, 'idle' | 'trials' | 'throughput' | 'config' | 'target'>;

/** From this share of loss on, the path is not well even without load. */
const IDLE_LOSS = 0.01;

export function reservations(measured: Qualified): (string | undefined)[] {
  return [idleLoss(measured), spoilt(measured), receiveDrops(measured)];
}

function idleLoss({ idle, throughput }: Qualified): string | undefined {
  const { lossRatio } = idle;
  if (lossRatio === null || lossRatio <= IDLE_LOSS || throughput.reason === 'start-fails') {
    return undefined;
  }
  if (lossRatio === 1) return undefined;
  return `Without load, ${formatRatio(lossRatio)} of the probes were lost already.`;
}

function spoilt({ trials }: Qualified): string | undefined {
  const invalid = trials.filter(({ verdict }) => verdict === 'invalid').length;
  if (invalid === 0) return undefined;
  const say = invalid === 1 ? 'says' : 'say';
  return `${countOf(invalid, 'trial')} ${say} nothing about the path, because this host could not offer the rate or dropped datagrams itself.`;
}

function receiveDrops({ trials }: Qualified): string | undefined {
  const drops = trials.reduce((sum, { lost }) => sum + (lost.receiveBuffer ?? 0), 0);
  if (drops === 0) return undefined;
  return `This host dropped ${countOf(drops, 'reply', 'replies')} because its receive buffer was full.`;
}
