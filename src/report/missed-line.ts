// SPDX-License-Identifier: MIT
// A threshold that was missed, in the words of the command line.

import type { Threshold } from '../client/session/session-result.ts';
import { formatExactNs, formatExactRatio } from '../quantities.ts';

/** `loss is 1.004 %, above --max-loss 1 %`. */
export function missedLine({ name, limit, actual }: Threshold): string {
  const [what, flag, format] =
    name === 'missedRatio'
      ? (['loss', '--max-loss', formatExactRatio] as const)
      : (['p99', '--max-p99', formatExactNs] as const);
  if (actual === null) return `${what} is not known, so ${flag} ${format(limit)} does not hold`;
  return `${what} is ${format(actual)}, above ${flag} ${format(limit)}`;
}
