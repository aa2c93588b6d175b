// Writes what the chart in deploy/helm has from elsewhere: the version, the schema of a watch's configuration, the
// rules and the dashboards. With --check it writes nothing and fails if a file is stale.

import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import prettier from 'prettier';
import { writePage } from './generated-page.js';

const CHART = 'deploy/helm/echogram';
const REMEDY = 'npm run chart:files';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
await write(`${CHART}/Chart.yaml`, withVersion(readFileSync(`${CHART}/Chart.yaml`, 'utf8')));
await write(`${CHART}/values.schema.json`, withWatchSchema(`${CHART}/values.schema.json`));
copy('deploy/prometheus/rules', `${CHART}/files/rules`);
copy('deploy/grafana/dashboards', `${CHART}/files/dashboards`);

/** Helm reads no files outside of the chart. */
function copy(from, to) {
  const isCheck = process.argv.includes('--check');
  const names = readdirSync(from);
  if (!isCheck) {
    rmSync(to, { recursive: true, force: true });
    mkdirSync(to, { recursive: true });
  } else if (readdirSync(to).join() !== names.join()) {
    process.stderr.write(`${to} has other files than ${from}; run ${REMEDY}\n`);
    process.exitCode = 1;
    return;
  }
  for (const name of names)
    writePage(join(to, name), readFileSync(join(from, name), 'utf8'), REMEDY);
}

function withVersion(text) {
  return text.replace(/^(version|appVersion): .*$/gm, (_, key) => `${key}: '${version}'`);
}

/** A value that is not a configuration of a watch is refused before anything is installed. */
function withWatchSchema(file) {
  const schema = JSON.parse(readFileSync(file, 'utf8'));
  const watchSchema = JSON.parse(readFileSync('schema/echogram.watch-1.json', 'utf8'));
  schema.$defs['echogram.watch-1'] = watchSchema;
  return JSON.stringify(schema, null, 2);
}

async function write(file, text) {
  const style = { ...(await prettier.resolveConfig(file)), filepath: file };
  writePage(file, await prettier.format(text, style), REMEDY);
}
