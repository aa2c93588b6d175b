// SPDX-License-Identifier: MIT
// What a watch counts of itself, as Prometheus metrics: one table of names, which also makes docs/metrics.md.

import type { NodeIdentity } from '../http/node-identity.ts';
import type { WatchView } from '../watch/watch-view.ts';
import { CLOCK_SYNCHRONIZED, ifKnown } from './host-clock.ts';
import type { MetricText } from './metric-text.ts';
import {
  BUILD_INFO,
  buildInfo,
  byLabel,
  HTTP_CUT_MEANING,
  one,
  type HttpCut,
  type Sample,
} from './sample.ts';

/** What one scrape reads of the watch, once. */
interface WatchReading {
  readonly watch: WatchView;
  readonly node: NodeIdentity;
  readonly httpCut: HttpCut;
  readonly isClockSynchronised: boolean | null;
}

interface WatchMetric extends MetricText {
  readonly read: (reading: WatchReading) => Sample[];
}

const SEND_ERROR_QUANTILES = { p50: '0.5', p99: '0.99', max: '1' } as const;

export const WATCH_METRICS: readonly WatchMetric[] = [
  {
    name: 'echogram_watch_targets',
    type: 'gauge',
    help: 'Targets that are watched now.',
    read: ({ watch }) => one(watch.targets.length),
  },
  {
    name: 'echogram_watch_host_dropped_total',
    type: 'counter',
    help: 'Datagrams that this host dropped from the sockets that all targets of an IP version share. Any of them may have been a reply, so no target is named. Not exported by the portable engine, which can’t know.',
    labels: { family: { ipv4: 'from the sockets for IPv4', ipv6: 'from those for IPv6' } },
    read: ({ watch }) => byLabel('family', watch.fleet.counters.hostDropped),
  },
  {
    name: 'echogram_watch_datagrams_from_strangers_total',
    type: 'counter',
    help: 'Datagrams from addresses that are not watched.',
    read: ({ watch }) => one(watch.fleet.counters.strangers),
  },
  {
    name: 'echogram_watch_send_error_seconds',
    type: 'summary',
    help: 'How much later than intended probes were sent.',
    labels: { quantile: '0.5, 0.99 or 1 (the maximum), since the start' },
    read: ({ watch }) => sendErrors(watch),
  },
  {
    name: 'echogram_watch_clock_steps_total',
    type: 'counter',
    help: 'Steps of the wall clock of this host.',
    read: ({ watch }) => one(watch.fleet.counters.clockSteps),
  },
  {
    name: 'echogram_watch_clock_synchronized',
    ...CLOCK_SYNCHRONIZED,
    read: ({ isClockSynchronised }) => ifKnown(isClockSynchronised),
  },
  {
    name: 'echogram_watch_config_last_reload_successful',
    type: 'gauge',
    help: '1 if the latest configuration was taken; 0 if it was refused, and the one before stays.',
    read: ({ watch }) => one(watch.configStatus.isGood ? 1 : 0),
  },
  {
    name: 'echogram_watch_config_last_reload_success_timestamp_seconds',
    type: 'gauge',
    help: 'When a configuration was last taken, in seconds since 1970.',
    read: ({ watch }) => one(watch.configStatus.lastGoodAtMs / 1000),
  },
  {
    name: 'echogram_watch_discovery_targets',
    type: 'gauge',
    help: 'Targets that a source gave when it was last read.',
    labels: sourceLabels(),
    read: ({ watch }) => bySource(watch, ({ targets }) => targets),
  },
  {
    name: 'echogram_watch_discovery_failures_total',
    type: 'counter',
    help: 'Attempts to read a source of targets that failed; its last good targets are kept.',
    labels: sourceLabels(),
    read: ({ watch }) => bySource(watch, ({ failures }) => failures),
  },
  {
    name: 'echogram_watch_history_bytes',
    type: 'gauge',
    help: 'Size of the history: of its database with the write-ahead log, or in memory.',
    labels: { kind: { sqlite: 'in a database', memory: 'in memory: gone when the watch ends' } },
    read: ({ watch: { history } }) => [
      { value: history.status.bytes, labels: { kind: history.status.kind } },
    ],
  },
  {
    name: 'echogram_watch_history_write_failures_total',
    type: 'counter',
    help: 'Attempts to write to the history that failed. What was to be written waits for the next one.',
    read: ({ watch }) => one(watch.history.status.writeFailures),
  },
  {
    name: 'echogram_watch_history_records_lost_total',
    type: 'counter',
    help: 'Columns and events missing in the history: too many waited to be written.',
    read: ({ watch }) => one(watch.history.status.recordsLost),
  },
  {
    name: 'echogram_watch_alerts',
    type: 'gauge',
    help: 'Alerts of each rule, over all targets.',
    labels: {
      rule: 'name of the rule',
      state: {
        pending: 'the condition holds, but not yet for as long as the rule asks',
        firing: 'raised, and not cleared yet',
      },
    },
    read: ({ watch }) => alertSamples(watch),
  },
  {
    name: 'echogram_watch_notifications_total',
    type: 'counter',
    help: 'Notifications delivered.',
    labels: notifierLabels(),
    read: ({ watch }) => byNotifier(watch, ({ sent }) => sent),
  },
  {
    name: 'echogram_watch_notification_failures_total',
    type: 'counter',
    help: 'Attempts to deliver a notification that failed; each is tried again.',
    labels: notifierLabels(),
    read: ({ watch }) => byNotifier(watch, ({ failures }) => failures),
  },
  {
    name: 'echogram_watch_http_connections_cut_total',
    type: 'counter',
    help: 'Connections to this listener that the watch closed early.',
    labels: { reason: HTTP_CUT_MEANING },
    read: ({ httpCut }) => byLabel('reason', httpCut),
  },
  {
    name: 'echogram_watch_start_time_seconds',
    type: 'gauge',
    help: 'When the watch started, in seconds since 1970.',
    read: ({ watch }) => one(watch.startedAtMs / 1000),
  },
  {
    name: 'echogram_watch_node_info',
    type: 'gauge',
    help: 'Always 1; its labels are the name and zone of this node in a mesh.',
    labels: { node: 'name of the node', zone: 'its zone; empty without one' },
    read: ({ node }) => [{ value: 1, labels: { node: node.name, zone: node.zone ?? '' } }],
  },
  {
    name: 'echogram_watch_build_info',
    ...BUILD_INFO,
    read: ({ watch }) => buildInfo(watch.engine),
  },
];

function sourceLabels(): NonNullable<MetricText['labels']> {
  return {
    kind: '`file_sd`, `http_sd` or `dns`',
    source: 'the pattern of files, the URL or the name, as configured, without a password',
  };
}

function notifierLabels(): NonNullable<MetricText['labels']> {
  return { kind: '`alertmanager` or `webhook`', url: 'of the receiver, without a password' };
}

function sendErrors({ fleet }: WatchView): Sample[] {
  const { sendErrorNs } = fleet.counters;
  return Object.entries(SEND_ERROR_QUANTILES).flatMap(([name, quantile]) => {
    const ns = sendErrorNs[name as keyof typeof SEND_ERROR_QUANTILES];
    return ns === null ? [] : [{ value: ns / 1e9, labels: { quantile } }];
  });
}

function bySource(
  { sources }: WatchView,
  read: (source: WatchView['sources'][number]) => number,
): Sample[] {
  return sources.map((source) => ({
    value: read(source),
    labels: { kind: source.kind, source: source.source },
  }));
}

type Alerts = NonNullable<WatchView['alerts']>;

function alertSamples({ alerts }: WatchView): Sample[] {
  if (alerts === undefined) return [];
  return alerts.rules.flatMap((rule) =>
    (['pending', 'firing'] as const).map((state) => ({
      value: alerts.states.filter((alert) => alert.rule === rule && alert.state === state).length,
      labels: { rule, state },
    })),
  );
}

function byNotifier(
  { alerts }: WatchView,
  read: (notifier: Alerts['notifiers'][number]) => number,
): Sample[] {
  return (alerts?.notifiers ?? []).map((notifier) => ({
    value: read(notifier),
    labels: { kind: notifier.kind, url: notifier.url },
  }));
}
