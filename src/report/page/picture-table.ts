// SPDX-License-Identifier: MIT
// The picture in figures.

import type { PageData } from '../page-data.ts';
import { LOSS_CAUSES, type DrawnCause } from '../place-losses.ts';
import type { PagePicture } from '../page-picture.ts';
import { formatCount, formatNs } from '../../quantities.ts';
import { folded, section, table } from '../../browser/dom.ts';
import { timeLabel } from '../../browser/scale.ts';
import { lossesAt } from './tracks.ts';

/** Heads of table columns; the legend says more. */
const CAUSE_HEADS: Readonly<Record<DrawnCause, string>> = {
  path: 'Path',
  forward: 'Way there',
  backward: 'Way back',
  otherEnd: 'Other end',
  thisHost: 'This host',
  icmpErrors: 'ICMP error',
  unusable: 'Unusable',
  late: 'Late',
};

/** The picture as a table, for screen readers and for reading figures. */
export function pictureTable({ picture }: PageData): HTMLElement {
  const make = (): HTMLElement => {
    const causes = LOSS_CAUSES.filter((cause) => picture.losses[cause].some((count) => count > 0));
    const head = [
      'From',
      'Sent',
      'Received',
      'Missed',
      ...causes.map((cause) => CAUSE_HEADS[cause]),
    ];
    const rows = picture.sent.map((sent, column) => [
      timeLabel((column * picture.columnNs) / 1e9),
      ...[sent, picture.received[column]!, lossesAt(picture, column)].map(formatCount),
      ...causes.map((cause) => formatCount(picture.losses[cause][column]!)),
      ...percentilesAt(picture, column),
      formatNs(picture.largestSendErrorNs[column]!),
      picture.largestStallNs[column] === 0 ? '-' : formatNs(picture.largestStallNs[column]!),
      formatCount(picture.sendFailed[column]!),
      formatCount(picture.skipped[column]!),
    ]);
    const host = ['Sent late by', 'Stalled for', 'Not sent', 'Skipped'];
    return table('The echogram in figures', [...head, 'p50', 'p90', 'p99', ...host], rows);
  };
  return section('figures', 'The picture as a table', folded('Each column of the echogram', make));
}

function percentilesAt({ percentilesNs }: PagePicture, column: number): string[] {
  const { p50, p90, p99 } = percentilesNs;
  return [p50, p90, p99].map((values) => formatNs(values[column] ?? null));
}
