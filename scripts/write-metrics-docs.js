// Writes docs/metrics.md from the one table of metrics. With --check it writes nothing and fails if
// the file is stale. Needs dist/ (npm run build).

import { format, resolveConfig } from 'prettier';
import { SERVER_METRICS } from '../dist/metrics/server-metrics.js';
import { writePage } from './generated-page.js';

const FILE = 'docs/metrics.md';

const HEAD = `# Metrics

\`echogram serve --metrics 9100\` serves its counters over HTTP on 127.0.0.1 port 9100, in the
text format of Prometheus. \`--metrics 0.0.0.0:9100\` or \`--metrics [::]:9100\` lets other hosts ask.
There is no password, so use a firewall to choose them.

- \`GET /metrics\`: what this page lists.
- \`GET /healthz\`: 200 if every worker answers. 503 if one doesn't, if a socket can't receive, or
  if this host refuses to send the replies; its lines say which.

Requests may name an address, \`localhost\`, the host given to \`--metrics\` or this host's own name.
Any other name needs \`--metrics-name echo.example.net\`, or gets 421. So a page in somebody's browser can't
read the metrics by a name that it points here. All requests within a tenth of a second get the same rendering.
Each connection takes one request.

If the port is in use, the program ends with exit code 2. Counters start at 0 with the server. Every value that a label
can have is there from the start, so a rate has its first sample. No label holds the address of a peer, so the number of
series stays the same, whoever sends.

\`\`\`yaml
# prometheus.yml
scrape_configs:
  - job_name: echogram
    static_configs:
      - targets: ['127.0.0.1:9100']
\`\`\`

This page is written by \`npm run docs:metrics\` from the table in \`src/metrics/server-metrics.ts\`;
\`npm run check\` fails when it is stale.
`;

const page = `${HEAD}${SERVER_METRICS.map(section).join('')}`;
const style = { ...(await resolveConfig(FILE)), filepath: FILE };
writePage(FILE, await format(page, style), 'npm run docs:metrics');

function section({ name, type, help, labels = {} }) {
  const described = Object.entries(labels).map(([label, meaning]) => describe(label, meaning));
  return `\n## \`${name}\`\n\n**Type:** ${type}\n\n**Meaning:** ${help}\n${described.join('')}`;
}

/** A label in words, or as a table of its values. */
function describe(label, meaning) {
  if (typeof meaning === 'string') return `\n**Label** \`${label}\`: ${meaning}\n`;
  const rows = Object.entries(meaning).map(([value, says]) => `| \`${value}\` | ${says} |\n`);
  return `\n| \`${label}\` | meaning |\n| --- | --- |\n${rows.join('')}`;
}
