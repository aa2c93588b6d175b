// SPDX-License-Identifier: MIT
// Describes a threshold that was missed, in the words of the command line.

import type { Threshold } from '../client/session/session-result.ts';
import { longName } from '../options/option.ts';
import { PING_OPTIONS } from '../options/ping.ts';
import { formatExactNs, formatExactRatio } from '../quantities.ts';

interface Named {
  readonly what: string;
  readonly flag: string;
  readonly format: (value: number) => string;
}

/** Each threshold by its name in a result. */
const NAMED: Readonly<Record<Threshold['name'], Named>> = {
  missedRatio: { what: 'loss', flag: flagOf('maxLossRatio'), format: formatExactRatio },
  forwardLossRatio: {
    what: 'loss on the way there',
    flag: flagOf('maxForwardLossRatio'),
    format: formatExactRatio,
  },
  backwardLossRatio: {
    what: 'loss on the way back',
    flag: flagOf('maxBackwardLossRatio'),
    format: formatExactRatio,
  },
  rttP99Ns: { what: 'p99', flag: flagOf('maxP99Ms'), format: formatExactNs },
  smoothedJitterNs: { what: 'jitter', flag: flagOf('maxJitterMs'), format: formatExactNs },
};

/** `loss is 1.004 %, above --max-loss 1 %`. */
export function missedLine({ name, limit, actual, reason }: Threshold): string {
  const { what, flag, format } = NAMED[name];
  if (actual !== null) return `${what} is ${format(actual)}, above ${flag} ${format(limit)}`;
  return `${what} is unknown (${reason ?? ''}), so ${flag} ${format(limit)} fails`;
}

function flagOf(name: keyof typeof PING_OPTIONS): string {
  return longName(PING_OPTIONS[name].flags[0]!);
}
