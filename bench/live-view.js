// SPDX-License-Identifier: MIT
// The live picture of `echogram ping`: how much later probes leave while it is drawn, on either engine.
// Both variants run on a terminal that script(1) makes, at 1,000 probes a second.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { announce } from './lib/machine.js';
import { spread } from './lib/statistics.js';
import { store } from './lib/store.js';
import { aligned, withEnds } from './lib/tables.js';
import { ECHOGRAM } from './lib/variants.js';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '5' },
    once: { type: 'boolean', default: false },
    store: { type: 'boolean', default: false },
  },
});

const ENGINES = ['linux', 'portable'];
const VIEWS = ['live', 'plain'];

await main();

async function main() {
  const header = announce();
  const folder = mkdtempSync(join(tmpdir(), 'echogram-live-'));
  const { server, port } = await startServer();
  const rows = [];
  try {
    const rounds = flags.once ? 1 : Number(flags.rounds);
    for (let round = 1; round <= rounds; round++) {
      for (const engine of ENGINES) {
        for (const view of VIEWS)
          rows.push({ round, engine, view, ...measure(port, engine, view, folder) });
      }
    }
  } finally {
    server.kill();
    rmSync(folder, { recursive: true });
  }
  const table = tableOf(rows);
  console.log(['', ...table].join('\n'));
  if (!flags.store) return;
  const readme = [
    '# A run of the live picture',
    '',
    `Command: \`npm run live-view -- ${process.argv.slice(2).join(' ')}\` in bench/`,
    '',
    ...header.map((line) => `- ${line}`),
  ];
  console.log(`\nstored in runs/${store('live-view', { readme, rows, summary: table })}`);
}

async function startServer() {
  const args = [
    ECHOGRAM,
    'serve',
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--json',
    '--engine',
    'linux',
  ];
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(server.stdout.setEncoding('utf8'), 'data');
  server.stdout.resume();
  return { server, port: JSON.parse(line.split('\n')[0]).port };
}

function measure(port, engine, view, folder) {
  const file = join(folder, 'records.jsonl');
  const seconds = flags.once ? 1 : Number(flags.seconds);
  const command = [
    ...[process.execPath, ECHOGRAM, 'ping', `127.0.0.1:${port}`, '--engine', engine],
    ...['--rate', '1000', '-w', `${seconds}s`, '--jsonl', file],
    ...(view === 'plain' ? ['--plain'] : []),
  ].join(' ');
  const env = { ...process.env, TERM: 'xterm-256color', NO_COLOR: '' };
  const { status } = spawnSync('script', ['-qec', command, '/dev/null'], { env, stdio: 'ignore' });
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  const { result } = JSON.parse(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1));
  const { p50, p99, max } = result.schedule.sendErrorNs;
  return { p50, p99, max, skipped: result.schedule.skipped, sent: result.datagrams.sent };
}

function tableOf(rows) {
  const header = ['engine', 'view', 'send error p50 µs', 'p99 µs', 'max µs', 'skipped'];
  const lines = ENGINES.flatMap((engine) =>
    VIEWS.map((view) => {
      const own = rows.filter((row) => row.engine === engine && row.view === view);
      const micros = (field) =>
        withEnds(spread(own.map((row) => row[field] / 1e3)), (us) => us.toFixed(1));
      const skipped = own.reduce((sum, row) => sum + row.skipped, 0);
      const sent = own.reduce((sum, row) => sum + row.sent, 0);
      return [
        engine,
        view,
        micros('p50'),
        micros('p99'),
        micros('max'),
        `${skipped} of ${skipped + sent}`,
      ];
    }),
  );
  return ['Median (min–max) over rounds:', '', ...aligned([header, ...lines])];
}
