// SPDX-License-Identifier: MIT
// The picture of a path from records alone. It equals the session's own picture, except for what no record contains:
// how late a probe was that could not be sent, and which slots of a Poisson schedule were skipped.

import type {
  InTimeRecord,
  LateRecord,
  SendFailedRecord,
  TimeoutRecord,
} from '../client/session/probe-record.ts';
import type { AsideRecord, RecordFollower } from '../client/session/record-reducer.ts';
import { Echogram, type EchogramSummary } from '../stats/echogram.ts';

export class RecordPicture implements RecordFollower {
  readonly #picture: Echogram;

  constructor(intervalNs: number) {
    this.#picture = new Echogram(intervalNs);
  }

  summary(): EchogramSummary {
    return this.#picture.summary();
  }

  received({ sentNs, sendErrorNs, rttNs }: InTimeRecord): void {
    this.#picture.sent(sentNs, sendErrorNs);
    this.#picture.received(sentNs, rttNs);
  }

  lost({ sentNs, sendErrorNs }: TimeoutRecord, isNamed: boolean): void {
    this.#picture.sent(sentNs, sendErrorNs);
    this.#picture.lost(sentNs);
    if (isNamed) this.#picture.namedByIcmp(sentNs);
  }

  late(_record: LateRecord, sentNs: number, wasLost: boolean): void {
    if (!wasLost) {
      this.#picture.sent(sentNs, 0);
      this.#picture.lost(sentNs);
    }
    this.#picture.late(sentNs);
  }

  unsent({ atNs }: SendFailedRecord): void {
    this.#picture.sent(atNs, 0);
    this.#picture.sendFailed(atNs);
  }

  skipped(slotNs: number, slots: number): void {
    this.#picture.skipped(slotNs, slots);
  }

  aside(record: AsideRecord): void {
    switch (record.type) {
      case 'duplicate':
      case 'corrupted':
        this.#picture[record.type](record.atNs);
        return;
      case 'host-dropped':
        this.#picture.hostDropped(record.datagrams, record.atNs);
        return;
      case 'stall':
        this.#picture.stalled(record.delayNs, record.atNs);
        return;
      default:
    }
  }
}
