// SPDX-License-Identifier: MIT
// Finds out what a received datagram means: which probe it answers, whether it is the first reply and in time, and how
// long it took; or that it is not a reply at all. It only reads the ledger.

import { STRANGER, UNKNOWN_NS, type Arrival } from '../../socket/probe-channel.ts';
import type { ProbeFields } from '../../wire/probe.ts';
import type { ProbeProtocol, ReflectingProtocol } from '../protocols/probe-protocol.ts';
import { OUTCOME } from './in-flight.ts';
import type { Alteration, ArrivalKind, Observation } from './observation.ts';
import type { ProbeLedger } from './probe-ledger.ts';

/** Times are doubles from the start: V8 would replace an object whose fields first held whole numbers. */
class ReusedObservation implements Observation {
  kind: ArrivalKind = 'stray';
  payloadBytes = 0;
  receivedNs = UNKNOWN_NS;
  alteration: Alteration | undefined = undefined;
  sequence = 0;
  stream = 0;
  sentNs = UNKNOWN_NS;
  atNs = UNKNOWN_NS;
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
  /** The protocol, if its replies say more than that a probe came back. */
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

  /** @returns the single observation object, which is valid until the next call */
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
    // Never sent, or so long ago that a duplicate can't be distinguished from a late reply.
    if (outcome === OUTCOME.none) return 'stray';
    const sentNs = this.#ledger.sentNsOf(sequence);
    // It repeats its probe's send time, which nobody off the path can know to the nanosecond, and which would not match
    // an altered number.
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

  /** Computes the times of a reply. */
  #time({ receivedNs, kernelReceivedNs }: Arrival): void {
    const seen = this.#seen;
    const kernelSentNs = this.#ledger.kernelSentNsOf(seen.sequence);
    const isSendStamped = !Number.isNaN(kernelSentNs);
    const sentNs = isSendStamped ? kernelSentNs : seen.sentNs;
    // A timestamp outside the interval that this program observed is due to a clock step.
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
   * Reads the times of the other end. They are unusable if they give a negative processing time, or one longer than the
   * round trip.
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

  /** A reply with a send time other than its probe's; our time may be in another field. */
  #withOtherTime(sentNs: number): ArrivalKind {
    const isSwapped = this.#reflecting!.reflection.sentNs === Math.round(sentNs);
    return isSwapped ? this.#corrupted('swapped-times') : 'corrupted';
  }

  #corrupted(alteration: Alteration): ArrivalKind {
    this.#seen.alteration = alteration;
    return 'corrupted';
  }
}
