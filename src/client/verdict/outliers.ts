// SPDX-License-Identifier: MIT
// Source ports that fare worse than the others: where a network balances flows, one of several paths is bad.

import type { StreamCounts } from '../session/session-result.ts';
import { isNoChance } from './chance.ts';
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
    const others = othersOf(streams, stream);
    return others.sent > 0 && exceedsRatioBy(ofStream(stream), ofStream(others), OUTLIER_LOSS);
  });
}

/** The source ports that nothing came back to, although others heard so much that it is no chance. */
export function deadStreams(streams: readonly StreamCounts[]): readonly StreamCounts[] {
  const alive = streams.filter(({ received }) => received > 0);
  const { sent, missed } = sumOf(alive);
  return streams.filter(
    (stream) =>
      stream.received === 0 && stream.sent >= DEAD_PROBES && isNoChance(missed, sent, stream.sent),
  );
}

interface Sum {
  readonly sent: number;
  readonly missed: number;
}

function sumOf(streams: readonly StreamCounts[]): Sum {
  return {
    sent: streams.reduce((sum, stream) => sum + stream.sent, 0),
    missed: streams.reduce((sum, { lost, late }) => sum + lost + late, 0),
  };
}

function othersOf(streams: readonly StreamCounts[], stream: StreamCounts): Sum {
  return sumOf(streams.filter((other) => other !== stream));
}

function ofStream(stream: Sum | StreamCounts): readonly [missed: number, sent: number] {
  return ['missed' in stream ? stream.missed : stream.lost + stream.late, stream.sent];
}
