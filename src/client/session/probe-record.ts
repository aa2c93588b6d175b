// SPDX-License-Identifier: MIT
// The records of a measurement: what happens to each probe and each datagram, as it becomes known.

import type { IcmpError } from './icmp-error-table.ts';

/** Part of every record about one probe. */
export interface OfProbe {
  readonly sequence: number;
  /** Index of the source port. */
  readonly stream: number;
}

/** Part of every record with a time. */
export interface AtTime {
  /** Nanoseconds since the session's start. */
  readonly atNs: number;
}

/** When a probe was sent. */
export interface SendTimes {
  /** Nanoseconds since the session's start, by this program's clock. */
  readonly sentNs: number;
  /** How much later than its slot it was sent. */
  readonly sendErrorNs: number;
}

/** Times that the other end reports, if the protocol provides them. */
export interface ReflectionTimes {
  /** How long it kept the probe; `rttNs` excludes this. */
  readonly residenceNs: number;
  /** Include the clock offset; `null` if the other end's clock has its own zero. */
  readonly forwardDelayNs: number | null;
  readonly backwardDelayNs: number | null;
}

/** A second reply to a probe. */
export interface DuplicateRecord extends OfProbe, AtTime, Partial<ReflectionTimes> {
  readonly type: 'duplicate';
  readonly rttNs: number;
}

/** The first reply to a probe, after its timeout, which was already reported. */
export interface LateRecord extends OfProbe, AtTime, Partial<ReflectionTimes> {
  readonly type: 'late';
  readonly rttNs: number;
}

/** The first reply to a probe, in time. */
export interface InTimeRecord extends OfProbe, AtTime, SendTimes, Partial<ReflectionTimes> {
  readonly type: 'reply';
  readonly rttNs: number;
  /** True if a reply to a later probe of its source port arrived before it (RFC 4737). */
  readonly isReordered: boolean;
}

/** No reply arrived in time. */
export interface TimeoutRecord extends OfProbe, AtTime, SendTimes {
  readonly type: 'timeout';
}

/** The system refused to send a probe. */
export interface SendFailedRecord extends OfProbe, AtTime {
  readonly type: 'send-failed';
  readonly systemCode: string;
}

/**
 * A datagram that answers no probe: altered on the way, from somebody else, or our own packet returned by an echo
 * server that does not speak the protocol.
 */
export interface ForeignRecord extends AtTime {
  readonly type: 'corrupted' | 'stray' | 'unaltered';
  readonly payloadBytes: number;
}

/** An ICMP error arrived. The probe that it is about, if known, is still waited for. */
export interface IcmpErrorRecord extends AtTime, IcmpError {
  readonly type: 'icmp-error';
  readonly sequence: number | null;
}

/**
 * This host's kernel dropped datagrams since the last such record: its receive buffer was full, or their UDP checksum
 * was wrong. Which of the two is known at the end, if at all (`hostDrops`). Linux engine only. If a dropped datagram
 * was a reply, its probe also has a timeout record.
 */
export interface HostDroppedRecord extends AtTime {
  readonly type: 'host-dropped';
  readonly datagrams: number;
}

/** Consecutive slots were skipped because this host was late. `atNs` is the time of the first one. */
export interface SkippedRecord extends AtTime {
  readonly type: 'skipped';
  readonly slots: number;
}

/** This program resumed, later than planned by 2 ms or more. */
export interface StallRecord extends AtTime {
  readonly type: 'stall';
  readonly delayNs: number;
}

/**
 * Later probes leave from another address: this host lost the old one, or no replies arrived at it and the system now
 * chooses another. Replies to the old address may be lost.
 */
export interface AddressChangedRecord extends AtTime {
  readonly type: 'address-changed';
  readonly from: string;
  readonly to: string;
}

/** Records were omitted because nobody took them in time. */
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

/** Called with each record as the event becomes known. */
export type RecordListener = (record: ProbeRecord) => void;
