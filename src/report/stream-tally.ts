// SPDX-License-Identifier: MIT
// What records contain about each source port.

import type { InTimeRecord, LateRecord, TimeoutRecord } from '../client/session/probe-record.ts';
import type { RecordFollower } from '../client/session/record-reducer.ts';
import type { StreamCounts } from '../client/session/session-result.ts';
import { lossRatio } from '../stats/loss.ts';
import { RunningMoments } from '../stats/running-moments.ts';

class Stream {
  readonly sourcePort: number;
  readonly rtt = new RunningMoments();
  lost = 0;
  late = 0;

  constructor(sourcePort: number) {
    this.sourcePort = sourcePort;
  }

  get counts(): StreamCounts {
    const { sourcePort, rtt, lost, late } = this;
    const received = rtt.count;
    const sent = received + lost + late;
    return {
      sourcePort,
      sent,
      received,
      lost,
      late,
      lossRatio: lossRatio(lost + late, sent),
      rttMeanNs: rtt.mean,
    };
  }
}

/** Every method throws a RangeError for a source port that does not exist. */
export class StreamTally implements RecordFollower {
  readonly #streams: readonly Stream[];

  constructor(sourcePorts: readonly number[]) {
    this.#streams = sourcePorts.map((port) => new Stream(port));
  }

  summary(): readonly StreamCounts[] {
    return this.#streams.map(({ counts }) => counts);
  }

  received({ stream, rttNs }: InTimeRecord): void {
    this.#at(stream).rtt.push(rttNs);
  }

  lost({ stream }: TimeoutRecord): void {
    this.#at(stream).lost++;
  }

  late({ stream }: LateRecord, _sentNs: number, wasLost: boolean): void {
    const tally = this.#at(stream);
    if (wasLost) tally.lost--;
    tally.late++;
  }

  #at(stream: number): Stream {
    const tally = this.#streams[stream];
    if (tally === undefined) throw new RangeError(`there is no source port ${stream}`);
    return tally;
  }
}
