// SPDX-License-Identifier: MIT
// Warnings for the user of a relay, in whole sentences, each once.

import { formatHostPort } from '../host-port.ts';
import { formatCount } from '../quantities.ts';
import type { SocketAddress } from '../socket/ip-address.ts';

/** Nothing listens at the server's port, or another ICMP error arrived. */
export function icmpWarning(target: string, systemCode: string): string {
  const what =
    systemCode === 'ECONNREFUSED'
      ? `nothing listens at ${target}, or a firewall says so (ICMP port unreachable, ECONNREFUSED)`
      : `an ICMP error arrived for datagrams to ${target} (${systemCode})`;
  return `${what}; clients do not learn of it, because a relay can't send them ICMP errors`;
}

/** A socket for a client can't be opened or used. */
export function brokenWarning(target: string, systemCode: string): string {
  const remedy =
    systemCode === 'EMFILE'
      ? '; raise the limit of open files (ulimit -n), or allow fewer clients'
      : '';
  return `a socket to ${target} can't be opened or used (${systemCode}), and its client's datagrams are not sent${remedy}`;
}

/** Replies exceed the limit. */
export function amplificationWarning(
  { address, port }: SocketAddress,
  answersNeeded: number,
): string {
  const answers = answersNeeded === 1 ? 'a reply' : `${answersNeeded} replies`;
  return `replies to ${formatHostPort(address, port)} beyond three times the bytes that it sent are refused (amplification) until it has answered ${answers}: its address might be forged`;
}

/** All places are taken. */
export function noRoomWarning(maxSources: number): string {
  const places =
    maxSources === 1
      ? 'the one place for a client is taken by an active one'
      : `all ${formatCount(maxSources)} places for clients are taken by active ones`;
  return `${places}, and further clients are refused (no-room); allow more sources`;
}
