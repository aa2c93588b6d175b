// SPDX-License-Identifier: MIT
// What a session counts if the other end numbers and timestamps its replies: each direction separately, how long the
// other end kept a probe, and how far its clock can be trusted.

import { clockOffset } from '../../stats/clock-offset.ts';
import {
  DirectionCounts,
  NOTHING,
  type DirectionCountsSummary,
} from '../../stats/direction-counts.ts';
import { Distribution } from '../../stats/distribution.ts';
import { Histogram } from '../../stats/histogram.ts';
import { OneWayDelay } from '../../stats/one-way-delay.ts';
import type { ReflectingProtocol } from '../protocols/probe-protocol.ts';
import type { Observation } from './observation.ts';
import type { DirectionResult, ReflectorResult, SessionResult } from './session-result.ts';

/** The part of a result that is about directions. */
export type ReflectionSummary = Pick<SessionResult, 'forward' | 'backward' | 'reflector'>;

/** The summary for a plain echo, which reveals nothing about directions. */
export const NO_REFLECTION: ReflectionSummary = { forward: null, backward: null, reflector: null };

/**
 * Minimum probes to remember per counter: some of a port's probes may overtake others, however many ports there are.
 */
const LEAST_REMEMBERED = 64;

/** Its times are nanoseconds since the session's start. */
export class ReflectionStatistics {
  readonly #protocol: ReflectingProtocol;
  readonly #streams: number;
  readonly #capacity: number;
  readonly #counts: readonly DirectionCounts[];
  readonly #forward: OneWayDelay;
  readonly #backward: OneWayDelay;
  readonly #residence = new Distribution(new Histogram());
  /** The times of each answered probe, until it is settled. */
  readonly #forwardNs: Float64Array;
  readonly #backwardNs: Float64Array;
  #hasReplies = false;
  #areCopies = true;
  #unaltered = 0;
  #unauthenticated = 0;
  #unusableStamps = 0;
  #areSynchronised = true;
  #clockErrorNs = 0;

  /** @param capacity  number of probes to remember */
  constructor(protocol: ReflectingProtocol, streams: number, capacity: number) {
    this.#protocol = protocol;
    this.#streams = streams;
    this.#capacity = capacity;
    const counters = protocol.countsEachPort ? streams : 1;
    const remembered = Math.max(LEAST_REMEMBERED, Math.ceil(capacity / counters));
    const streamsOfEach = streams / counters;
    this.#counts = Array.from(
      { length: counters },
      () => new DirectionCounts(remembered, streamsOfEach),
    );
    this.#forward = new OneWayDelay(streams);
    this.#backward = new OneWayDelay(streams);
    this.#forwardNs = new Float64Array(capacity);
    this.#backwardNs = new Float64Array(capacity);
  }

  /** Counts a received datagram. A late reply is counted after its probe was settled as lost. */
  add(seen: Observation): void {
    switch (seen.kind) {
      case 'reply':
        this.#addReply(seen, true);
        this.#keepTimes(seen);
        return;
      case 'late':
        this.#addReply(seen, true);
        this.#countsOf(seen.sequence).addLate(this.#probeOf(seen.sequence));
        return;
      case 'duplicate':
        this.#addReply(seen, false);
        return;
      case 'unaltered':
        this.#unaltered++;
        return;
      case 'corrupted':
        if (seen.alteration === 'unauthenticated') this.#unauthenticated++;
        return;
      case 'stray':
    }
  }

  /** In send order: a probe that was sent, and whether its reply arrived in time. */
  settle(sequence: number, isAnswered: boolean): void {
    this.#countsOf(sequence).settle(this.#probeOf(sequence), isAnswered);
    const place = sequence % this.#capacity;
    this.#pushTimes(
      sequence,
      isAnswered ? known(this.#forwardNs[place]!) : undefined,
      isAnswered ? known(this.#backwardNs[place]!) : undefined,
    );
  }

  /** In send order: a probe that was never sent, or not waited for to the end. */
  skip(sequence: number, isLeftOut: boolean): void {
    if (isLeftOut) this.#countsOf(sequence).leaveOut();
    this.#pushTimes(sequence, undefined, undefined);
  }

  summary(): ReflectionSummary {
    const { clockZeroNs } = this.#protocol;
    const numbering = this.#numbering();
    const counts = numbering === 'own' ? this.#sumOfCounts() : undefined;
    const forward = { ...directionOf(counts?.forward), ...this.#forward.summary(clockZeroNs) };
    const backward = {
      ...directionOf(counts?.backward),
      ...this.#backward.summary(clockZeroNs === undefined ? undefined : 0 - clockZeroNs),
    };
    return {
      forward,
      backward,
      reflector: {
        numbering,
        unattributed: counts?.unattributed ?? null,
        unanswered: counts?.unanswered ?? null,
        unaltered: this.#unaltered,
        unauthenticated: this.#unauthenticated,
        unusableStamps: this.#unusableStamps,
        residenceNs: this.#residence.summary(),
        clock: this.#clock(forward, backward),
      },
    };
  }

  /** @param isFirst  true for the first reply to its probe, in time or late */
  #addReply({ sequence, reflection }: Observation, isFirst: boolean): void {
    const said = reflection!;
    this.#hasReplies = true;
    if (!said.isCopy) this.#areCopies = false;
    if (!said.isClockSynchronised) this.#areSynchronised = false;
    this.#clockErrorNs = Math.max(this.#clockErrorNs, said.clockErrorNs);
    const probe = this.#probeOf(sequence);
    this.#countsOf(sequence).addReply(probe, said.sequence, isFirst, said.failures);
  }

  /** Keeps the times of a reply in time: they count once its probe is settled. */
  #keepTimes({ sequence, residenceNs, forwardNs, backwardNs }: Observation): void {
    const place = sequence % this.#capacity;
    this.#forwardNs[place] = forwardNs;
    this.#backwardNs[place] = backwardNs;
    if (Number.isNaN(residenceNs)) this.#unusableStamps++;
    else this.#residence.record(residenceNs);
  }

  #numbering(): ReflectorResult['numbering'] {
    if (!this.#hasReplies) return null;
    if (this.#protocol.countsEachPort && this.#areCopies) return 'copied';
    return this.#counts.every((counts) => this.#isOurs(counts)) ? 'own' : 'inconsistent';
  }

  /** False if the counter has numbers that no probe of ours accounts for, because other clients advance it too. */
  #isOurs(counts: DirectionCounts): boolean {
    if (!counts.isConsistent) return false;
    return this.#protocol.countsEachPort || !counts.countsMoreThanOurs;
  }

  #sumOfCounts(): DirectionCountsSummary {
    const { startsAtZero } = this.#protocol;
    return this.#counts
      .map((counts) => counts.summary(startsAtZero))
      .reduce((sum, counts) => add(sum, counts), NOTHING);
  }

  #clock(forward: DirectionResult, backward: DirectionResult): ReflectorResult['clock'] {
    const bounds = clockOffset(forward.delayNs?.min ?? null, backward.delayNs?.min ?? null);
    if (bounds === null) return null;
    return {
      offsetLeastNs: bounds.leastNs,
      offsetMostNs: bounds.mostNs,
      isSynchronised: this.#areSynchronised,
      errorNs: Number.isSafeInteger(this.#clockErrorNs) ? this.#clockErrorNs : null,
    };
  }

  #pushTimes(
    sequence: number,
    forwardNs: number | undefined,
    backwardNs: number | undefined,
  ): void {
    const stream = sequence % this.#streams;
    this.#forward.push(forwardNs, stream);
    this.#backward.push(backwardNs, stream);
  }

  #countsOf(sequence: number): DirectionCounts {
    return this.#counts[sequence % this.#counts.length]!;
  }

  /** The index of a probe among those of its counter at the other end. */
  #probeOf(sequence: number): number {
    return this.#protocol.countsEachPort ? Math.floor(sequence / this.#streams) : sequence;
  }
}

function known(ns: number): number | undefined {
  return Number.isNaN(ns) ? undefined : ns;
}

function directionOf(
  count: DirectionCountsSummary['forward'] | undefined,
): Pick<DirectionResult, 'lost' | 'reordered' | 'duplicate'> {
  return count ?? { lost: null, reordered: null, duplicate: null };
}

function add(sum: DirectionCountsSummary, counts: DirectionCountsSummary): DirectionCountsSummary {
  return {
    forward: addCount(sum.forward, counts.forward),
    backward: addCount(sum.backward, counts.backward),
    unanswered: sum.unanswered + counts.unanswered,
    unattributed: sum.unattributed + counts.unattributed,
  };
}

function addCount(
  sum: DirectionCountsSummary['forward'],
  count: DirectionCountsSummary['forward'],
): DirectionCountsSummary['forward'] {
  return {
    lost: sum.lost + count.lost,
    reordered: sum.reordered + count.reordered,
    duplicate: sum.duplicate + count.duplicate,
  };
}
