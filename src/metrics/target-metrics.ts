// SPDX-License-Identifier: MIT
// What a watch counts of each target, as Prometheus metrics: one table of names, which also makes docs/metrics.md.
// Naming: https://prometheus.io/docs/practices/naming/

import { formatHostPort } from '../host-port.ts';
import { sentOf, type Counts } from '../watch/counts.ts';
import { RTT_BUCKETS_NS, type TargetCounters } from '../watch/fleet/fleet.ts';
import type { TargetStatus } from '../watch/watch-view.ts';
import type { MetricText } from './metric-text.ts';

/** What one scrape reads of a target, once. */
export interface TargetReading {
  readonly status: TargetStatus;
  readonly counters: TargetCounters;
  /** Replies in time by bucket, each with those below it; the last has all. */
  readonly cumulated: readonly number[];
}

/** One series of each target. */
interface Series {
  /** Of the name, such as `_bucket`. */
  readonly suffix?: string;
  /** Beside those of the target. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly labelsOf?: (reading: TargetReading) => Readonly<Record<string, string>>;
  readonly read: (reading: TargetReading) => number;
}

export interface TargetMetric extends MetricText {
  readonly series: readonly Series[];
}

/** Labels of every target's series; an operator's own labels have other names. */
export const TARGET_LABELS = {
  target: 'name of the target',
  probe: 'name of its entry in `probes`, `default` without one',
  family:
    '`ipv4` or `ipv6` if the probe asks for that IP version, or for both; empty, or left out, for `any`',
} as const;

export const TARGET_METRICS: readonly TargetMetric[] = [
  {
    name: 'echogram_watch_probes_sent_total',
    type: 'counter',
    help: 'Probes whose fate is known: received + late + lost in every scrape. A probe is counted once, when its reply came in time, else at twice the timeout.',
    series: [{ read: ({ counters: { counts } }) => sentOf(counts) }],
  },
  count('probes_received', 'Probes with a reply within the timeout.', 'received'),
  count(
    'probes_late',
    'Probes with a reply after the timeout, but within twice the timeout.',
    'late',
  ),
  {
    name: 'echogram_watch_probes_lost_total',
    type: 'counter',
    help: 'Probes without a reply within twice the timeout.',
    labels: {
      direction: {
        forward:
          'lost on the way to the target; only a stateful STAMP reflector or UDPEchoPlus tells',
        backward: 'lost on the way back; likewise',
        unknown: 'the protocol does not show it, or no later reply has shown it',
      },
    },
    series: [
      { labels: { direction: 'forward' }, read: ofCount('lostForward') },
      { labels: { direction: 'backward' }, read: ofCount('lostBackward') },
      { labels: { direction: 'unknown' }, read: ({ counters: { counts } }) => lostUnknown(counts) },
    ],
  },
  {
    name: 'echogram_watch_probes_icmp_errors_total',
    type: 'counter',
    help: 'Of the lost probes, those named by an ICMP error. The portable engine hears of none.',
    labels: {
      kind: {
        port_unreachable: "from the target's address: nothing listens on its port",
        other: 'any other error, such as a router without a route',
      },
    },
    series: [
      { labels: { kind: 'port_unreachable' }, read: ofCount('portUnreachable') },
      { labels: { kind: 'other' }, read: ofCount('icmpErrors') },
    ],
  },
  count('probes_duplicated', 'Further replies to a probe that had one.', 'duplicate'),
  count(
    'probes_reordered',
    'Replies that arrived after one to a later probe from the same port.',
    'reordered',
  ),
  count('probes_corrupted', 'Replies whose content was changed.', 'corrupted'),
  count(
    'replies_unaltered',
    'Replies that were the probe as it was sent: the target speaks another protocol.',
    'unaltered',
  ),
  count(
    'replies_unauthenticated',
    'STAMP replies that another key authenticates, or none.',
    'unauthenticated',
  ),
  count('datagrams_stray', 'Datagrams from the target that belong to no probe.', 'stray'),
  count(
    'probes_send_failed',
    'Probes that the system refused to send. They are not in `probes_sent`.',
    'sendFailed',
  ),
  count('probes_skipped', 'Probes left out because this host was late.', 'skipped'),
  count(
    'probes_unresolved',
    "Probes left out because the target's name has never been resolved.",
    'unresolved',
  ),
  count(
    'probes_abandoned',
    'Probes still waited for when the target changed its address. They are not in `probes_sent`.',
    'abandoned',
  ),
  {
    name: 'echogram_watch_rtt_seconds',
    type: 'histogram',
    help: 'Round-trip times of replies in time. Buckets double from 25 µs to 13.1 s.',
    series: [
      ...RTT_BUCKETS_NS.map((ns, bucket) => ({
        suffix: '_bucket',
        labels: { le: String(ns / 1e9) },
        read: ({ cumulated }: TargetReading) => cumulated[bucket]!,
      })),
      {
        suffix: '_bucket',
        labels: { le: '+Inf' },
        read: ({ cumulated }) => cumulated.at(-1)!,
      },
      { suffix: '_sum', read: ({ counters }) => counters.rttSumNs / 1e9 },
      { suffix: '_count', read: ({ cumulated }) => cumulated.at(-1)! },
    ],
  },
  {
    name: 'echogram_watch_up',
    type: 'gauge',
    help: '1 if a reply in time came in the last minute, or to the last three probes if these are further apart; else 0.',
    series: [{ read: ({ status }) => (status.window.received > 0 ? 1 : 0) }],
  },
  {
    name: 'echogram_watch_target_info',
    type: 'gauge',
    help: 'Always 1; its labels describe the target as it is now.',
    labels: {
      address: 'where its name leads; empty if it has never been resolved',
      family: '`ipv4` or `ipv6`: of the address',
      protocol: '`echo`, `stamp` or `udp-echo-plus`',
    },
    series: [{ labelsOf: infoLabels, read: () => 1 }],
  },
  {
    name: 'echogram_watch_address_changes_total',
    type: 'counter',
    help: "Changes of the address that the target's name leads to.",
    series: [{ read: ({ status }) => status.addressChanges }],
  },
  {
    name: 'echogram_watch_resolve_failures_total',
    type: 'counter',
    help: "Failed attempts to resolve the target's name; its last good address is kept.",
    series: [{ read: ({ status }) => status.resolveFailures }],
  },
];

function count(name: string, help: string, of: keyof Counts): TargetMetric {
  return {
    name: `echogram_watch_${name}_total`,
    type: 'counter',
    help,
    series: [{ read: ofCount(of) }],
  };
}

function ofCount(name: keyof Counts): (reading: TargetReading) => number {
  return ({ counters }) => counters.counts[name];
}

function lostUnknown({ lost, lostForward, lostBackward }: Readonly<Counts>): number {
  return lost - lostForward - lostBackward;
}

function infoLabels({ status: { target, address } }: TargetReading): Record<string, string> {
  const { protocol } = target.probe;
  if (address === null) return { address: '', family: familyOf(target.ipVersion), protocol };
  return {
    address: formatHostPort(address.address, address.port),
    family: address.address.includes(':') ? 'ipv6' : 'ipv4',
    protocol,
  };
}

export function familyOf(ipVersion: 4 | 6 | undefined): string {
  return ipVersion === undefined ? '' : `ipv${ipVersion}`;
}
