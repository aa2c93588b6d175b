// SPDX-License-Identifier: MIT
// Events of a watch other than probes, which people want to see on the time axis.

/** Each kind, in the words of the page. */
export const EVENT_MEANING = {
  started: 'the watch started',
  stopped: 'the watch was stopped',
  clock_stepped: 'the wall clock of this host was set',
  suspended: 'this host was suspended, or did not run this program for seconds',
  host_dropped: 'this host dropped datagrams from sockets that all targets of one IP version share',
  target_added: 'the target was added',
  target_left: 'the target was removed',
  address_changed: 'the name of the target leads to another address',
  resolve_failed: 'the name of the target can’t be resolved; its last good address is kept',
  resolved: 'the name of the target can be resolved again',
  discovery_failed:
    'a source of targets can’t be read, and keeps its last good targets; or they do not all fit',
  discovery_recovered: 'a source of targets can be read again, or they all fit again',
  config_reloaded: 'the configuration was replaced',
  config_refused: 'a configuration with errors was refused; the one before stays',
  alert_raised: 'an alert was raised',
  alert_cleared: 'an alert was cleared',
  notify_failed: 'a notification could not be delivered; it is tried again',
  history_failed: 'the history could not be written',
  history_recovered: 'the history is written again',
} as const;

export type WatchEventKind = keyof typeof EVENT_MEANING;

export interface WatchEvent {
  /** By the wall clock, in milliseconds since 1970. */
  readonly atMs: number;
  /** The target concerned; `null` for the watch as a whole. */
  readonly key: string | null;
  readonly kind: WatchEventKind;
  /** One line for people: names and numbers, without secrets. */
  readonly detail: string;
}
