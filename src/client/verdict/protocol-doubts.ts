// SPDX-License-Identifier: MIT
// What a reflector's numbers and clock are worth, in words.

import { countOf, formatNs } from '../../quantities.ts';
import type { Measured, ReflectorResult } from '../session/session-result.ts';

/** Which way the lost ones were lost, where the other end numbers its replies. */
export function wayOfLoss(result: Measured): string | undefined {
  const { datagrams, forward, backward, reflector } = result;
  const { lost, received } = datagrams;
  if (lost === 0 || received === 0 || forward === null || backward === null) return undefined;
  if (forward.lost === null || backward.lost === null) return undefined;
  const parts = [
    [forward.lost, 'on the way there'],
    [backward.lost, 'on the way back'],
    [reflector?.unanswered ?? 0, 'at the other end, which did not answer'],
    [reflector?.unattributed ?? 0, 'either way, as nothing tells which'],
  ] as const;
  const some = parts.filter(([count]) => count > 0);
  const [[count, where] = [0, '']] = some;
  if (some.length === 1) {
    return count === 1 ? `It was lost ${where}.` : `All ${count} were lost ${where}.`;
  }
  return `Lost ${lost}: ${some.map(([count, where]) => `${count} ${where}`).join(', ')}.`;
}

/** What the other end does not tell, and what its clock is worth. */
export function protocolDoubts({ reflector, datagrams }: Measured): (string | undefined)[] {
  if (reflector === null || datagrams.received === 0) return [];
  return [numberingDoubt(reflector), stampDoubt(reflector), clockVerdict(reflector)];
}

function numberingDoubt({ numbering }: ReflectorResult): string | undefined {
  if (numbering === 'copied') {
    return 'The reflector is stateless: it repeats our numbers, so it cannot tell which way something was lost.';
  }
  if (numbering !== 'inconsistent') return undefined;
  return 'The numbers of the other end do not fit ours: it was restarted, others ask it too, or replies to copies of ours were lost. Which way something was lost, they do not tell.';
}

function stampDoubt({ unusableStamps }: ReflectorResult): string | undefined {
  if (unusableStamps === 0) return undefined;
  return `The times of ${countOf(unusableStamps, 'reply', 'replies')} contradict ours: nothing was computed from them.`;
}

function clockVerdict({ clock }: ReflectorResult): string | undefined {
  if (clock === null) return undefined;
  const { offsetLeastNs, offsetMostNs } = clock;
  if (offsetLeastNs > offsetMostNs) {
    return `The clocks drift: their difference changed by at least ${formatNs(offsetLeastNs - offsetMostNs)}. One-way delay means nothing.`;
  }
  const leastNs = Math.max(offsetLeastNs, -offsetMostNs);
  if (leastNs > 0) {
    const side = offsetLeastNs > 0 ? 'ahead' : 'behind';
    return `The clocks differ by at least ${formatNs(leastNs)} (the other end is ${side}): the absolute one-way delay means nothing, but its variation does.`;
  }
  return `The clocks may agree: the other end is from ${formatNs(-offsetLeastNs)} behind to ${formatNs(offsetMostNs)} ahead, and one-way delay may be wrong by as much.`;
}
