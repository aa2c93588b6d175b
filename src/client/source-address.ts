// SPDX-License-Identifier: MIT
// Waits for a local address that can reach a peer over IPv6. While this host's addresses are tentative (RFC 4862
// section 5.4), Linux sends from ::1 or from a link-local address, and no reply can arrive.

import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { systemCodeOf } from '../errors.ts';
import { isLinkLocal, isLoopback } from '../socket/ip-address.ts';
import { connectSocket } from '../socket/portable/connected-socket.ts';
import type { HostAddress } from '../socket/resolve.ts';
import { monotonicNs } from '../time.ts';

/** Duplicate address detection takes up to two seconds by default (RFC 4862 sections 5.1 and 5.4.2). */
const SETTLING_NS = 4e9;

const LOOK_EVERY_MS = 50;

/** Linux' include/uapi/linux/if_addr.h: tentative, and no longer being checked because another host has it. */
const IFA_F_TENTATIVE = 0x40;
const IFA_F_DADFAILED = 0x08;

/**
 * Resolves once the system would send from an address that the peer can reply to, or no address is being checked any
 * more.
 *
 * @throws the system's error in Node's shape, EADDRNOTAVAIL if it would send from loopback; the signal's reason
 */
export async function untilSourceSettles(
  peer: HostAddress,
  port: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (peer.ipVersion === 4 || isLoopback(peer.address)) return;
  const giveUpAtNs = monotonicNs() + SETTLING_NS;
  for (;;) {
    const source = await sourceOf(peer, port);
    if (source !== undefined && !isPoor(source, peer)) return;
    if (!hasTentative() || monotonicNs() > giveUpAtNs) {
      // On the same link, a link-local address may work.
      if (source !== undefined && !isLoopback(source)) return;
      throw unavailable(peer, port);
    }
    await setTimeout(LOOK_EVERY_MS);
    signal?.throwIfAborted();
  }
}

/** The address that the system would send from; `undefined` if there is none. */
async function sourceOf(peer: HostAddress, port: number): Promise<string | undefined> {
  try {
    const socket = await connectSocket(peer, port);
    const { address } = socket.address();
    socket.close();
    return address;
  } catch (error) {
    if (systemCodeOf(error) === 'EADDRNOTAVAIL') return undefined;
    throw error;
  }
}

function isPoor(source: string, { address }: HostAddress): boolean {
  return isLoopback(source) || (isLinkLocal(source) && !isLinkLocal(address));
}

/** False if the system doesn't list them. A line has address, interface, prefix, scope, flags and name. */
function hasTentative(): boolean {
  try {
    const lines = readFileSync('/proc/net/if_inet6', 'utf8').split('\n');
    const flags = lines.map((line) => Number.parseInt(line.split(/\s+/)[4] ?? '0', 16));
    return flags.some((bits) => (bits & IFA_F_TENTATIVE) !== 0 && (bits & IFA_F_DADFAILED) === 0);
  } catch {
    return false;
  }
}

function unavailable({ address }: HostAddress, port: number): Error {
  const code = 'EADDRNOTAVAIL';
  const error = new Error(`connect ${code} ${address}:${port}`);
  return Object.assign(error, { code, syscall: 'connect', address, port });
}
