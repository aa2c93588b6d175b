// SPDX-License-Identifier: MIT
// Judges a measurement: a code, and a few sentences that follow from its numbers alone (docs/measuring.md).

import { formatRatio } from '../../quantities.ts';
import type { Measured, StreamCounts, Verdict, VerdictCode } from '../session/session-result.ts';
import { addressNote } from './address-note.ts';
import { changedAddress } from './changed-address.ts';
import { alterationCause } from './alterations.ts';
import { conditionOf } from './conditions.ts';
import { othersToo, untaken } from './elsewhere.ts';
import { startServer } from './icmp-errors.ts';
import { damagedMeanwhile, lossFault } from './loss-fault.ts';
import { outlierStreams } from './outliers.ts';
import { isUnsentNow } from './outage.ts';
import { clockDoubt, ownDoubt } from './own-doubts.ts';
import { protocolDoubts, wayOfLoss } from './protocol-doubts.ts';
import { leftOut, skipped, unsent } from './unsent.ts';

/** The verdict on the measurement. */
export function judge(measured: Measured): Verdict {
  const { code, headline } = conditionOf(measured);
  const sentences = [
    headline(measured),
    startServer(measured),
    isUnsentInHeadline(code, measured) ? undefined : unsent(measured),
    lossFault(measured),
    damagedMeanwhile(measured),
    // These codes name it in their headline.
    code === 'ALTERED' || code === 'WRONG_PROTOCOL' ? undefined : alterationCause(measured),
    wayOfLoss(measured),
    ...protocolDoubts(measured),
    code === 'FROM_ELSEWHERE' ? undefined : othersToo(measured),
    untaken(measured),
    badPorts(measured),
    skipped(measured),
    leftOut(measured),
    addressNote(measured.target),
    changedAddress(measured),
    ownDoubt(measured),
    clockDoubt(measured),
  ];
  return { code, sentences: sentences.filter((sentence) => sentence !== undefined) };
}

function isUnsentInHeadline(code: VerdictCode, measured: Measured): boolean {
  if (code === 'DOWN_NOW') return isUnsentNow(measured);
  return code === 'NOT_ALL_SENT' || code === 'ERROR' || code === 'TOO_LONG';
}

function badPorts({ streams }: Measured): string | undefined {
  const outliers = outlierStreams(streams);
  return outliers.length === 0 ? undefined : describeOutliers(outliers);
}

function describeOutliers(outliers: readonly StreamCounts[]): string {
  const ports = outliers
    .map(({ sourcePort, lossRatio }) => `${sourcePort} (${formatRatio(lossRatio)})`)
    .join(', ');
  const subject =
    outliers.length === 1 ? `Source port ${ports} loses` : `Source ports ${ports} lose`;
  return `${subject} far more than the others: one of several paths may be bad, or something on the way treats these ports differently.`;
}
