// SPDX-License-Identifier: MIT
// The counters of one socket: cells of a Float64Array (exact to 2^53). A worker can share them with its supervisor, and
// reading them needs neither messages nor locks.

/**
 * Reasons why a reply was not sent: the system's own error names; `unresolved` if its next hop doesn't answer (ARP,
 * neighbour discovery) and the reply was dropped so as not to delay the others; `other` for the rest.
 */
export const SEND_FAILURES = [
  'EACCES',
  'EAGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'EINVAL',
  'EMSGSIZE',
  'ENETUNREACH',
  'ENOBUFS',
  'EPERM',
  'ECANCELED',
  'unresolved',
  'other',
] as const;

export type SendFailure = (typeof SEND_FAILURES)[number];

/** What each of them means, for people and for the documentation. */
export const SEND_FAILURE_MEANING: Readonly<Record<SendFailure, string>> = {
  EACCES: 'the system forbids it, for example by a prohibit route',
  EAGAIN: 'there was no room in the send buffer',
  ECONNREFUSED: 'an ICMP error reported that nothing listens where an earlier reply went',
  EHOSTUNREACH: 'that host cannot be reached',
  EINVAL: 'the system cannot send there, for example because of a blackhole route',
  EMSGSIZE: 'it is longer than the system can send there',
  ENETUNREACH: 'there is no route to that network',
  ENOBUFS: 'there was no room in the queue of the interface',
  EPERM: 'this host forbids it: a firewall, or a sandbox',
  ECANCELED: 'the server closed before it had left',
  unresolved: 'its next hop does not answer (ARP, neighbour discovery)',
  other: 'the system refused it for another reason',
};

/** The outcome of a reply, as a number: `SENT` if the system accepted it, otherwise one of these. */
export type SendOutcome = number;

export const SENT: SendOutcome = 0;

/**
 * The reply waits for its next hop to answer (ARP, neighbour discovery). Then it leaves, or is counted as `unresolved`.
 */
export const WAITING: SendOutcome = SEND_FAILURES.length + 1;

/** The cell of each counter; the failed sends follow, with one cell for each of `SEND_FAILURES`. */
export const SOCKET_CELL = {
  receivedDatagrams: 0,
  receivedBytes: 1,
  sentDatagrams: 2,
  sentBytes: 3,
  receiveErrors: 4,
  /** Sockets whose receive calls currently fail: a gauge for the server's health. */
  failing: 5,
  /** Received datagrams that arrived in fragments. */
  fragmentedDatagrams: 6,
  sendFailed: 7,
} as const;

/** How many cells one socket's counters take. */
export const SOCKET_CELLS = SOCKET_CELL.sendFailed + SEND_FAILURES.length;

/** A socket's counters as plain numbers; bytes are payload bytes. */
export interface SocketCounters {
  readonly receivedDatagrams: number;
  readonly receivedBytes: number;
  readonly sentDatagrams: number;
  readonly sentBytes: number;
  /**
   * Failed receive calls, and failed waits for datagrams; on the portable engine also datagrams beyond 64 that arrived
   * before it was ready.
   */
  readonly receiveErrors: number;
  /** Datagrams that the system refused to send, by reason. */
  readonly sendFailed: Readonly<Record<SendFailure, number>>;
}

/** Counts one failed send under its system error name. */
export function countSendFailure(cells: Float64Array, systemCode: string): SendOutcome {
  const found = SEND_FAILURES.indexOf(systemCode as SendFailure);
  const index = found === -1 ? SEND_FAILURES.length - 1 : found;
  const cell = SOCKET_CELL.sendFailed + index;
  cells[cell] = cells[cell]! + 1;
  return index + 1;
}

/** Why a reply has not left; `null` if the system accepted it. */
export function reasonOf(outcome: SendOutcome): SendFailure | 'waiting' | null {
  if (outcome === SENT) return null;
  return outcome === WAITING ? 'waiting' : SEND_FAILURES[outcome - 1]!;
}

/** Reads the counters from their cells. */
export function readSocketCounters(cells: Float64Array): SocketCounters {
  const sendFailed = Object.fromEntries(
    SEND_FAILURES.map((reason, index) => [reason, cells[SOCKET_CELL.sendFailed + index]!]),
  );
  return {
    receivedDatagrams: cells[SOCKET_CELL.receivedDatagrams]!,
    receivedBytes: cells[SOCKET_CELL.receivedBytes]!,
    sentDatagrams: cells[SOCKET_CELL.sentDatagrams]!,
    sentBytes: cells[SOCKET_CELL.sentBytes]!,
    receiveErrors: cells[SOCKET_CELL.receiveErrors]!,
    sendFailed: sendFailed as Record<SendFailure, number>,
  };
}
