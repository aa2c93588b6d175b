// SPDX-License-Identifier: MIT
// Remarks above the data: firing alerts, and what is wrong with the watch itself.

import { element, type Child } from '../../browser/dom.ts';
import type { AlertState } from '../../watch/alerts/alert-state.ts';
import type { ApiWatch } from '../watch-api.ts';
import { searchOf } from './ask.ts';
import type { Live } from './live.ts';
import { momentOf, sinceText } from './times.ts';

export interface Notice {
  /** Another one means that the notice says something else. */
  readonly key: string;
  readonly node: HTMLElement;
}

/** A ninth alert and more are only in the rows: nobody reads so many here. */
const MOST_ALERTS = 8;

const STOPPED = 'It was stopped, or this page cannot reach it. What is below is old.';

/** Troubles of the watch first, then alerts. */
export function noticesOf(live: Live): readonly Notice[] {
  const { watch, isSilent } = live;
  const troubles = [
    ...(isSilent ? [STOPPED] : []),
    ...(watch === undefined ? [] : troublesOf(watch)),
  ];
  return [
    ...troubles.map((text) => ({
      key: text,
      node: element('p', { class: 'notice', role: 'note' }, text),
    })),
    ...firing(live)
      .slice(0, MOST_ALERTS)
      .map((alert) => overviewNotice(alert, live)),
  ];
}

export function firing({ alerts }: Live): readonly AlertState[] {
  return alerts.filter(({ state }) => state === 'firing');
}

/** @param where  between the rule and the time, such as the target */
export function alertNotice(
  { rule, sinceMs, words }: AlertState,
  nowMs: number,
  ...where: readonly Child[]
): HTMLElement {
  return element(
    'p',
    { class: 'notice alert', role: 'note' },
    element('b', {}, `Alert ${rule}`),
    ...where,
    ` since ${sinceText(sinceMs, nowMs)}: ${words}`,
  );
}

function overviewNotice(alert: AlertState, live: Live): Notice {
  const { rule, key, sinceMs, words } = alert;
  const name = live.statuses.get(key)?.target.name ?? key;
  const link = element('a', { href: `target${searchOf({ key })}` }, name);
  return {
    key: `${rule} ${key} ${sinceMs} ${words}`,
    node: alertNotice(alert, live.nowMs, ' on ', link),
  };
}

function troublesOf({ config, history, engineReason }: ApiWatch): readonly string[] {
  const refused = config.isGood
    ? []
    : [
        `The configuration has an error, and the one of ${momentOf(config.lastGoodAtMs)} is used: ${config.error ?? 'not known'}`,
      ];
  return [
    ...refused,
    ...(history.lastError === null ? [] : [`The history can't be written: ${history.lastError}`]),
    ...(history.reason === null ? [] : [`The history is kept in memory only: ${history.reason}`]),
    ...(engineReason === null ? [] : [`Probing with the portable engine: ${engineReason}`]),
  ];
}
