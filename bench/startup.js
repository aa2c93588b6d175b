// SPDX-License-Identifier: MIT
// Start-up: how long the command line takes from its start to its end, and how much processor time, against Node doing
// nothing. With --executable FILE also the single executable.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import koffi from 'koffi';
import { announce } from './lib/machine.js';
import { spread } from './lib/statistics.js';
import { store } from './lib/store.js';
import { aligned, withEnds } from './lib/tables.js';
import { ECHOGRAM } from './lib/variants.js';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '40' },
    executable: { type: 'string' },
    once: { type: 'boolean', default: false },
    store: { type: 'boolean', default: false },
  },
});

const NODE = process.execPath;

/** One after another in each round, so that what disturbs a round disturbs all. */
const PROGRAMS = {
  'node -e 0': () => [NODE, '-e', '0'],
  ...commandsOf('echogram', NODE, ECHOGRAM),
  ...(flags.executable !== undefined && commandsOf('executable', resolve(flags.executable))),
};

/** The cells of a struct rusage (getrusage(2)) that begins with two struct timeval, in 64-bit Linux. */
const RUSAGE_CELLS = 18;
const RUSAGE_CHILDREN = -1;
const getrusage = koffi.load(null).func('int getrusage(int, void *)');

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
        const times = timesOf(argsFor(port));
        if (round > 0) rows.push({ round, program, ...times });
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

function commandsOf(name, ...program) {
  return {
    [`${name} --version`]: () => [...program, '--version'],
    [`${name} ping -c 1`]: (port) => [...program, 'ping', `127.0.0.1:${port}`, '-c', '1'],
    [`${name} ping -c 1, portable`]: (port) => [
      ...[...program, 'ping', `127.0.0.1:${port}`],
      ...['-c', '1', '--engine', 'portable'],
    ],
    [`${name} send`]: (port) => [...program, 'send', `127.0.0.1:${port}`],
  };
}

function timesOf([program, ...args]) {
  const start = performance.now();
  const startCpuMs = cpuMsOfChildren();
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  const elapsedMs = performance.now() - start;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} fails: ${stderr}`);
  return { elapsedMs, cpuMs: cpuMsOfChildren() - startCpuMs };
}

/** User and system time of the programs that have ended. */
function cpuMsOfChildren() {
  const usage = new BigInt64Array(RUSAGE_CELLS);
  getrusage(RUSAGE_CHILDREN, usage);
  const [userSeconds, userMicroseconds, seconds, microseconds] = usage;
  return Number(userSeconds + seconds) * 1e3 + Number(userMicroseconds + microseconds) / 1e3;
}

function tableOf(rows) {
  const kinds = ['cpuMs', 'elapsedMs'];
  const cellsOf = (program, kind) => {
    const valuesOf = (name) => rows.filter((row) => row.program === name).map((row) => row[kind]);
    const baseline = valuesOf(BASELINE);
    const times = valuesOf(program);
    const ratios = times.map((time, round) => time / baseline[round]);
    return [
      withEnds(spread(times), (value) => value.toFixed(1)),
      withEnds(spread(ratios), (value) => value.toFixed(2)),
    ];
  };
  const lines = Object.keys(PROGRAMS).map((program) => [
    program,
    ...kinds.flatMap((kind) => cellsOf(program, kind)),
  ]);
  const head = ['CPU ms, median (min–max)', `÷ ${BASELINE}`, 'elapsed ms', `÷ ${BASELINE}`];
  return aligned([['program', ...head], ...lines]);
}
