// SPDX-License-Identifier: MIT
// Describes how far a reflector's numbers and clock can be trusted.

import { countOf, formatCount, formatNs } from '../../quantities.ts';
import type { Measured, ReflectorResult } from '../session/session-result.ts';
import { oneFate } from './loss-fault.ts';

/** The direction of the losses, if the other end numbers its replies. */
export function wayOfLoss(result: Measured): string | undefined {
  const { datagrams, forward, backward, reflector } = result;
  const { lost, received } = datagrams;
  if (lost === 0 || received === 0 || forward === null || backward === null) return undefined;
  if (forward.lost === null || backward.lost === null) return undefined;
  const parts = [
    [forward.lost, 'on the way there'],
    [backward.lost, 'on the way back'],
    [reflector?.unanswered ?? 0, 'at the other end, which did not answer'],
    [reflector?.unattributed ?? 0, 'in an unknown direction'],
  ] as const;
  const some = parts.filter(([count]) => count > 0);
  const [[count, where] = [0, '']] = some;
  if (some.length === 1) return oneFate(count, `lost ${where}`);
  return `Lost ${formatCount(lost)}: ${some.map(([count, where]) => `${formatCount(count)} ${where}`).join(', ')}.`;
}

/** What the other end does not reveal, and how far its clock can be trusted. */
export function protocolDoubts({ reflector, datagrams }: Measured): (string | undefined)[] {
  if (reflector === null || datagrams.received === 0) return [];
  return [numberingDoubt(reflector), stampDoubt(reflector), clockVerdict(reflector)];
}

function numberingDoubt({ numbering }: ReflectorResult): string | undefined {
  if (numbering === 'copied') {
    return 'The reflector is stateless: it repeats our sequence numbers, so the direction of a loss cannot be determined.';
  }
  if (numbering !== 'inconsistent') return undefined;
  return "The other end's sequence numbers do not match ours: it restarted, other clients use it too, or replies to duplicates of our packets were lost. The direction of a loss cannot be determined.";
}

function stampDoubt({ unusableStamps }: ReflectorResult): string | undefined {
  if (unusableStamps === 0) return undefined;
  return `The timestamps of ${countOf(unusableStamps, 'reply', 'replies')} contradict ours and were not used.`;
}

function clockVerdict({ clock }: ReflectorResult): string | undefined {
  if (clock === null) return undefined;
  const { offsetLeastNs, offsetMostNs } = clock;
  if (offsetLeastNs > offsetMostNs) {
    return `The clocks drift: their difference changed by at least ${formatNs(offsetLeastNs - offsetMostNs)}. One-way delays mean nothing.`;
  }
  const leastNs = Math.max(offsetLeastNs, -offsetMostNs);
  if (leastNs > 0) {
    const side = offsetLeastNs > 0 ? 'ahead' : 'behind';
    return `The clocks differ by at least ${formatNs(leastNs)} (the other end is ${side}): absolute one-way delays mean nothing, but their variation is valid.`;
  }
  return `The clocks may agree: the other end is between ${formatNs(-offsetLeastNs)} behind and ${formatNs(offsetMostNs)} ahead, so one-way delays may be off by as much.`;
}
