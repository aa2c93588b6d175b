// SPDX-License-Identifier: MIT
// What can be said of a measurement before its end while no reply has come in time.

import type { RecordCounts } from '../client/session/record-reducer.ts';
import type { Verdict } from '../client/session/session-result.ts';
import { countOf } from '../quantities.ts';

/** `undefined` where a reply came in time. */
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
  return `Nothing came in time so far: ${countOf(late, 'reply', 'replies')} came late, to ${countOf(sent, 'probe')}.`;
}

function nothingSent(sendFailed: number): string {
  if (sendFailed === 0) return 'Nothing is known yet.';
  return `Nothing was sent so far: this host could not send ${countOf(sendFailed, 'probe')}.`;
}
