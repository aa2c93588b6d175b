// SPDX-License-Identifier: MIT
// Times on the wire of STAMP and TWAMP, in the two formats that they know, and the Error Estimate that
// goes with them. Pure: bytes in, numbers out; no clock.
//
//    octet  0                       4                       8
//           +-----------------------+-----------------------+
//    NTP    | seconds since 1900    | fraction (2^-32 s)    |   RFC 5905 section 6, RFC 4656 section 4.1.2
//           +-----------------------+-----------------------+
//    PTPv2  | seconds since 1970    | nanoseconds           |   RFC 8877 section 4.3
//           +-----------------------+-----------------------+
//
//    bit    15  14  13        8 7              0
//           +---+---+----------+----------------+
//           | S | Z |  Scale   |   Multiplier   |   error = Multiplier · 2^(Scale − 32) seconds
//           +---+---+----------+----------------+
//
// S: the clock is synchronized to UTC. Z: 0 NTP, 1 PTPv2 truncated (RFC 8186 section 2.3).

/** A time of day. PTP counts TAI seconds, 37 more than UTC since 2017; both are used unchanged. */
export interface WallTime {
  /** Whole seconds since 1970. */
  seconds: number;
  nanoseconds: number;
}

export type TimestampFormat = 'ntp' | 'ptp';

/** The contents of an Error Estimate. */
export interface ErrorEstimate {
  readonly isSynchronised: boolean;
  readonly format: TimestampFormat;
  /** 0 means no estimate: such a packet counts as corrupt (RFC 4656 section 4.1.2). */
  readonly errorSeconds: number;
}

/** From 1900-01-01 to 1970-01-01: 70 years with 17 leap days (RFC 5905 figure 4). */
const NTP_EPOCH_SECONDS = 2_208_988_800;

const SECOND_NS = 1_000_000_000;
const TWO_TO_32 = 2 ** 32;

const SYNCHRONISED = 0x8000;
const PTP_FORMAT = 0x4000;
const LARGEST_SCALE = 63;
const LARGEST_MULTIPLIER = 255;

/** The format of the times to which an Error Estimate belongs. */
export function timestampFormat(errorEstimate: number): TimestampFormat {
  return (errorEstimate & PTP_FORMAT) === 0 ? 'ntp' : 'ptp';
}

/** Writes eight octets at `at`. */
export function writeTimestamp(
  view: DataView,
  at: number,
  format: TimestampFormat,
  { seconds, nanoseconds }: Readonly<WallTime>,
): void {
  if (format === 'ptp') {
    view.setUint32(at, seconds);
    view.setUint32(at + 4, nanoseconds);
    return;
  }
  // DataView keeps the low 32 bits: the era is omitted, because the format has no room for it.
  view.setUint32(at, seconds + NTP_EPOCH_SECONDS);
  // With rounding in both directions of the conversion, every nanosecond is restored exactly; with truncation, none is.
  view.setUint32(at + 4, Math.round((nanoseconds * TWO_TO_32) / SECOND_NS));
}

/**
 * Reads eight octets at `at` into `time`.
 *
 * @returns false for nanoseconds of a second or more, which the NTP format can't express
 */
export function readTimestamp(
  view: DataView,
  at: number,
  format: TimestampFormat,
  time: WallTime,
): boolean {
  const seconds = view.getUint32(at);
  const fraction = view.getUint32(at + 4);
  if (format === 'ptp') {
    time.seconds = seconds;
    time.nanoseconds = fraction;
    return fraction < SECOND_NS;
  }
  // The highest bit distinguishes era 0, from 1968, from era 1, from 2036 (RFC 4330 section 3).
  const era = seconds >= 2 ** 31 ? 0 : 1;
  const nanoseconds = Math.round((fraction * SECOND_NS) / TWO_TO_32);
  const carry = nanoseconds === SECOND_NS ? 1 : 0;
  time.seconds = seconds + era * TWO_TO_32 - NTP_EPOCH_SECONDS + carry;
  time.nanoseconds = nanoseconds - carry * SECOND_NS;
  return true;
}

/**
 * The seconds of eight octets since 1900 modulo 2^32, in either format: a serial number (RFC 1982), which shows which
 * of two times is later.
 */
export function serialSeconds(view: DataView, at: number, format: TimestampFormat): number {
  const seconds = view.getUint32(at);
  return format === 'ptp' ? (seconds + NTP_EPOCH_SECONDS) % TWO_TO_32 : seconds;
}

/** The smallest Error Estimate that is at least `errorSeconds`, as 16 bits. */
export function encodeErrorEstimate({
  isSynchronised,
  format,
  errorSeconds,
}: ErrorEstimate): number {
  let multiplier = Math.max(1, Math.ceil(errorSeconds * TWO_TO_32));
  let scale = 0;
  while (multiplier > LARGEST_MULTIPLIER && scale < LARGEST_SCALE) {
    multiplier = Math.ceil(multiplier / 2);
    scale++;
  }
  const flags = (isSynchronised ? SYNCHRONISED : 0) | (format === 'ptp' ? PTP_FORMAT : 0);
  return flags | (scale << 8) | Math.min(multiplier, LARGEST_MULTIPLIER);
}

/** Decodes the 16 bits of an Error Estimate. */
export function decodeErrorEstimate(word: number): ErrorEstimate {
  const scale = (word >>> 8) & LARGEST_SCALE;
  return {
    isSynchronised: (word & SYNCHRONISED) !== 0,
    format: timestampFormat(word),
    errorSeconds: (word & LARGEST_MULTIPLIER) * 2 ** (scale - 32),
  };
}

/**
 * The error in the 16 bits of an Error Estimate, in whole nanoseconds, rounded up. A peer may claim 17,000 years, but
 * only 2^53 ns (104 days) are exact.
 *
 * @returns Infinity for more than a number can hold exactly
 */
export function errorEstimateNs(word: number): number {
  const scale = BigInt((word >>> 8) & LARGEST_SCALE);
  const parts = (BigInt(word & LARGEST_MULTIPLIER) * BigInt(SECOND_NS)) << scale;
  const errorNs = Number((parts + BigInt(TWO_TO_32) - 1n) >> 32n);
  return Number.isSafeInteger(errorNs) ? errorNs : Infinity;
}

/** False for multiplier 0, which must not be sent and counts as corrupt (RFC 4656 section 4.1.2). */
export function isErrorEstimate(word: number): boolean {
  return (word & LARGEST_MULTIPLIER) !== 0;
}
