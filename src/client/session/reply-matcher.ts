// SPDX-License-Identifier: MIT
// What a datagram that came means: whose reply it is, whether it is the first and in time, how long it took; or that it
// is not a reply at all. Changes nothing in the ledger that it looks probes up in.

import { STRANGER, UNKNOWN_NS, type Arrival } from '../../socket/probe-channel.ts';
import type { ProbeFields } from '../../wire/probe.ts';
import type { ProbeProtocol, ReflectingProtocol } from '../protocols/probe-protocol.ts';
import { OUTCOME } from './in-flight.ts';
import type { Alteration, ArrivalKind, Observation } from './observation.ts';
import type { ProbeLedger } from './probe-ledger.ts';

/** Times begin as doubles: what holds whole numbers first is made anew for the first that is not. */
class ReusedObservation implements Observation {
  kind: ArrivalKind = 'stray';
  payloadBytes = 0;
  receivedNs = UNKNOWN_NS;
  alteration: Alteration | undefined = undefined;
  sequence = 0;
  stream = 0;
  sentNs = UNKNOWN_NS;
  atNs = UNKNOWN_NS;
  /** From the sending of the probe to the arrival, by the best clock of each. */
  delayNs = UNKNOWN_NS;
  rttNs = UNKNOWN_NS;
  responseNs = UNKNOWN_NS;
  userToKernelNs = UNKNOWN_NS;
  readonly reflection: Observation['reflection'];
  residenceNs = UNKNOWN_NS;
  forwardNs = UNKNOWN_NS;
  backwardNs = UNKNOWN_NS;

  constructor(reflection: Observation['reflection']) {
    this.reflection = reflection;
  }
}

export class ReplyMatcher {
  readonly #protocol: ProbeProtocol;
  /** Where the protocol says more than that a probe came back. */
  readonly #reflecting: ReflectingProtocol | undefined;
  readonly #ledger: ProbeLedger;
  readonly #timeoutNs: number;
  readonly #fields: ProbeFields = { stream: 0, sequence: 0, intendedAtNs: 0, sentAtNs: 0 };
  readonly #seen: ReusedObservation;

  constructor(
    protocol: ProbeProtocol | ReflectingProtocol,
    ledger: ProbeLedger,
    timeoutNs: number,
  ) {
    this.#protocol = protocol;
    this.#reflecting = 'reflection' in protocol ? protocol : undefined;
    this.#ledger = ledger;
    this.#timeoutNs = timeoutNs;
    this.#seen = new ReusedObservation(this.#reflecting?.reflection);
  }

  /** @returns the one observation, which holds until the next call */
  match(arrival: Arrival): Observation {
    const seen = this.#seen;
    seen.payloadBytes = arrival.payloadBytes;
    seen.receivedNs = arrival.receivedNs;
    seen.alteration = undefined;
    seen.kind = arrival.peer === STRANGER ? 'stray' : this.#read(arrival);
    return seen;
  }

  #read(arrival: Arrival): ArrivalKind {
    const { view, start, payloadBytes, port } = arrival;
    const verdict = this.#protocol.decode(view, this.#fields, start, payloadBytes, port);
    switch (verdict) {
      case 'intact':
        return this.#readReply(arrival);
      case 'foreign':
        return 'stray';
      case 'unaltered':
      case 'corrupted':
        return verdict;
      default:
        return this.#corrupted(verdict);
    }
  }

  #readReply(arrival: Arrival): ArrivalKind {
    const { sequence, sentAtNs } = this.#fields;
    const outcome = this.#ledger.outcomeOf(sequence);
    // Never sent, or so long ago that nobody can tell a duplicate from a late reply.
    if (outcome === OUTCOME.none) return 'stray';
    const sentNs = this.#ledger.sentNsOf(sequence);
    // It repeats when its probe was sent, which no stranger off the path can know to the nanosecond, and which no
    // changed number goes with.
    const isOfProbe = this.#reflecting === undefined || sentAtNs === Math.round(sentNs);
    if (!isOfProbe) return this.#withOtherTime(sentNs);
    this.#seen.sequence = sequence;
    this.#seen.stream = this.#ledger.streamOf(sequence);
    this.#seen.sentNs = sentNs;
    this.#time(arrival);
    if (outcome === OUTCOME.received || outcome === OUTCOME.late) return 'duplicate';
    const isLate = outcome === OUTCOME.lost || this.#seen.delayNs > this.#timeoutNs;
    return isLate ? 'late' : 'reply';
  }

  /** Works the times of a reply out. */
  #time({ receivedNs, kernelReceivedNs }: Arrival): void {
    const seen = this.#seen;
    const kernelSentNs = this.#ledger.kernelSentNsOf(seen.sequence);
    const isSendStamped = !Number.isNaN(kernelSentNs);
    const sentNs = isSendStamped ? kernelSentNs : seen.sentNs;
    // Outside of what this program saw itself it is a clock's step.
    const isStamped = kernelReceivedNs >= sentNs && kernelReceivedNs <= receivedNs;
    seen.atNs = isStamped ? kernelReceivedNs : receivedNs;
    const delayNs = seen.atNs - sentNs;
    const userDelayNs = receivedNs - seen.sentNs;
    const isPaired = isStamped && isSendStamped;
    seen.userToKernelNs = isPaired ? Math.round(userDelayNs - delayNs) : UNKNOWN_NS;
    seen.responseNs = Math.round(seen.atNs - this.#ledger.intendedNsOf(seen.sequence));
    seen.delayNs = delayNs;
    seen.rttNs = Math.round(delayNs);
    if (this.#reflecting !== undefined) this.#reflect(this.#reflecting, sentNs);
  }

  /**
   * Reads the times of the other end. They are of no use where it would have kept the probe for less than nothing,
   * or for longer than the round trip took.
   */
  #reflect({ reflection, tickNs }: ReflectingProtocol, sentNs: number): void {
    const seen = this.#seen;
    const { delayNs } = seen;
    const residenceNs = reflection.sentNs - reflection.receivedNs;
    const forwardNs = Math.round(reflection.receivedNs - sentNs);
    const backwardNs = Math.round(seen.atNs - reflection.sentNs);
    const isUsable =
      residenceNs >= 0 &&
      residenceNs <= delayNs + tickNs &&
      Number.isSafeInteger(forwardNs) &&
      Number.isSafeInteger(backwardNs);
    seen.residenceNs = isUsable ? residenceNs : UNKNOWN_NS;
    seen.forwardNs = isUsable ? forwardNs : UNKNOWN_NS;
    seen.backwardNs = isUsable ? backwardNs : UNKNOWN_NS;
    if (isUsable) seen.rttNs = Math.round(Math.max(0, delayNs - residenceNs));
  }

  /** A reply says another time than its probe's; ours may be where that of the reply belongs. */
  #withOtherTime(sentNs: number): ArrivalKind {
    const isSwapped = this.#reflecting!.reflection.sentNs === Math.round(sentNs);
    return isSwapped ? this.#corrupted('swapped-times') : 'corrupted';
  }

  #corrupted(alteration: Alteration): ArrivalKind {
    this.#seen.alteration = alteration;
    return 'corrupted';
  }
}
