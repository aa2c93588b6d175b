// SPDX-License-Identifier: MIT
// Notices in the form of each kind of receiver.

import { VERSION } from '../../version.ts';
import { descriptionOf, labelsOf, summaryOf, type Notice } from './notice.ts';

export interface NoticeFormat {
  readonly kind: 'alertmanager' | 'webhook';
  /** Where notices go, beneath the URL that was given. */
  readonly path: string;
  /** A receiver that forgets: it is told again what is firing, and for a while what is not any more. */
  readonly isRepeated: boolean;
  readonly body: (notices: readonly Notice[], nowMs: number) => unknown;
}

/** Longer than a few repetitions: then an Alertmanager takes an alert for resolved if nobody tells of it any more. */
const ALIVE_MS = 4 * 60_000;

/** https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml, postableAlerts. */
export const ALERTMANAGER: NoticeFormat = {
  kind: 'alertmanager',
  path: 'api/v2/alerts',
  isRepeated: true,
  body: (notices, nowMs) =>
    notices.map((notice) => ({
      labels: labelsOf(notice),
      annotations: { summary: summaryOf(notice), description: descriptionOf(notice) },
      startsAt: iso(notice.startsAtMs),
      endsAt: iso(notice.endsAtMs ?? nowMs + ALIVE_MS),
    })),
};

/** docs/alerts.md. */
export const WEBHOOK: NoticeFormat = {
  kind: 'webhook',
  path: '',
  isRepeated: false,
  body: (notices) => ({
    schema: 'echogram.alerts/1',
    version: VERSION,
    alerts: notices.map((notice) => ({
      status: notice.status,
      rule: notice.rule.name,
      key: notice.target.key,
      labels: labelsOf(notice),
      startsAt: iso(notice.startsAtMs),
      endsAt: notice.endsAtMs === null ? null : iso(notice.endsAtMs),
      summary: summaryOf(notice),
      description: descriptionOf(notice),
    })),
  }),
};

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
