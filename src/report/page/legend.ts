// SPDX-License-Identifier: MIT
// The legend beside the picture.

import type { PageData } from '../page-data.ts';
import type { DrawnKind } from '../page-legend.ts';
import { formatCount } from '../../quantities.ts';
import { element } from '../../browser/dom.ts';

/** The legend, only with entries that occur, and their counts. */
export function legendItems({ legend, picture }: PageData): HTMLElement[] {
  const entries = legend.map(({ kind, count, text }) =>
    element(
      'li',
      {},
      element('span', { class: `swatch cause-${kind}` }),
      element('b', {}, formatCount(count)),
      ` ${text}`,
    ),
  );
  if (picture.evenly.length === 0) return entries;
  const named = picture.evenly.map((cause) => legendWords(legend, cause)).join('; ');
  return [
    ...entries,
    element(
      'li',
      { class: 'note' },
      `Distributed evenly, because the time of each loss is unknown: ${named}.`,
    ),
  ];
}

/** What the legend says of a kind. */
export function legendWords(legend: PageData['legend'], kind: DrawnKind): string {
  return legend
    .filter((entry) => entry.kind === kind)
    .map(({ text }) => text)
    .join(', or ');
}
