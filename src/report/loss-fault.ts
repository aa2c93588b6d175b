// SPDX-License-Identifier: MIT
// Whose losses they were, as far as this end can know, in words.

import type { SessionResult } from '../client/session-result.ts';
import { refusalText } from './refusal-kind.ts';

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
 * Each loss under one cause, this host's first: what its receive buffer dropped, then what ICMP errors
 * named, then as many as replies came altered. The rest is the path's, or the other end's.
 *
 * @returns `undefined` where nothing is to be told, or another sentence tells it
 */
export function lossFault(result: SessionResult): string | undefined {
  const { datagrams, forward } = result;
  const { lost, received } = datagrams;
  if (lost === 0 || received === 0) return undefined;
  const causes = knownCauses(result);
  const rest = lost - sumOf(causes);
  // Which way the rest was lost is told by itself, and who lost it only where this host would know its own.
  const isRestTold = forward !== null && forward.lost !== null;
  const isHostKnown = result.hostDrops.receiveBuffer !== null;
  if (causes.length === 0 && (isRestTold || !isHostKnown)) return undefined;
  return sentence(lost, [...causes, ...restOf(rest, isHostKnown)]);
}

function knownCauses(result: SessionResult): readonly Part[] {
  const { datagrams, hostDrops, refusals, echogram } = result;
  let left = datagrams.lost;
  const take = (most: number): number => {
    const count = Math.min(left, most);
    left -= count;
    return count;
  };
  const refusedBy = `refused by ${kindsOf(refusals)}`;
  const parts: readonly Part[] = [
    {
      count: take(hostDrops.receiveBuffer ?? 0),
      where: "in this host's receive buffer",
      fate: "lost in this host's receive buffer",
    },
    {
      count: take(echogram.refused.reduce((sum, count) => sum + count, 0)),
      where: refusedBy,
      fate: refusedBy,
    },
    {
      count: take(datagrams.corrupted),
      where: 'answered by altered replies',
      fate: 'answered by altered replies',
    },
  ];
  return parts.filter(({ count }) => count > 0);
}

function restOf(count: number, isHostKnown: boolean): readonly Part[] {
  if (count === 0) return [];
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
function kindsOf(refusals: SessionResult['refusals']): string {
  const kinds = [...refusals].sort((a, b) => b.count - a.count).map(refusalText);
  const others = kinds.length > NAMED_KINDS ? ' and others' : '';
  return `${kinds.slice(0, NAMED_KINDS).join(' and ')}${others}`;
}

function sumOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { count }) => sum + count, 0);
}
