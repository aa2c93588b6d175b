// Writes docs/metrics.md from the one table of metrics. With --check it writes nothing and fails if
// the file is stale. Needs dist/ (npm run build).

import { format, resolveConfig } from 'prettier';
import { SERVER_METRICS } from '../dist/metrics/server-metrics.js';
import { TARGET_LABELS, TARGET_METRICS } from '../dist/metrics/target-metrics.js';
import { WATCH_METRICS } from '../dist/metrics/watch-metrics.js';
import { writePage } from './generated-page.js';

const FILE = 'docs/metrics.md';

const HEAD = `# Metrics

\`echogram serve\` and \`echogram watch\` serve metrics for Prometheus.

## Metrics of serve

\`echogram serve --metrics 9100\` serves its counters over HTTP on 127.0.0.1 port 9100, in the
Prometheus text format. \`--metrics 0.0.0.0:9100\` or \`--metrics [::]:9100\` lets other hosts connect. There is no
password, so restrict access with a firewall.

- \`GET /metrics\`: the metrics listed below.
- \`GET /healthz\`: 200 if every worker answers. 503 if one doesn't, if a socket can't receive, or
  if this host refuses to send replies; the response body says which.
- \`GET /-/ready\`: 200 while the server answers. 503 before, and while it drains (\`--drain\`), so that a load balancer or
  Kubernetes takes it off its list.
- \`GET /identity\`, with \`--identity\`: name and zone of this node, version, and port of each service, for the other nodes
  of a mesh.

The Host header must be an address, \`localhost\`, the host given to \`--metrics\` or this host's own name. Any other
name needs \`--metrics-name echo.example.net\`, or gets 421. This prevents DNS rebinding: a web page can't read the
metrics by pointing its own name here. All requests within a tenth of a second get the same rendering. Each connection
accepts one request.

If the port is in use, the program exits with code 2. Counters start at 0 with the server. Every label value exists from
the start, so a rate has its first sample. No label contains a peer's address, so the number of series does not depend on
who sends.

\`\`\`yaml
# prometheus.yml
scrape_configs:
  - job_name: echogram
    static_configs:
      - targets: ['127.0.0.1:9100']
\`\`\`

[deploy.md](deploy.md#prometheus-and-grafana) has alert rules and dashboards for these metrics.

This page is written by \`npm run docs:metrics\` from the tables in \`src/metrics\`; \`npm run check\` fails when it is
stale.
`;

const WATCH = `
## Metrics of watch

\`echogram watch\` serves \`/metrics\` with everything else on 127.0.0.1 port 10001 (\`--listen\`).
\`--metrics 9101\` adds a listener that has only \`/metrics\`, \`/healthz\`, \`/-/ready\` and \`/identity\`, for a scraper that
must not reach pages and controls.

\`\`\`yaml
# prometheus.yml
scrape_configs:
  - job_name: echogram-watch
    static_configs:
      - targets: ['127.0.0.1:10001']
    # Prometheus 3.0 or later: keeps each histogram as one native one with custom buckets, about a third of the series.
    # In a ServiceMonitor or PodMonitor: convertClassicHistogramsToNHCB. The rules, the dashboards and the matrix of a
    # watch read the classic ones, which always_scrape_classic_histograms keeps as well.
    convert_classic_histograms_to_nhcb: true
\`\`\`

Each probe is counted once, when its fate is known, so sent = received + late + lost in every scrape. A loss ratio is

\`\`\`promql
sum by (target) (rate(echogram_watch_probes_lost_total[5m])) / sum by (target) (rate(echogram_watch_probes_sent_total[5m]))
\`\`\`

and a percentile of round-trip times, within the doubling buckets,

\`\`\`promql
histogram_quantile(0.99, sum by (target, le) (rate(echogram_watch_rtt_seconds_bucket[5m])))
\`\`\`

\`/probe?target=NAME\` (or \`HOST:PORT\`) on \`--listen\` sends five probes to a watched target and answers, like
blackbox_exporter, with \`probe_success\`, \`probe_duration_seconds\` and gauges that begin with \`echogram_probe_\`;
\`probe=NAME\` is the entry of \`probes\`, \`default\` if it is left out. It probes no other host, four targets at once, and no longer
than the scrape lasts.

Counters begin at 0 with a target, and keep counting when the configuration is reloaded. The series of a target that is
removed are gone with the next scrape. Flows (source ports) of a target are counted together. A target has
${seriesOfTarget()} series.

There is no export by OpenTelemetry. Its JavaScript exporter for Prometheus leaves out exponential histograms
([opentelemetry-js#5942](https://github.com/open-telemetry/opentelemetry-js/issues/5942)), its conventions for network metrics
are still in development, and a collector's Prometheus receiver reads these metrics as they are.

Every series of a target has these labels, and the labels that any target of the configuration has; they are empty if a
target has none.

${describe('label', TARGET_LABELS)}`;

const page = [
  HEAD,
  ...SERVER_METRICS.map(section),
  WATCH,
  ...TARGET_METRICS.map(section),
  ...WATCH_METRICS.map(section),
].join('');
const style = { ...(await resolveConfig(FILE)), filepath: FILE };
writePage(FILE, await format(page, style), 'npm run docs:metrics');

function section({ name, type, help, labels = {} }) {
  const described = Object.entries(labels).map(([label, meaning]) => describe(label, meaning));
  return `\n### \`${name}\`\n\n**Type:** ${type}\n\n**Meaning:** ${help}\n${described.join('')}`;
}

function seriesOfTarget() {
  return TARGET_METRICS.reduce((sum, { series }) => sum + series.length, 0);
}

/** A label in words, or as a table of its values. */
function describe(label, meaning) {
  if (typeof meaning === 'string') return `\n**Label** \`${label}\`: ${meaning}\n`;
  const rows = Object.entries(meaning).map(([value, says]) => `| \`${value}\` | ${says} |\n`);
  return `\n| \`${label}\` | meaning |\n| --- | --- |\n${rows.join('')}`;
}
