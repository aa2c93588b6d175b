// SPDX-License-Identifier: MIT
// Describes where losses happened, as far as this end can know.

import { countOf, formatCount } from '../../quantities.ts';
import type { Measured } from '../session/session-result.ts';
import { hostParts, isHostKnown, knownParts, restParts, type LossPart } from './loss-parts.ts';

/**
 * Describes the causes of the losses: those that this host knows, and the rest.
 *
 * @returns `undefined` if there is nothing to say, or another sentence says it
 */
export function lossFault(result: Measured): string | undefined {
  const { datagrams, forward } = result;
  const { lost, received } = datagrams;
  if (lost === 0 || received === 0) return undefined;
  const causes = knownParts(result);
  // A separate sentence gives the direction of the rest. The rest is attributed only if this host would know of its own
  // drops.
  const isRestTold = forward !== null && forward.lost !== null;
  if (causes.length === 0 && (isRestTold || !isHostKnown(result))) return undefined;
  return sentence(lost, [...causes, ...restParts(lost - sumOf(causes), result)]);
}

/** Number of losses with a cause that this host knows. */
export function knownLosses(measured: Measured): number {
  return sumOf(knownParts(measured));
}

/** Datagrams that the sockets of this host dropped; 0 if unknown. */
export function hostDropsOf({ hostDrops }: Measured): number {
  return sumOf(hostParts(hostDrops));
}

/** The headline if this host dropped everything that arrived. */
export function droppedHere({ hostDrops, datagrams }: Measured): string {
  const parts = hostParts(hostDrops).filter(({ count }) => count > 0);
  const counts = parts.map(({ count, where }) => `${formatCount(count)} ${where}`).join(', ');
  return `No reply to ${countOf(datagrams.sent, 'probe')} could be read, but datagrams arrived and were dropped: ${counts}.`;
}

/**
 * A sentence about damaged datagrams that the kernel dropped before it looked up their socket, as it does with short
 * ones (Linux verifies datagrams of up to 76 octets, including the UDP header, on arrival: net/ipv4/udp.c,
 * `CHECKSUM_BREAK`).
 */
export function damagedMeanwhile({ datagrams, hostDrops }: Measured): string | undefined {
  const { checksum, bufferOrChecksum, checksumOfAll } = hostDrops;
  const others = (checksumOfAll ?? 0) - (checksum ?? 0) - (bufferOrChecksum ?? 0);
  if (datagrams.lost === 0 || others <= 0) return undefined;
  const came = countOf(others, 'datagram');
  return `Meanwhile this host received ${came} with a wrong UDP checksum and dropped ${others === 1 ? 'it' : 'them'} before looking up the socket. Lost replies, damaged on the path, may be among them.`;
}

/** `It was lost on the way back.`, `Both were …`, `All 12 were …` */
export function oneFate(lost: number, fate: string): string {
  if (lost === 1) return `It was ${fate}.`;
  return `${lost === 2 ? 'Both' : `All ${formatCount(lost)}`} were ${fate}.`;
}

function sentence(lost: number, parts: readonly LossPart[]): string {
  const [{ fate }] = parts as [LossPart];
  if (parts.length === 1) return oneFate(lost, fate);
  return `Lost ${formatCount(lost)}: ${parts.map(({ count, where }) => `${formatCount(count)} ${where}`).join(', ')}.`;
}

function sumOf(parts: readonly LossPart[]): number {
  return parts.reduce((sum, { count }) => sum + count, 0);
}
