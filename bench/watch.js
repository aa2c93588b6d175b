// SPDX-License-Identifier: MIT
// Many targets: what a probe costs, how late it leaves, and what memory a target takes.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { announce } from './lib/machine.js';
import { ALL_CPUS, end, finish, SERVER_CPU, startPinned } from './lib/processes.js';
import { spread } from './lib/statistics.js';
import { store } from './lib/store.js';
import { aligned, withEnds } from './lib/tables.js';
import { ECHOGRAM } from './lib/variants.js';

const USAGE = `Usage: npm run watch -- [options]

  --targets N    targets (default 1000)
  --interval MS  time between two probes of a target (default 100)
  --seconds S    length of one measurement, after 5 s of warming up (default 20)
  --rounds N     rounds (default 3)
  --engines A,B  linux, portable (default both)
  --once         one short iteration of everything, to see that it runs
  --store        keep the run in runs/`;

const { values: flags } = parseArgs({
  options: {
    targets: { type: 'string', default: '1000' },
    interval: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    engines: { type: 'string', default: 'linux,portable' },
    once: { type: 'boolean', default: false },
    store: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const PROBE = fileURLToPath(new URL('lib/watch-probe.js', import.meta.url));

/** Another than the server's, if there is any: else the two measure each other. */
const PROBER_CPUS = cpus().length > 1 ? `${SERVER_CPU + 1}-${cpus().length - 1}` : ALL_CPUS;

/** Long enough to see what memory there is. */
const FEWER_SECONDS = 3;

/** As many probes from so many fewer targets: what is left of the difference in memory is that of targets. */
const FEWER = 10;

/** Beyond the measurement: to start, to warm up and to stop. */
const SLACK_MS = 40_000;

await main();

async function main() {
  if (flags.help) {
    console.log(USAGE);
    return;
  }
  const header = announce();
  const rows = [];
  const { server, port } = await startServer();
  try {
    const rounds = flags.once ? 1 : Number(flags.rounds);
    for (let round = 1; round <= rounds; round++) {
      for (const engine of flags.engines.split(',')) {
        process.stderr.write(`round ${round}: ${engine}\n`);
        rows.push({ round, engine, ...(await measure(engine, port)) });
      }
    }
  } finally {
    server.kill();
  }
  const summary = tableOf(rows);
  console.log(['', ...summary].join('\n'));
  if (!flags.store) return;
  console.log(`\nstored in runs/${store('watch', { readme: readmeLines(header), rows, summary })}`);
}

async function startServer() {
  const args = ['serve', '--host', '0.0.0.0', '--port', '0', '--json', '--limit', '0'];
  const command = ['--cpu-list', String(SERVER_CPU), process.execPath, ECHOGRAM, ...args];
  const server = spawn('taskset', command, { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(server.stdout.setEncoding('utf8'), 'data');
  server.stdout.resume();
  return { server, port: JSON.parse(line.split('\n')[0]).port };
}

async function measure(engine, port) {
  const targets = flags.once ? 50 : Number(flags.targets);
  const intervalMs = Number(flags.interval);
  const seconds = flags.once ? 1 : Number(flags.seconds);
  const many = await probe({ engine, port, targets, intervalMs, seconds });
  const few = await probe({
    ...{ engine, port, targets: targets / FEWER, intervalMs: intervalMs / FEWER },
    seconds: Math.min(seconds, FEWER_SECONDS),
  });
  return {
    ...many,
    cpuNsPerProbe: many.proberNs / many.measured,
    processNsPerProbe: many.processNs / many.measured,
    bytesPerTarget: (many.rssBytes - few.rssBytes) / (targets - targets / FEWER),
  };
}

async function probe(asked) {
  const program = startPinned(PROBER_CPUS, [process.execPath, PROBE, JSON.stringify(asked)]);
  try {
    return JSON.parse(await finish(program, asked.seconds * 1000 + SLACK_MS));
  } finally {
    await end(program);
  }
}

function tableOf(rows) {
  const header = [
    ...['engine', 'probes', 'lost', 'skipped', 'prober CPU/probe, µs', 'process CPU/probe, µs'],
    ...['send error p50, µs', 'p99', 'max', 'KiB/target'],
  ];
  const lines = flags.engines.split(',').map((engine) => {
    const own = rows.filter((row) => row.engine === engine);
    const sum = (field) => String(own.reduce((total, row) => total + row[field], 0));
    const scaled = (field, by) =>
      withEnds(spread(own.map((row) => row[field] / by)), (value) => value.toFixed(1));
    return [
      ...[engine, sum('sent'), sum('lost'), sum('skipped')],
      ...['cpuNsPerProbe', 'processNsPerProbe', 'sendErrorP50Ns', 'sendErrorP99Ns'].map((field) =>
        scaled(field, 1000),
      ),
      ...[scaled('sendErrorMaxNs', 1000), scaled('bytesPerTarget', 1024)],
    ];
  });
  return aligned([header, ...lines]);
}

function readmeLines(header) {
  return [
    '# A run of many targets',
    '',
    `Command: \`npm run watch -- ${process.argv.slice(2).join(' ')}\` in bench/`,
    '',
    `Over loopback: a server on CPU ${SERVER_CPU}, the prober on ${PROBER_CPUS}; each target has an address of its own.`,
    '',
    ...header.map((line) => `- ${line}`),
    '',
    'Prober CPU is the time that the busiest thread beside the main one spent on a processor, for each probe whose fate',
    'became known meanwhile; process CPU that of all threads. Send errors are of that time too, after 5 s of warming up.',
    `Memory of a target is the difference of resident sets of two processes with equally many probes a second, one of`,
    `which has ${FEWER} times as many targets, divided by the targets that it has more.`,
    '',
    'raw.csv has every measurement, summary.md the table: sums of counts, medians with the lowest and the highest.',
  ];
}
