// SPDX-License-Identifier: MIT
// Describes changes of the source address during the run.

import { escapeText } from '../../printable.ts';
import { countOf, formatNs } from '../../quantities.ts';
import type { Measured } from '../session/session-result.ts';

/** A sentence about the change; `undefined` if there was none. */
export function changedAddress({
  addressChanges,
}: Pick<Measured, 'addressChanges'>): string | undefined {
  const [first] = addressChanges;
  if (first === undefined) return undefined;
  const change = `from ${escapeText(first.from)} to ${escapeText(first.to)} after ${formatNs(first.atNs)}`;
  const others = addressChanges.length - 1;
  const again = others === 0 ? '' : `, and ${countOf(others, 'time')} more`;
  return `This host's source address changed ${change}${again}; probes in flight at that moment may have been lost.`;
}
