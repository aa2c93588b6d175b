// SPDX-License-Identifier: MIT
// The address that probes left from, where it changed meanwhile, in words.

import { escapeText } from '../../printable.ts';
import { countOf, formatNs } from '../../quantities.ts';
import type { Measured } from '../session/session-result.ts';

/** A sentence on that address; `undefined` where it stayed. */
export function changedAddress({
  addressChanges,
}: Pick<Measured, 'addressChanges'>): string | undefined {
  const [first] = addressChanges;
  if (first === undefined) return undefined;
  const change = `from ${escapeText(first.from)} to ${escapeText(first.to)} after ${formatNs(first.atNs)}`;
  const others = addressChanges.length - 1;
  const again = others === 0 ? '' : `, and ${countOf(others, 'time')} more`;
  return `The address that this host sends from changed ${change}${again}; that may have cost the probes on their way then.`;
}
