// SPDX-License-Identifier: MIT
// Start-up: how long the command line takes from its start to its end, against Node doing nothing.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { announce } from './lib/machine.js';
import { spread } from './lib/statistics.js';
import { store } from './lib/store.js';
import { aligned, withEnds } from './lib/tables.js';
import { ECHOGRAM } from './lib/variants.js';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '40' },
    once: { type: 'boolean', default: false },
    store: { type: 'boolean', default: false },
  },
});

/** One after another in each round, so that what disturbs a round disturbs all. */
const PROGRAMS = {
  'node -e 0': () => ['-e', '0'],
  'echogram --version': () => [ECHOGRAM, '--version'],
  'echogram ping -c 1': (port) => [ECHOGRAM, 'ping', `127.0.0.1:${port}`, '-c', '1'],
  'echogram send': (port) => [ECHOGRAM, 'send', '--host', '127.0.0.1', '--port', String(port)],
};

const BASELINE = 'node -e 0';

await main();

async function main() {
  const header = announce();
  const { server, port } = await startServer();
  const rows = [];
  try {
    // The first of each fills the file cache and is not counted.
    const rounds = flags.once ? 1 : Number(flags.rounds);
    for (let round = 0; round <= rounds; round++) {
      for (const [program, argsFor] of Object.entries(PROGRAMS)) {
        const elapsedMs = timeOf(argsFor(port));
        if (round > 0) rows.push({ round, program, elapsedMs });
      }
    }
  } finally {
    server.kill();
  }
  const table = tableOf(rows);
  console.log(['', ...table].join('\n'));
  if (!flags.store) return;
  const readme = [
    '# A start-up run',
    '',
    `Command: \`npm run startup -- ${process.argv.slice(2).join(' ')}\` in bench/`,
    '',
    ...header.map((line) => `- ${line}`),
  ];
  console.log(`\nstored in runs/${store('startup', { readme, rows, summary: table })}`);
}

async function startServer() {
  const args = [ECHOGRAM, 'serve', '--host', '127.0.0.1', '--port', '0', '--json'];
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(server.stdout.setEncoding('utf8'), 'data');
  server.stdout.resume();
  return { server, port: JSON.parse(line.split('\n')[0]).port };
}

function timeOf(args) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const elapsedMs = performance.now() - start;
  if (status !== 0) throw new Error(`node ${args.join(' ')} fails: ${stderr}`);
  return elapsedMs;
}

function tableOf(rows) {
  const timesOf = (program) =>
    rows.filter((row) => row.program === program).map(({ elapsedMs }) => elapsedMs);
  const baseline = timesOf(BASELINE);
  const lines = Object.keys(PROGRAMS).map((program) => {
    const times = timesOf(program);
    const ratios = times.map((time, round) => time / baseline[round]);
    return [
      program,
      withEnds(spread(times), (value) => value.toFixed(1)),
      withEnds(spread(ratios), (value) => value.toFixed(2)),
    ];
  });
  return aligned([['program', 'ms, median (min–max)', `÷ ${BASELINE}`], ...lines]);
}
