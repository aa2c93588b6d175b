// SPDX-License-Identifier: MIT
// The values under the cursor in words.

import type { PageData } from '../page-data.ts';
import type { PagePicture } from '../page-picture.ts';
import { LOSS_CAUSES } from '../place-losses.ts';
import { countOf, formatCount, formatNs } from '../../quantities.ts';
import { clockLabels, timeLabel } from '../../browser/scale.ts';
import { legendWords } from './legend.ts';

/** Describes the whole picture. */
export function wholeText({ picture, measurement }: PageData): string {
  const whole = `${countOf(picture.sent.length, 'column')} of ${formatNs(picture.columnNs)}`;
  return `${whole}, ${countOf(measurement.datagrams.sent, 'probe')}. Point at a place for its values.`;
}

/** Describes the contents of one column. */
export function columnText({ picture, legend, measurement }: PageData, column: number): string {
  const { columnNs, sent, received, percentilesNs } = picture;
  const from = (column * columnNs) / 1e9;
  const clock = clockOf(measurement.startedAt, from);
  const parts = [`${timeLabel(from)} to ${timeLabel(from + columnNs / 1e9)}${clock}`];
  parts.push(
    `${formatCount(sent[column] ?? 0)} sent, ${formatCount(received[column] ?? 0)} received`,
  );
  for (const cause of LOSS_CAUSES) {
    const count = picture.losses[cause][column]!;
    if (count > 0) parts.push(`${formatCount(count)} ${legendWords(legend, cause)}`);
  }
  const median = percentilesNs.p50[column] ?? null;
  if (median !== null) {
    const [p90, p99] = [percentilesNs.p90[column] ?? null, percentilesNs.p99[column] ?? null];
    parts.push(`median ${formatNs(median)}, p90 ${formatNs(p90)}, p99 ${formatNs(p99)}`);
  }
  return [...parts, ...hostParts(picture, column)].join(' · ');
}

function clockOf(startedAt: string, seconds: number): string {
  const startedAtMs = Date.parse(startedAt);
  return Number.isNaN(startedAtMs) ? '' : ` (${clockLabels(startedAtMs, [seconds])[0]!} UTC)`;
}

/** How this host kept its schedule, if there is something to report. */
function hostParts(picture: PagePicture, column: number): string[] {
  const sendErrorNs = picture.largestSendErrorNs[column] ?? 0;
  const stallNs = picture.largestStallNs[column] ?? 0;
  const skipped = picture.skipped[column] ?? 0;
  const notSent = picture.sendFailed[column] ?? 0;
  return [
    ...(notSent > 0 ? [`${formatCount(notSent)} not sent`] : []),
    ...(sendErrorNs > 0 ? [`sent up to ${formatNs(sendErrorNs)} late`] : []),
    ...(stallNs > 0 ? [`stalled for ${formatNs(stallNs)}`] : []),
    ...(skipped > 0 ? [`${formatCount(skipped)} skipped`] : []),
  ];
}
