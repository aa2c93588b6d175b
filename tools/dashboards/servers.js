// The dashboard of servers: what they receive, answer, refuse and drop, and how their hosts fare.

import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { column, dashboard, figure, lines, query, rows, stack, variable } from './panels.js';

const OF = 'job=~"$job", instance=~"$instance"';

/** @param {string} metric  of a counter; per second, of the servers chosen */
function perSecond(metric, selector = OF) {
  return `rate(echogram_${metric}_total{${selector}}[$__rate_interval])`;
}

/** @param {string} rate */
function all(rate) {
  return `sum(${rate})`;
}

/** @param {string} rate  @param {string} label */
function by(label, rate) {
  return `sum by (${label}) (${rate})`;
}

/** In a table: what counts is now. @param {string} metric */
function lately(metric) {
  return by('job, instance', `rate(echogram_${metric}_total{${OF}}[5m])`);
}

export default dashboard(
  'echogram-servers',
  'echogram: servers',
  'What the servers of echogram receive, answer, refuse and drop.',
  [
    variable('job', 'echogram_datagrams_received_total'),
    variable('instance', 'echogram_datagrams_received_total{job=~"$job"}'),
  ],
)
  .withRow(new RowBuilder('Overview'))
  .withPanel(
    figure('Servers', 'Servers that are scraped.', 'short', `count(echogram_build_info{${OF}})`),
  )
  .withPanel(
    figure(
      'Received',
      'Datagrams received, answered or not.',
      'pps',
      all(perSecond('datagrams_received')),
    ),
  )
  .withPanel(figure('Answered', 'Datagrams sent back.', 'pps', all(perSecond('datagrams_sent'))))
  .withPanel(
    figure(
      'Refused',
      'Datagrams that a rule forbids to answer.',
      'pps',
      all(perSecond('datagrams_refused')),
    ),
  )
  .withPanel(
    figure(
      'Dropped',
      'Datagrams that the hosts of the servers dropped.',
      'pps',
      all(perSecond('datagrams_dropped')),
      {
        red: 1,
      },
    ),
  )
  .withPanel(
    figure(
      'Workers missing',
      'Worker threads that are asked for and not alive.',
      'short',
      `sum(echogram_workers{${OF}, state="asked"}) - sum(echogram_workers{${OF}, state="alive"})`,
      { red: 1 },
    ),
  )
  .withPanel(
    rows(
      'Servers, most dropped first',
      'Rates of the last five minutes, in datagrams per second.',
      [
        column(lately('datagrams_dropped'), 'dropped'),
        column(lately('datagrams_refused'), 'refused'),
        column(lately('datagrams_received'), 'received'),
        column(lately('datagrams_sent'), 'sent'),
        column(
          `max by (job, instance, version, engine, node) (echogram_build_info{${OF}})`,
          'info',
        ),
      ],
      {
        order: [
          'job',
          'instance',
          'dropped',
          'refused',
          'received',
          'sent',
          'engine',
          'version',
          'node',
        ],
        worst: 'dropped',
        hidden: 'info',
      },
    ).decimals(1),
  )

  .withRow(new RowBuilder('Traffic'))
  .withPanel(
    lines('Datagrams received', 'Answered or not.', 'pps', [
      query(by('job, instance', perSecond('datagrams_received')), '{{instance}}'),
    ]),
  )
  .withPanel(
    lines('Datagrams sent back', 'As the system took them.', 'pps', [
      query(by('job, instance', perSecond('datagrams_sent')), '{{instance}}'),
    ]),
  )
  .withPanel(
    lines('Payload', 'Without headers.', 'Bps', [
      query(all(perSecond('received_bytes')), 'received'),
      query(all(perSecond('sent_bytes')), 'sent back'),
    ]),
  )
  .withPanel(
    lines('Received by service', 'Echo, STAMP and UDPEchoPlus, where they are on.', 'pps', [
      query(by('protocol', perSecond('service_datagrams_received')), '{{protocol}}'),
    ]),
  )
  .withPanel(
    lines('Sent back by service', 'Echo, STAMP and UDPEchoPlus, where they are on.', 'pps', [
      query(by('protocol', perSecond('service_datagrams_sent')), '{{protocol}}'),
    ]),
  )
  .withPanel(
    lines(
      'Datagrams per receive call',
      'More of them under load: one system call serves many.',
      'short',
      [
        query(
          `histogram_quantile(0.5, ${by('le', `rate(echogram_batch_datagrams_bucket{${OF}}[$__rate_interval])`)})`,
          'median',
        ),
        query(
          `histogram_quantile(0.99, ${by('le', `rate(echogram_batch_datagrams_bucket{${OF}}[$__rate_interval])`)})`,
          '99th percentile',
        ),
      ],
    ),
  )

  .withRow(new RowBuilder('Not answered'))
  .withPanel(
    stack('Refused', 'By the rule that forbids to answer. SECURITY.md explains each.', 'pps', [
      query(`${by('reason', perSecond('datagrams_refused'))} > 0`, '{{reason}}'),
    ]),
  )
  .withPanel(
    stack(
      'Dropped',
      'receive_buffer, checksum: before the server read them. The others are replies that the system did not send.',
      'pps',
      [query(`${by('reason', perSecond('datagrams_dropped'))} > 0`, '{{reason}}')],
    ),
  )
  .withPanel(
    stack('Impaired on purpose', 'Replies that --impair lost, delayed or changed.', 'pps', [
      query(`${by('impairment', perSecond('datagrams_impaired'))} > 0`, '{{impairment}}'),
    ]),
  )

  .withRow(new RowBuilder('Hosts'))
  .withPanel(
    lines('Receive buffer', 'As the kernel granted it. Linux doubles what is asked.', 'bytes', [
      query(
        `max by (job, instance) (echogram_receive_buffer_bytes{${OF}, state="granted"})`,
        '{{instance}}',
      ),
    ]),
  )
  .withPanel(
    lines(
      'Delay of the portable engine',
      'Largest and 99th percentile of the event loop that answers. The Linux engine answers from other threads.',
      's',
      [
        query(
          `max by (job, instance) (echogram_event_loop_delay_seconds{${OF}, quantile="1"})`,
          '{{instance}} largest',
        ),
        query(
          `max by (job, instance) (echogram_event_loop_delay_seconds{${OF}, quantile="0.99"})`,
          '{{instance}} 99th percentile',
        ),
      ],
    ),
  )
  .withPanel(
    lines('Workers alive', 'Worker threads, each with a socket.', 'short', [
      query(`sum by (job, instance) (echogram_workers{${OF}, state="alive"})`, '{{instance}}'),
    ]),
  )
  .withPanel(
    lines('Errors', 'Receive calls that failed, and worker threads that died.', 'short', [
      query(
        by('job, instance', `increase(echogram_receive_errors_total{${OF}}[$__rate_interval])`),
        '{{instance}} receive errors',
      ),
      query(
        by('job, instance', `increase(echogram_worker_deaths_total{${OF}}[$__rate_interval])`),
        '{{instance}} deaths of workers',
      ),
    ]),
  )
  .withPanel(
    lines(
      'Clock synchronized',
      '1 if the kernel says so; timestamps of STAMP depend on it.',
      'short',
      [query(`echogram_clock_synchronized{${OF}}`, '{{instance}}')],
    ),
  )
  .withPanel(
    lines(
      'Connections cut',
      'Connections to the metrics endpoint that the server closed early.',
      'short',
      [
        query(
          by('reason', `increase(echogram_http_connections_cut_total{${OF}}[$__rate_interval])`),
          '{{reason}}',
        ),
      ],
    ),
  )
  .build();
