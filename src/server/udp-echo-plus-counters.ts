// SPDX-License-Identifier: MIT
// The counters that TR-143 names (Issue 1 Amendment 1, appendix A.1.7; UDPEchoConfig of its data model).

import { SOCKET_CELL } from '../socket/counters.ts';
import { VALID, type CounterBlock } from './counters.ts';
import type { UdpEchoPlusState } from './reflectors/udp-echo-plus-state.ts';

/** What a UDPEchoPlus server has counted since it started. */
export interface UdpEchoPlusCounters {
  /** Valid requests, that is, from sources that are answered. Others are not counted (A.1.7). */
  readonly packetsReceived: number;
  readonly packetsResponded: number;
  /** Including the UDP header. */
  readonly bytesReceived: number;
  readonly bytesResponded: number;
  /** TestRespReplyFailureCount: valid requests that a limit forbade to answer. */
  readonly replyFailures: number;
  /** Seconds since 1970; `null` before the first. */
  readonly firstReceivedSeconds: number | null;
  readonly lastReceivedSeconds: number | null;
}

const UDP_HEADER_BYTES = 8;

export function readUdpEchoPlusCounters(
  block: CounterBlock,
  state: UdpEchoPlusState,
): UdpEchoPlusCounters {
  const packetsReceived = block.valid[VALID.datagrams]!;
  const packetsResponded = block.socket[SOCKET_CELL.sentDatagrams]!;
  return {
    packetsReceived,
    packetsResponded,
    bytesReceived: block.valid[VALID.bytes]! + packetsReceived * UDP_HEADER_BYTES,
    bytesResponded: block.socket[SOCKET_CELL.sentBytes]! + packetsResponded * UDP_HEADER_BYTES,
    replyFailures: state.failures,
    firstReceivedSeconds: state.firstSeconds === 0 ? null : state.firstSeconds,
    lastReceivedSeconds: state.lastSeconds === 0 ? null : state.lastSeconds,
  };
}
