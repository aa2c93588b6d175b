// The dashboard of targets: all with the worst first, the echogram of those chosen, the matrix of a mesh, and the watches.

import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  byThresholds,
  column,
  dashboard,
  echogram,
  figure,
  lines,
  logarithmic,
  matrix,
  query,
  rows,
  stack,
  variable,
} from './panels.js';

const WATCH = 'job=~"$job", instance=~"$instance"';
const OF = `${WATCH}, probe=~"$probe", target=~"$target"`;
const TARGET = ['job', 'instance', 'target', 'probe', 'family'];

/** @param {string} metric  @param {string} selector  @param {string} range */
function rate(metric, selector = OF, range = '$__rate_interval') {
  return `rate(echogram_watch_${metric}{${selector}}[${range}])`;
}

/**
 * @param {readonly string[]} labels  that are kept
 * @param {string} of
 */
function sumBy(labels, of) {
  return labels.length === 0 ? `sum(${of})` : `sum by (${labels.join(', ')}) (${of})`;
}

/**
 * The ratio of probes without a reply in time; nothing where none was sent.
 *
 * @param {readonly string[]} labels
 * @param {string} range
 */
function loss(labels, range = '$__rate_interval') {
  const received = sumBy(labels, rate('probes_received_total', OF, range));
  const sent = sumBy(labels, rate('probes_sent_total', OF, range));
  return `1 - ${received} / (${sent} > 0)`;
}

/**
 * Within buckets that double.
 *
 * @param {number} quantile
 * @param {readonly string[]} labels
 * @param {string} range
 */
function percentile(quantile, labels, range = '$__rate_interval') {
  return `histogram_quantile(${quantile}, ${sumBy([...labels, 'le'], rate('rtt_seconds_bucket', OF, range))})`;
}

/** Each of its own name in the mesh. @param {string} of  an expression by job and instance */
function byNode(of) {
  return `max by (node, target) ((${of}) * on (job, instance) group_left (node) echogram_watch_node_info{${WATCH}})`;
}

/** The metrics of watches themselves. @param {string} name  @param {string} range */
function increase(name, range = '$__rate_interval') {
  return `increase(echogram_watch_${name}_total{${WATCH}}[${range}])`;
}

export default dashboard(
  'echogram-targets',
  'echogram: targets',
  'How the targets of `echogram watch` answer, and how the watches fare.',
  [
    variable('job', 'echogram_watch_targets'),
    variable('instance', 'echogram_watch_targets{job=~"$job"}'),
    variable('probe', `echogram_watch_probes_sent_total{${WATCH}}`),
    variable('target', `echogram_watch_probes_sent_total{${WATCH}, probe=~"$probe"}`),
  ],
)
  .withRow(new RowBuilder('Overview'))
  .withPanel(
    figure(
      'Targets',
      'Targets of the watches chosen.',
      'short',
      `sum(echogram_watch_targets{${WATCH}})`,
    ),
  )
  .withPanel(
    figure(
      'Down',
      'Targets without a reply in the last minute.',
      'short',
      `count(echogram_watch_up{${OF}} == 0) or vector(0)`,
      {
        red: 1,
      },
    ),
  )
  .withPanel(
    figure(
      'Probes',
      'Probes whose outcome is known, per second.',
      'pps',
      `sum(${rate('probes_sent_total')})`,
    ),
  )
  .withPanel(
    figure('Loss', 'Of all probes: without a reply in time.', 'percentunit', loss([]), {
      red: 0.05,
    }),
  )
  .withPanel(
    figure(
      'Worst loss',
      'Of any target, in the last five minutes.',
      'percentunit',
      `max(${loss(TARGET, '5m')})`,
      { red: 0.05 },
    ),
  )
  .withPanel(
    figure(
      'Dropped by the watches',
      'Datagrams that the hosts of the watches dropped. Losses of that time have an unknown cause.',
      'pps',
      `sum(rate(echogram_watch_host_dropped_total{${WATCH}}[$__rate_interval]))`,
      { red: 0.01 },
    ),
  )
  .withPanel(
    rows(
      'Targets, worst first',
      'The last five minutes. Percentiles are estimates within buckets that double. A click chooses the target.',
      [
        column(loss(TARGET, '5m'), 'loss'),
        column(`max by (${TARGET.join(', ')}) (echogram_watch_up{${OF}})`, 'up'),
        column(percentile(0.5, TARGET, '5m'), 'median'),
        column(percentile(0.99, TARGET, '5m'), '99th percentile'),
        column(sumBy(TARGET, rate('probes_sent_total', OF, '5m')), 'probes'),
      ],
      {
        order: [
          'target',
          'loss',
          'up',
          'median',
          '99th percentile',
          'probes',
          'probe',
          'family',
          'instance',
          'job',
        ],
        worst: 'loss',
      },
    )
      .overrideByName('loss', [
        { id: 'unit', value: 'percentunit' },
        { id: 'decimals', value: 1 },
        { id: 'custom.cellOptions', value: { type: 'color-background' } },
        {
          id: 'thresholds',
          value: {
            mode: 'absolute',
            steps: [
              { value: null, color: 'transparent' },
              { value: 0.0001, color: 'yellow' },
              { value: 0.05, color: 'red' },
            ],
          },
        },
      ])
      .overrideByName('median', [{ id: 'unit', value: 's' }])
      .overrideByName('99th percentile', [{ id: 'unit', value: 's' }])
      .overrideByName('probes', [{ id: 'unit', value: 'pps' }])
      .overrideByName('target', [
        {
          id: 'links',
          value: [
            {
              title: 'Only this target',
              url: '/d/echogram-targets?${__url_time_range}&${datasource:queryparam}&var-target=${__value.text}',
            },
          ],
        },
      ]),
  )

  .withRow(new RowBuilder('Targets chosen'))
  .withPanel(
    echogram(
      'Echogram',
      'Time to the right, round-trip time upwards, stronger where there are more replies. Choose one target to see its own.',
      `sum by (le) (increase(echogram_watch_rtt_seconds_bucket{${OF}}[$__rate_interval]))`,
    ),
  )
  .withPanel(
    stack(
      'Missing',
      'Probes without a reply in time, per second, by what is known of them.',
      'pps',
      [
        query(sumBy(['direction'], rate('probes_lost_total')), 'lost: {{direction}}'),
        query(`sum(${rate('probes_late_total')})`, 'late'),
      ],
    ),
  )
  .withPanel(
    lines('Loss', 'Ratio of probes without a reply in time.', 'percentunit', [
      query(loss(TARGET), '{{target}} ({{probe}})'),
    ]).max(1),
  )
  .withPanel(
    lines(
      'Round-trip times',
      'Percentiles of all targets chosen, within buckets that double.',
      's',
      [
        query(percentile(0.5, []), 'median'),
        query(percentile(0.9, []), '90th percentile'),
        query(percentile(0.99, []), '99th percentile'),
      ],
    ).scaleDistribution(logarithmic()),
  )
  .withPanel(
    lines('Median by target', 'Within buckets that double.', 's', [
      query(percentile(0.5, TARGET), '{{target}} ({{probe}})'),
    ]).scaleDistribution(logarithmic()),
  )
  .withPanel(
    lines('99th percentile by target', 'Within buckets that double.', 's', [
      query(percentile(0.99, TARGET), '{{target}} ({{probe}})'),
    ]).scaleDistribution(logarithmic()),
  )
  .withPanel(
    stack('ICMP errors', 'Of the lost probes, those that an ICMP error names.', 'pps', [
      query(sumBy(['kind'], rate('probes_icmp_errors_total')), '{{kind}}'),
    ]),
  )
  .withPanel(
    stack(
      'Odd replies',
      'Duplicates, replies out of order, and those that are no good replies.',
      'pps',
      [
        query(`sum(${rate('probes_duplicated_total')})`, 'duplicated'),
        query(`sum(${rate('probes_reordered_total')})`, 'reordered'),
        query(`sum(${rate('probes_corrupted_total')})`, 'corrupted'),
        query(`sum(${rate('replies_unaltered_total')})`, 'wrong protocol'),
        query(`sum(${rate('replies_unauthenticated_total')})`, 'wrong key'),
        query(`sum(${rate('datagrams_stray_total')})`, 'of no probe'),
      ],
    ),
  )
  .withPanel(
    stack(
      'Probes not sent',
      'Left out or refused by the host of the watch. They are in no loss.',
      'pps',
      [
        query(`sum(${rate('probes_skipped_total')})`, 'host was late'),
        query(`sum(${rate('probes_send_failed_total')})`, 'system refused'),
        query(`sum(${rate('probes_unresolved_total')})`, 'no address'),
        query(`sum(${rate('probes_abandoned_total')})`, 'address changed'),
      ],
    ),
  )
  .withPanel(
    lines('Names', 'Failed look-ups, and changes of addresses.', 'short', [
      query(
        sumBy(
          ['target'],
          `increase(echogram_watch_resolve_failures_total{${OF}}[$__rate_interval])`,
        ),
        '{{target}} failed',
      ),
      query(
        sumBy(
          ['target'],
          `increase(echogram_watch_address_changes_total{${OF}}[$__rate_interval])`,
        ),
        '{{target}} changed',
      ),
    ]),
  )

  .withRow(new RowBuilder('Mesh'))
  .withPanel(
    matrix(
      'Loss from node to node',
      'The last five minutes: rows are the nodes that probe, columns their targets.',
      'percentunit',
      byNode(loss(TARGET, '5m')),
      {
        row: 'node',
        column: 'target',
        steps: [
          [0.0001, 'yellow'],
          [0.05, 'red'],
        ],
      },
    ).colorScheme(byThresholds()),
  )
  .withPanel(
    matrix(
      '99th percentile from node to node',
      'The last five minutes, within buckets that double.',
      's',
      byNode(percentile(0.99, TARGET, '5m')),
      {
        row: 'node',
        column: 'target',
        steps: [
          [0.05, 'yellow'],
          [0.2, 'red'],
        ],
      },
    ).colorScheme(byThresholds()),
  )

  .withRow(new RowBuilder('Watches'))
  .withPanel(
    lines('Dropped by the host', 'Any of them may have been a reply.', 'pps', [
      query(
        `rate(echogram_watch_host_dropped_total{${WATCH}}[$__rate_interval])`,
        '{{instance}} {{family}}',
      ),
    ]),
  )
  .withPanel(
    lines('Sent later than intended', 'Since the start of each watch.', 's', [
      query(`echogram_watch_send_error_seconds{${WATCH}, quantile="0.5"}`, '{{instance}} median'),
      query(
        `echogram_watch_send_error_seconds{${WATCH}, quantile="0.99"}`,
        '{{instance}} 99th percentile',
      ),
      query(`echogram_watch_send_error_seconds{${WATCH}, quantile="1"}`, '{{instance}} largest'),
    ]).scaleDistribution(logarithmic()),
  )
  .withPanel(
    lines('Configuration', '1 if the latest one was taken, 0 if it was refused.', 'short', [
      query(`echogram_watch_config_last_reload_successful{${WATCH}}`, '{{instance}}'),
    ]),
  )
  .withPanel(
    lines('Clock', 'Whether the kernel calls it synchronized, and how often it was set.', 'short', [
      query(`echogram_watch_clock_synchronized{${WATCH}}`, '{{instance}} synchronized'),
      query(increase('clock_steps'), '{{instance}} set'),
    ]),
  )
  .withPanel(
    lines('History', 'Size of the database, or of what is in memory.', 'bytes', [
      query(`echogram_watch_history_bytes{${WATCH}}`, '{{instance}} ({{kind}})'),
    ]),
  )
  .withPanel(
    lines('History, alerts and sources that fail', 'Each is tried again.', 'short', [
      query(increase('history_write_failures'), '{{instance}} history'),
      query(increase('notification_failures'), '{{instance}} {{kind}}'),
      query(increase('discovery_failures'), '{{instance}} {{source}}'),
    ]),
  )
  .withPanel(
    lines('Alerts of the watch itself', 'Those that are firing, by rule.', 'short', [
      query(`sum by (rule) (echogram_watch_alerts{${WATCH}, state="firing"})`, '{{rule}}'),
    ]),
  )
  .withPanel(
    lines('Targets by source', 'Targets that each source gave when it was last read.', 'short', [
      query(`echogram_watch_discovery_targets{${WATCH}}`, '{{instance}} {{source}}'),
    ]),
  )
  .withPanel(
    lines('Strangers', 'Datagrams from addresses that are not watched.', 'pps', [
      query(
        `rate(echogram_watch_datagrams_from_strangers_total{${WATCH}}[$__rate_interval])`,
        '{{instance}}',
      ),
    ]),
  )
  .build();
