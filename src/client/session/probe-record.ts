// SPDX-License-Identifier: MIT
// What a measurement tells of each probe and each datagram, as it becomes known.

import type { IcmpError } from './icmp-error-table.ts';

/** What is about one probe. */
export interface OfProbe {
  readonly sequence: number;
  /** Index of the source port. */
  readonly stream: number;
}

/** What is told has a time. */
export interface AtTime {
  /** Nanoseconds since the session's start. */
  readonly atNs: number;
}

/** When a probe was sent. */
export interface SendTimes {
  /** Nanoseconds since the session's start, by this program's clock. */
  readonly sentNs: number;
  /** How much later than its slot. */
  readonly sendErrorNs: number;
}

/** What the other end tells of times, where the protocol has it do so. */
export interface ReflectionTimes {
  /** How long it kept the probe; `rttNs` is without it. */
  readonly residenceNs: number;
  /** With what the clocks differ by in them; `null` where the other end's clock has a zero of its own. */
  readonly forwardDelayNs: number | null;
  readonly backwardDelayNs: number | null;
}

/** A second reply to a probe. */
export interface DuplicateRecord extends OfProbe, AtTime, Partial<ReflectionTimes> {
  readonly type: 'duplicate';
  readonly rttNs: number;
}

/** The first reply to a probe, after its timeout, which was told before. */
export interface LateRecord extends OfProbe, AtTime, Partial<ReflectionTimes> {
  readonly type: 'late';
  readonly rttNs: number;
}

/** The first reply to a probe, in time. */
export interface InTimeRecord extends OfProbe, AtTime, SendTimes, Partial<ReflectionTimes> {
  readonly type: 'reply';
  readonly rttNs: number;
  /** A reply to a later probe of its source port came before it (RFC 4737). */
  readonly isReordered: boolean;
}

/** No reply came in time. */
export interface TimeoutRecord extends OfProbe, AtTime, SendTimes {
  readonly type: 'timeout';
}

/** The system refused to send a probe. */
export interface SendFailedRecord extends OfProbe, AtTime {
  readonly type: 'send-failed';
  readonly systemCode: string;
}

/**
 * A datagram that does not answer any probe: altered on the way, from somebody else, or our own packet from
 * an echo that does not speak the protocol.
 */
export interface ForeignRecord extends AtTime {
  readonly type: 'corrupted' | 'stray' | 'unaltered';
  readonly payloadBytes: number;
}

/** An ICMP error came. The probe it is about, where that is known, is waited for all the same. */
export interface IcmpErrorRecord extends AtTime, IcmpError {
  readonly type: 'icmp-error';
  readonly sequence: number | null;
}

/**
 * This host's kernel dropped datagrams since that was last told: its receive buffer was full, or their UDP
 * checksum was wrong. Which of the two is known at the end, if at all (`hostDrops`). On the Linux engine; each
 * that was a reply is also told as a timeout.
 */
export interface HostDroppedRecord extends AtTime {
  readonly type: 'host-dropped';
  readonly datagrams: number;
}

/** Slots were left out, one after the other, because this host was late. `atNs` is the first of them. */
export interface SkippedRecord extends AtTime {
  readonly type: 'skipped';
  readonly slots: number;
}

/** This program ran again, so much later than it had meant to: by 2 ms or more. */
export interface StallRecord extends AtTime {
  readonly type: 'stall';
  readonly delayNs: number;
}

/**
 * Later probes leave from another address: this host lost the one before, or no replies came to it and the system now
 * chooses another. Replies to the old one may be lost.
 */
export interface AddressChangedRecord extends AtTime {
  readonly type: 'address-changed';
  readonly from: string;
  readonly to: string;
}

/** Records that nobody took in time were left out. */
export interface OmittedRecord extends AtTime {
  readonly type: 'omitted';
  readonly records: number;
}

export type ProbeRecord =
  | InTimeRecord
  | DuplicateRecord
  | LateRecord
  | TimeoutRecord
  | SendFailedRecord
  | ForeignRecord
  | IcmpErrorRecord
  | HostDroppedRecord
  | SkippedRecord
  | StallRecord
  | AddressChangedRecord
  | OmittedRecord;

/** Told of each probe's fate as it becomes known. */
export type RecordListener = (record: ProbeRecord) => void;
