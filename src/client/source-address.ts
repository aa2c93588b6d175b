// SPDX-License-Identifier: MIT
// Waits for an address of this host's that can reach a peer over IPv6. While its own are tentative (RFC 4862 section
// 5.4) Linux sends from ::1, or from a link-local address, and no reply can come.

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

/** Linux's include/uapi/linux/if_addr.h: tentative, and no longer checked as another host has it. */
const IFA_F_TENTATIVE = 0x40;
const IFA_F_DADFAILED = 0x08;

/**
 * Resolves once the system would send from an address that the peer can answer to, or has none that settles.
 *
 * @throws the system's error in Node's shape, EADDRNOTAVAIL where it would send from loopback; the signal's reason
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
      // On one link, a link-local address may do.
      if (source !== undefined && !isLoopback(source)) return;
      throw unavailable(peer, port);
    }
    await setTimeout(LOOK_EVERY_MS);
    signal?.throwIfAborted();
  }
}

/** The address that the system would send from; `undefined` where it has none. */
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

/** False where the system doesn't tell: a line is address, interface, prefix, scope, flags and name. */
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
