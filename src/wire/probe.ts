// SPDX-License-Identifier: MIT
// Our own probe: a numbered payload that any echo server sends back unchanged. Pure: bytes in, record out; no socket,
// no clock.
//
//    octet  0               4       5       6       8
//           +---------------+-------+-------+-------+
//         0 | magic "ECHG"  | ver 1 |   0   | stream|   stream: index of the source port
//           +---------------+-------+-------+-------+
//         8 | session nonce (64 bits, random)       |
//           +---------------------------------------+
//        16 | sequence number (64 bits, from 0)     |
//           +---------------------------------------+
//        24 | intended send time (ns, see below)    |
//           +---------------------------------------+
//        32 | actual send time (ns, see below)      |
//           +-------------------+-------------------+
//        40 | check (32 bits)   | filler …          |
//           +-------------------+-------------------+
//
// All numbers are big-endian. Times count from the session's start on its own monotonic clock. The
// check covers octets 0–39 and the length; the filler follows from nonce and sequence, so that any
// changed bit shows: UDP's own checksum is weak (RFC 8085 section 3.4), and middleboxes recompute it.

/** Smallest probe: the header with its check. */
export const PROBE_MIN_BYTES = 44;

const MAGIC = 0x4543_4847;
const VERSION = 1;

const MAGIC_OFFSET = 0;
const VERSION_OFFSET = 4;
const STREAM_OFFSET = 6;
const NONCE_OFFSET = 8;
const SEQUENCE_OFFSET = 16;
const INTENDED_OFFSET = 24;
const SENT_OFFSET = 32;
const CHECK_OFFSET = 40;
const FILLER_OFFSET = PROBE_MIN_BYTES;

const TWO_TO_32 = 2 ** 32;

/** A probe's fields. Reused by the caller, so that decoding allocates nothing. */
export interface ProbeFields {
  stream: number;
  /** Exact to 2^53. */
  sequence: number;
  /** Nanoseconds since the session's start. */
  intendedAtNs: number;
  sentAtNs: number;
}

/** What a datagram is to a session. Never an exception: the bytes are the peer's. */
export type ProbeVerdict =
  /** Our probe, unaltered. */
  | 'intact'
  /** Carries our nonce, or should, but is not what we sent. */
  | 'corrupted'
  /** An intact probe of another session. */
  | 'foreign'
  /** Our probes, unaltered, several in one datagram. */
  | 'joined'
  /** Our probe except for octets 4 to 19, which a UDPEchoPlus server fills in (TR-143 appendix A.1.4). */
  | 'udp-echo-plus';

/** Writes and reads the probes of one session over one payload size. */
export class ProbeCodec {
  readonly payloadBytes: number;
  readonly #nonceHigh: number;
  readonly #nonceLow: number;

  /**
   * @param nonce         two random 32-bit words
   * @param payloadBytes  length of each probe, at least `PROBE_MIN_BYTES`
   */
  constructor(nonce: readonly [high: number, low: number], payloadBytes: number) {
    this.#nonceHigh = nonce[0] >>> 0;
    this.#nonceLow = nonce[1] >>> 0;
    this.payloadBytes = payloadBytes;
  }

  /** Writes a probe into the `payloadBytes` of `view` from byte `start` on. */
  encode(view: DataView, fields: Readonly<ProbeFields>, start = 0): void {
    view.setUint32(start + MAGIC_OFFSET, MAGIC);
    view.setUint16(start + VERSION_OFFSET, VERSION << 8);
    view.setUint16(start + STREAM_OFFSET, fields.stream);
    view.setUint32(start + NONCE_OFFSET, this.#nonceHigh);
    view.setUint32(start + NONCE_OFFSET + 4, this.#nonceLow);
    setUint53(view, start + SEQUENCE_OFFSET, fields.sequence);
    setUint53(view, start + INTENDED_OFFSET, fields.intendedAtNs);
    setUint53(view, start + SENT_OFFSET, fields.sentAtNs);
    view.setUint32(start + CHECK_OFFSET, headerCheck(view, start, this.payloadBytes));
    this.#writeFiller(view, start, fields.sequence);
  }

  /**
   * Reads a reply into `fields`, which are meaningful only if it is intact.
   *
   * @param start   where it begins in `view`
   * @param bytes   its length
   * @param stream  index of the source port that it arrived at
   */
  decode(
    view: DataView,
    fields: ProbeFields,
    start = 0,
    bytes = view.byteLength - start,
    stream = 0,
  ): ProbeVerdict {
    if (bytes < PROBE_MIN_BYTES) return 'corrupted';
    if (!hasIntactHeader(view, start, bytes)) return this.#alterationOf(view, start, bytes, stream);
    if (!this.#isOurs(view, start)) return 'foreign';
    fields.stream = view.getUint16(start + STREAM_OFFSET);
    fields.sequence = getUint53(view, start + SEQUENCE_OFFSET);
    fields.intendedAtNs = getUint53(view, start + INTENDED_OFFSET);
    fields.sentAtNs = getUint53(view, start + SENT_OFFSET);
    if (bytes !== this.payloadBytes) return 'corrupted';
    return this.#hasFiller(view, start, fields.sequence) ? 'intact' : 'corrupted';
  }

  /**
   * The number of our probe whose first `bytes` an ICMP error quotes; `undefined` if it is not ours, or if less than
   * the header is quoted: RFC 792 requires only eight octets.
   */
  quotedSequence(view: DataView, start: number, bytes: number): number | undefined {
    if (bytes < PROBE_MIN_BYTES) return undefined;
    if (!hasIntactHeader(view, start, this.payloadBytes)) return undefined;
    return this.#isOurs(view, start) ? getUint53(view, start + SEQUENCE_OFFSET) : undefined;
  }

  /** How our probe was altered, if its octets show it. */
  #alterationOf(view: DataView, start: number, bytes: number, stream: number): ProbeVerdict {
    const { payloadBytes } = this;
    if (bytes > payloadBytes && bytes % payloadBytes === 0) {
      const isOurs = hasIntactHeader(view, start, payloadBytes) && this.#isOurs(view, start);
      return isOurs ? 'joined' : 'corrupted';
    }
    if (bytes !== payloadBytes) return 'corrupted';
    return this.#isUdpEchoPlus(view, start, stream) ? 'udp-echo-plus' : 'corrupted';
  }

  /** True if it is our probe once everything that the server overwrote is restored: numbers are below 2^32. */
  #isUdpEchoPlus(view: DataView, start: number, stream: number): boolean {
    const header = new DataView(new ArrayBuffer(PROBE_MIN_BYTES));
    for (let at = 0; at < PROBE_MIN_BYTES; at++) header.setUint8(at, view.getUint8(start + at));
    const own = [(VERSION << 24) | stream, this.#nonceHigh, this.#nonceLow];
    for (const [index, word] of own.entries()) {
      const at = VERSION_OFFSET + index * 4;
      if (header.getUint32(at) === word >>> 0) return false;
      header.setUint32(at, word);
    }
    header.setUint32(SEQUENCE_OFFSET, 0);
    if (!hasIntactHeader(header, 0, this.payloadBytes)) return false;
    return this.#hasFiller(view, start, header.getUint32(SEQUENCE_OFFSET + 4));
  }

  #isOurs(view: DataView, start: number): boolean {
    return (
      view.getUint32(start + NONCE_OFFSET) === this.#nonceHigh &&
      view.getUint32(start + NONCE_OFFSET + 4) === this.#nonceLow
    );
  }

  #writeFiller(view: DataView, start: number, sequence: number): void {
    const seed = this.#fillerSeed(sequence);
    let at = FILLER_OFFSET;
    for (; at + 4 <= this.payloadBytes; at += 4) view.setUint32(start + at, fillerWord(seed, at));
    for (; at < this.payloadBytes; at++) view.setUint8(start + at, fillerWord(seed, at) & 0xff);
  }

  #hasFiller(view: DataView, start: number, sequence: number): boolean {
    const seed = this.#fillerSeed(sequence);
    let at = FILLER_OFFSET;
    for (; at + 4 <= this.payloadBytes; at += 4) {
      if (view.getUint32(start + at) !== fillerWord(seed, at)) return false;
    }
    for (; at < this.payloadBytes; at++) {
      if (view.getUint8(start + at) !== (fillerWord(seed, at) & 0xff)) return false;
    }
    return true;
  }

  #fillerSeed(sequence: number): number {
    return (this.#nonceLow ^ (sequence % TWO_TO_32)) | 0;
  }
}

/** True if the first 44 octets belong to a probe that was `payloadBytes` long. */
function hasIntactHeader(view: DataView, start: number, payloadBytes: number): boolean {
  return (
    view.getUint32(start + MAGIC_OFFSET) === MAGIC &&
    view.getUint16(start + VERSION_OFFSET) === VERSION << 8 &&
    view.getUint32(start + CHECK_OFFSET) === headerCheck(view, start, payloadBytes)
  );
}

/** MurmurHash3's block mix over the ten words before the check, seeded with the length. */
function headerCheck(view: DataView, start: number, payloadBytes: number): number {
  let hash = payloadBytes | 0;
  for (let at = 0; at < CHECK_OFFSET; at += 4) {
    let word = Math.imul(view.getUint32(start + at), 0xcc9e_2d51);
    word = Math.imul((word << 15) | (word >>> 17), 0x1b87_3593);
    hash ^= word;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe654_6b64) | 0;
  }
  return finalise(hash);
}

function fillerWord(seed: number, at: number): number {
  return finalise(seed ^ Math.imul(at, 0x9e37_79b9));
}

/** MurmurHash3's finaliser: one changed bit changes half of the result. */
function finalise(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function setUint53(view: DataView, at: number, value: number): void {
  view.setUint32(at, value / TWO_TO_32);
  view.setUint32(at + 4, value % TWO_TO_32);
}

/** A peer may have changed the bits: a number above 2^53 becomes inexact, and is never one of ours. */
function getUint53(view: DataView, at: number): number {
  return view.getUint32(at) * TWO_TO_32 + view.getUint32(at + 4);
}
