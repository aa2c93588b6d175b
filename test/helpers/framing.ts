// How each protocol that a measurement speaks numbers its packets, for who looks at them on their way.

/** How a protocol numbers its packets. */
export interface Framing {
  readonly requestNumber: (request: Buffer) => number;
  /** What a request and the replies to it have in common. */
  readonly requestKey: (request: Buffer) => string;
  readonly replyKey: (reply: Buffer) => string;
  /** The reflector's own number. */
  readonly theirNumber: (reply: Buffer) => number;
  /** Octets of a packet that were the client's, so that it knows when they were changed. */
  readonly checkedFrom: number;
  readonly checkedTo: number;
  /** True if the reflector counts for each source port by itself. */
  readonly countsByPort: boolean;
}

/** Offset of src/wire/probe.ts. */
const SEQUENCE_OFFSET = 16;

/** By the whole payload, so that an altered one is nobody's. */
export const ECHO_FRAMING: Framing = {
  requestNumber: (request) => Number(request.readBigUInt64BE(SEQUENCE_OFFSET)),
  requestKey: (request) => request.toString('latin1'),
  replyKey: (reply) => reply.toString('latin1'),
  theirNumber: () => NaN,
  checkedFrom: 0,
  checkedTo: Infinity,
  countsByPort: false,
};

const numberAt =
  (offset: number) =>
  (packet: Buffer): number =>
    packet.readUInt32BE(offset);

const keyAt =
  (offset: number) =>
  (packet: Buffer): string =>
    String(packet.readUInt32BE(offset));

export const STAMP_FRAMING: Framing = {
  requestNumber: numberAt(0),
  requestKey: keyAt(0),
  replyKey: keyAt(24),
  theirNumber: numberAt(0),
  // The copied time of sending, less the octet whose lowest bits are parts of a nanosecond.
  checkedFrom: 28,
  checkedTo: 35,
  countsByPort: true,
};

export const UDP_ECHO_PLUS_FRAMING: Framing = {
  requestNumber: numberAt(0),
  requestKey: keyAt(0),
  replyKey: keyAt(0),
  theirNumber: numberAt(4),
  checkedFrom: 24,
  checkedTo: 68,
  countsByPort: false,
};
