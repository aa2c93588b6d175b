// SPDX-License-Identifier: MIT
// The header of UDPEchoPlus (Broadband Forum TR-143 Issue 1 Amendment 1, appendix A.1.4). Pure: bytes in,
// record out; no socket, no clock.
//
//    octet  0                   4
//           +-------------------+
//         0 | TestGenSN         |   the client's number of the packet
//         4 | TestRespSN        |   the server's, from 1
//         8 | RecvTimeStamp     |   when the server received it, and
//        12 | ReplyTimeStamp    |   when it replied: microseconds since it started, modulo 2^32
//        16 | ReplyFailureCount |   requests that the server received and did not answer
//        20 | TestIteration     |   the client's; a legacy client's data begins here (before Amendment 1)
//        24 | data …            |
//           +-------------------+
//
// All are 32 bits, big-endian. The server fills octets 4–19 in and touches no other.

/** Shortest packet that has all the fields that the server fills in. */
export const UDP_ECHO_PLUS_MIN_BYTES = 20;

/** Length of the header with its iteration number. */
const FULL_HEADER_BYTES = 24;

const RESP_SN_OFFSET = 4;
const RECV_OFFSET = 8;
const REPLY_OFFSET = 12;
const FAILURES_OFFSET = 16;
const ITERATION_OFFSET = 20;

/** The fields that the server fills in: 32-bit numbers, of which the low bits are written. */
export interface UdpEchoPlusResponse {
  testRespSn: number;
  recvTimestampUs: number;
  replyTimestampUs: number;
  replyFailureCount: number;
}

/** A whole header. Reused by the caller, so that decoding allocates nothing. */
export interface UdpEchoPlusHeader extends UdpEchoPlusResponse {
  testGenSn: number;
  /** 0 if the packet ends before it. */
  testIteration: number;
}

/** Writes a header at `at`, of 24 octets. A client's request has zeros in the server's fields. */
export function encodeUdpEchoPlus(
  view: DataView,
  at: number,
  header: Readonly<UdpEchoPlusHeader>,
): void {
  view.setUint32(at, header.testGenSn);
  fillUdpEchoPlus(view, at, header);
  view.setUint32(at + ITERATION_OFFSET, header.testIteration);
}

/** Writes the server's fields into a packet of at least `UDP_ECHO_PLUS_MIN_BYTES`. */
export function fillUdpEchoPlus(
  view: DataView,
  at: number,
  response: Readonly<UdpEchoPlusResponse>,
): void {
  view.setUint32(at + RESP_SN_OFFSET, response.testRespSn);
  view.setUint32(at + RECV_OFFSET, response.recvTimestampUs);
  view.setUint32(at + REPLY_OFFSET, response.replyTimestampUs);
  view.setUint32(at + FAILURES_OFFSET, response.replyFailureCount);
}

/** Reads a packet of `length` octets at `at`; false if it is too short. */
export function decodeUdpEchoPlus(
  view: DataView,
  at: number,
  length: number,
  header: UdpEchoPlusHeader,
): boolean {
  if (length < UDP_ECHO_PLUS_MIN_BYTES) return false;
  header.testGenSn = view.getUint32(at);
  header.testRespSn = view.getUint32(at + RESP_SN_OFFSET);
  header.recvTimestampUs = view.getUint32(at + RECV_OFFSET);
  header.replyTimestampUs = view.getUint32(at + REPLY_OFFSET);
  header.replyFailureCount = view.getUint32(at + FAILURES_OFFSET);
  header.testIteration = length < FULL_HEADER_BYTES ? 0 : view.getUint32(at + ITERATION_OFFSET);
  return true;
}
