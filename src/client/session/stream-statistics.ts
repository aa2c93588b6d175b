// SPDX-License-Identifier: MIT
// The statistics of each source port.

import { lossRatio } from '../../stats/loss.ts';
import { Reordering } from '../../stats/reordering.ts';
import { RunningMoments } from '../../stats/running-moments.ts';
import type { StreamCounts } from './session-result.ts';

export class StreamStatistics {
  readonly rtt = new RunningMoments();
  readonly reordering = new Reordering();
  sent = 0;
  lost = 0;
  late = 0;

  counts(sourcePort: number): StreamCounts {
    const { sent, lost, late } = this;
    return {
      sourcePort,
      sent,
      received: sent - lost - late,
      lost,
      late,
      lossRatio: lossRatio(lost + late, sent),
      rttMeanNs: this.rtt.mean,
    };
  }
}
