// SPDX-License-Identifier: MIT
// The interim verdict while no reply has arrived in time.

import type { RecordCounts } from '../client/session/record-reducer.ts';
import type { Verdict } from '../client/session/session-result.ts';
import { countOf } from '../quantities.ts';

/** `undefined` if a reply arrived in time. */
export function unansweredSoFar({
  received,
  lost,
  late,
  sendFailed,
}: Pick<RecordCounts, 'received' | 'lost' | 'late' | 'sendFailed'>): Verdict | undefined {
  if (received > 0) return undefined;
  const sent = lost + late;
  if (late > 0) return { code: 'ALL_LATE', sentences: [allLate(late, sent)] };
  if (sent > 0) {
    return { code: 'NO_REPLY', sentences: [`No reply so far to ${countOf(sent, 'probe')}.`] };
  }
  return { code: 'NOTHING_SENT', sentences: [nothingSent(sendFailed)] };
}

function allLate(late: number, sent: number): string {
  return `No reply in time so far: ${countOf(late, 'late reply', 'late replies')} to ${countOf(sent, 'probe')}.`;
}

function nothingSent(sendFailed: number): string {
  if (sendFailed === 0) return 'Nothing is known yet.';
  return `Nothing sent so far: this host could not send ${countOf(sendFailed, 'probe')}.`;
}
