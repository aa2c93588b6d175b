// SPDX-License-Identifier: MIT
// Finds source ports that perform worse than the others by more than chance: if a network balances flows, one of
// several paths may be bad.

import type { StreamCounts } from '../session/session-result.ts';
import { differsFrom, type Losses } from './chance.ts';
import { exceedsRatioBy } from './ratios.ts';

/** A source port is an outlier if its loss ratio exceeds that of the others together by this much. */
const OUTLIER_LOSS = 0.05;

/** Minimum probes of a source port before it is judged. */
const OUTLIER_PROBES = 20;

/** Minimum unanswered probes of a source port before it counts as dead. */
const DEAD_PROBES = 5;

/** The source ports that lose clearly more than all others together. */
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

/** The source ports that got no reply, although others got so many that this is not chance. */
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
