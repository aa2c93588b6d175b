// SPDX-License-Identifier: MIT
// Source ports that fare worse than the others, by more than chance: where a network balances flows, one of several
// paths may be bad.

import type { StreamCounts } from '../session/session-result.ts';
import { differsFrom, type Losses } from './chance.ts';
import { exceedsRatioBy } from './ratios.ts';

/** A source port is an outlier where it loses this much more than the others, in sum ratio. */
const OUTLIER_LOSS = 0.05;

/** Probes a source port must have sent before it is judged. */
const OUTLIER_PROBES = 20;

/** Probes a source port must have sent in vain before it is called dead. */
const DEAD_PROBES = 5;

/** The source ports that lose clearly more than all the others together. */
export function outlierStreams(streams: readonly StreamCounts[]): readonly StreamCounts[] {
  if (streams.length < 2) return [];
  const dead = deadStreams(streams);
  return streams.filter((stream) => {
    if (dead.includes(stream)) return true;
    if (stream.sent < OUTLIER_PROBES) return false;
    const others = sumOf(streams.filter((other) => other !== stream));
    const own = sumOf([stream]);
    if (others.sent === 0) return false;
    if (!exceedsRatioBy([own.missed, own.sent], [others.missed, others.sent], OUTLIER_LOSS)) {
      return false;
    }
    return differsFrom(own, others, streams.length);
  });
}

/** The source ports that nothing came back to, although others heard so much that it is no chance. */
export function deadStreams(streams: readonly StreamCounts[]): readonly StreamCounts[] {
  const alive = sumOf(streams.filter(({ received }) => received > 0));
  if (alive.sent === 0) return [];
  return streams.filter(
    (stream) =>
      stream.received === 0 &&
      stream.sent >= DEAD_PROBES &&
      differsFrom(sumOf([stream]), alive, streams.length),
  );
}

export function sumOf(streams: readonly StreamCounts[]): Losses {
  return {
    sent: streams.reduce((sum, stream) => sum + stream.sent, 0),
    missed: streams.reduce((sum, { lost, late }) => sum + lost + late, 0),
  };
}
