// SPDX-License-Identifier: MIT
// Whose losses they were, as far as this end can know, in words.

import { DROP_WORDS } from '../host/drop-words.ts';
import { countOf } from '../../quantities.ts';
import { icmpErrorText } from '../session/icmp-error-kind.ts';
import type { Measured } from '../session/session-result.ts';

/** So many kinds of ICMP errors are named. */
const NAMED_KINDS = 2;

/** Some of the lost, and what became of them. */
interface Part {
  readonly count: number;
  /** After "Lost 12: 9 …". */
  readonly where: string;
  /** After "It was" or "All 9 were". */
  readonly fate: string;
}

/**
 * Each loss under one cause, this host's first: what its kernel dropped, then what ICMP errors
 * named, then as many as replies came altered. The rest is the path's, or the other end's.
 *
 * @returns `undefined` where nothing is to be told, or another sentence tells it
 */
export function lossFault(result: Measured): string | undefined {
  const { datagrams, forward } = result;
  const { lost, received } = datagrams;
  if (lost === 0 || received === 0) return undefined;
  const causes = knownCauses(result);
  const rest = lost - sumOf(causes);
  // Which way the rest was lost is told by itself, and who lost it only where this host would know its own.
  const isRestTold = forward !== null && forward.lost !== null;
  const { receiveBuffer, sendQueue } = result.hostDrops;
  const isHostKnown = receiveBuffer !== null && sendQueue !== null;
  if (causes.length === 0 && (isRestTold || !isHostKnown)) return undefined;
  return sentence(lost, [...causes, ...restOf(rest, isHostKnown, result.rateLimit !== null)]);
}

/** Losses with a cause that this host knows. */
export function knownLosses(measured: Measured): number {
  return sumOf(knownCauses(measured));
}

function knownCauses(result: Measured): readonly Part[] {
  const { datagrams, hostDrops, icmpErrors, echogram } = result;
  let left = datagrams.lost;
  const take = (most: number): number => {
    const count = Math.min(left, most);
    left -= count;
    return count;
  };
  const withError = `answered by ${kindsOf(icmpErrors)}`;
  const parts: readonly Part[] = [
    {
      count: take(hostDrops.sendQueue ?? 0),
      where: "in this host's own queue on the way out",
      fate: "lost in this host's own queue on the way out",
    },
    ...hostParts(hostDrops).map(({ count, ...words }) => ({ count: take(count), ...words })),
    {
      count: take(echogram.icmpErrors.reduce((sum, count) => sum + count, 0)),
      where: withError,
      fate: withError,
    },
    {
      count: take(datagrams.corrupted),
      where: 'answered by altered replies',
      fate: 'answered by altered replies',
    },
  ];
  return parts.filter(({ count }) => count > 0);
}

/** What the sockets of this host dropped, by why. */
function hostParts(drops: Measured['hostDrops']): readonly Part[] {
  return [
    {
      count: drops.receiveBuffer ?? 0,
      where: DROP_WORDS.receiveBuffer,
      fate: `lost ${DROP_WORDS.receiveBuffer}`,
    },
    {
      count: drops.checksum ?? 0,
      where: DROP_WORDS.checksum,
      fate: DROP_WORDS.checksum,
    },
    {
      count: drops.bufferOrChecksum ?? 0,
      where: DROP_WORDS.bufferOrChecksum,
      fate: DROP_WORDS.bufferOrChecksum,
    },
  ];
}

/** Datagrams that the sockets of this host dropped; 0 where nobody can know. */
export function hostDropsOf({ hostDrops }: Measured): number {
  return sumOf(hostParts(hostDrops));
}

/** A headline where nothing came but what this host dropped. */
export function droppedHere({ hostDrops, datagrams }: Measured): string {
  const parts = hostParts(hostDrops).filter(({ count }) => count > 0);
  const counts = parts.map(({ count, where }) => `${count} ${where}`).join(', ');
  return `No reply to ${countOf(datagrams.sent, 'probe')} could be read, but datagrams came: ${counts}.`;
}

/**
 * A sentence on what came damaged and was dropped before the kernel looked whose it was: short datagrams are
 * (Linux checks 76 octets and fewer, UDP header included, on arrival: net/ipv4/udp.c, `CHECKSUM_BREAK`).
 */
export function damagedMeanwhile({ datagrams, hostDrops }: Measured): string | undefined {
  const { checksum, bufferOrChecksum, checksumOfAll } = hostDrops;
  const others = (checksumOfAll ?? 0) - (checksum ?? 0) - (bufferOrChecksum ?? 0);
  if (datagrams.lost === 0 || others <= 0) return undefined;
  const came = countOf(others, 'datagram');
  return `Meanwhile ${came} with a wrong UDP checksum came to this host and ${others === 1 ? 'was' : 'were'} dropped before it looked which socket they were for. Lost replies, damaged on the path, may be among them.`;
}

function restOf(count: number, isHostKnown: boolean, isLimited: boolean): readonly Part[] {
  if (count === 0) return [];
  if (isLimited) return [{ count, where: 'by that limit', fate: 'refused by that limit' }];
  const where = isHostKnown
    ? 'on the path or at the other end'
    : 'on the path, at the other end or in this host';
  return [{ count, where, fate: `lost ${where}` }];
}

function sentence(lost: number, parts: readonly Part[]): string {
  const [{ fate }] = parts as [Part];
  if (parts.length === 1) return lost === 1 ? `It was ${fate}.` : `All ${lost} were ${fate}.`;
  return `Lost ${lost}: ${parts.map(({ count, where }) => `${count} ${where}`).join(', ')}.`;
}

/** `ICMP "port unreachable" from 192.0.2.7`, the most frequent first. */
function kindsOf(icmpErrors: Measured['icmpErrors']): string {
  const kinds = [...icmpErrors].sort((a, b) => b.count - a.count).map(icmpErrorText);
  const others = kinds.length > NAMED_KINDS ? ' and others' : '';
  return `${kinds.slice(0, NAMED_KINDS).join(' and ')}${others}`;
}

function sumOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { count }) => sum + count, 0);
}
