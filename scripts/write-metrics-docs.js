// Writes docs/metrics.md from the one table of metrics. With --check it writes nothing and fails where
// the file is stale. Needs dist/ (npm run build).

import { format, resolveConfig } from 'prettier';
import { SERVER_METRICS } from '../dist/metrics/server-metrics.js';
import { writePage } from './generated-page.js';

const FILE = 'docs/metrics.md';

const HEAD = `# Metrics

\`echogram serve --metrics 9100\` serves its counters over HTTP, on 127.0.0.1 port 9100 here, in the
text format of Prometheus. \`--metrics 0.0.0.0:9100\` or \`--metrics [::]:9100\` lets other hosts ask;
there is no password, so let a firewall say which.

- \`GET /metrics\`: what this page lists.
- \`GET /healthz\`: 200 where every worker answers, 503 where one doesn't, where a socket can't receive, or
  where this host refuses to send the replies; its lines say which.

They answer who asks by an address, \`localhost\`, the host given to \`--metrics\` or this host's own name;
any other name needs \`--metrics-name echo.example.net\`, or gets 421. So a page in somebody's browser can't
read them by a name that it points here. A rendering serves whoever asks within a tenth of a second.
Each connection is for one request.

A port that is taken ends the program with exit code 2. Counters start at 0 with the server. Every value that a label can have is there from the start, so that a rate has its
first sample. No label holds the address of a peer: their number stays what it is, whoever sends.

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
