// SPDX-License-Identifier: MIT
// The legend of a picture: what each colour other than those of replies means, in the words of the verdict.

import type { LossPart } from '../client/verdict/loss-parts.ts';
import { sendFailureText } from '../client/verdict/unsent.ts';
import type { SessionResult } from '../client/session/session-result.ts';
import { formatNs } from '../quantities.ts';
import type { DrawnCause } from './place-losses.ts';

/** What is drawn besides replies. Probes that were not sent, and skipped slots, are not losses. */
export type DrawnKind = DrawnCause | 'notSent' | 'skipped';

export interface LegendEntry {
  readonly kind: DrawnKind;
  readonly count: number;
  readonly text: string;
}

interface Told {
  readonly parts: readonly LossPart[];
  readonly datagrams: Pick<SessionResult['datagrams'], 'late' | 'sendFailed'>;
  readonly sendFailures: SessionResult['sendFailures'] | null;
  readonly skipped: number;
  readonly timeoutNs: number;
}

/** The entries that occur. */
export function legendOf({
  parts,
  datagrams,
  sendFailures,
  skipped,
  timeoutNs,
}: Told): readonly LegendEntry[] {
  const reasons = sendFailures === null ? '' : ` (${sendFailureText(sendFailures)})`;
  const others: readonly LegendEntry[] = [
    {
      kind: 'late',
      count: datagrams.late,
      text: `late: after the timeout of ${formatNs(timeoutNs)}`,
    },
    { kind: 'notSent', count: datagrams.sendFailed, text: `not sent by this host${reasons}` },
    { kind: 'skipped', count: skipped, text: 'skipped, because this host was late' },
  ];
  const losses = parts.map(({ cause, count, fate }) => ({ kind: cause, count, text: fate }));
  return [...losses, ...others].filter(({ count }) => count > 0);
}
