// SPDX-License-Identifier: MIT
// Load: does a search find the rate of a shaper that is known by hand, how close, how soon, and at what cost? Two
// network namespaces, and tbf at 1 Mbit/s on the server's egress. Needs root.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { announce } from './lib/machine.js';
import { networks, untilBound } from './lib/network.js';
import { whyMissing } from './lib/programs.js';
import { REAL_TIME, SHAPER, TRUE_PPS } from './lib/shaped-link.js';
import { median, spread } from './lib/statistics.js';
import { store } from './lib/store.js';
import { aligned } from './lib/tables.js';
import { ECHOGRAM } from './lib/variants.js';

const PORT = 10_000;

const QUEUE_MS = 84.8;

const LIBRARY = fileURLToPath(new URL('../dist/index.js', import.meta.url));

const SEARCH = `
  const { load } = await import(process.argv[1]);
  const result = await load(JSON.parse(process.argv[2]));
  process.stdout.write(JSON.stringify(result));
`;

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    engine: { type: 'string', default: 'linux' },
    'real-time': { type: 'boolean', default: false },
    once: { type: 'boolean', default: false },
    store: { type: 'boolean', default: false },
  },
});

await main();

async function main() {
  const wire = networks().find(({ name }) => name === 'veth');
  const missing = wire.missing ?? whyMissing('tc');
  if (missing !== undefined) {
    console.log(`left out: ${missing}`);
    return;
  }
  const header = announce();
  const rows = await measureAll(await wire.open());
  const summary = summaryOf(rows);
  console.log(['', ...summary].join('\n'));
  if (!flags.store) return;
  console.log(`\nstored in runs/${store('load', { readme: readmeLines(header), rows, summary })}`);
}

async function measureAll(network) {
  const [ip, ...onServer] = network.onServer;
  spawnSync(ip, [...onServer, 'tc', 'qdisc', 'add', 'dev', 'wire', 'root', ...SHAPER]);
  const serve = [process.execPath, ECHOGRAM, 'serve', '--host', '0.0.0.0', '--limit', '0'];
  const [command, ...args] = [...network.onServer, ...priority(), ...serve, '--port', PORT];
  const server = spawn(command, args.map(String), { stdio: 'ignore' });
  try {
    await untilBound(server.pid, PORT);
    const rows = [];
    const runs = flags.once ? 1 : Number(flags.runs);
    for (let run = 1; run <= runs; run++) {
      process.stderr.write(`run ${run} of ${runs}\n`);
      rows.push({ run, ...(await searchOnce(network)) });
    }
    return rows;
  } finally {
    server.kill();
    await once(server, 'exit');
    network.close();
  }
}

function priority() {
  return flags['real-time'] ? REAL_TIME : [];
}

async function searchOnce({ onClient, serverHost: host }) {
  const budgetMs = flags.once ? 8000 : 60_000;
  const options = { host, maxRate: 20_000, allowFlood: true, engine: flags.engine, budgetMs };
  const node = [process.execPath, '--input-type=module', '-e', SEARCH, LIBRARY];
  const [command, ...args] = [...onClient, ...priority(), ...node, JSON.stringify(options)];
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return figuresOf(JSON.parse(stdout));
}

function figuresOf({ throughput, capacity, limit, spent, durationNs, trials }) {
  const { lowerPps, upperPps, widthRatio, reason } = throughput;
  const slots = trials.reduce((sum, { sent, skipped }) => sum + sent + skipped, 0);
  const skipped = trials.reduce((sum, trial) => sum + trial.skipped, 0);
  return {
    reason,
    lowerPps,
    upperPps,
    widthRatio,
    contains: lowerPps !== null && lowerPps <= TRUE_PPS && upperPps >= TRUE_PPS,
    capacityPps: capacity?.pps ?? null,
    kind: limit.kind,
    queueMs: limit.queueNs === null ? null : limit.queueNs / 1e6,
    seconds: durationNs / 1e9,
    datagrams: spent.datagrams,
    skippedRatio: slots === 0 ? null : skipped / slots,
    invalid: trials.filter(({ verdict }) => verdict === 'invalid').length,
  };
}

function summaryOf(rows) {
  const header = [
    ...['run', 'reason', 'lower', 'upper', 'width', 'contains', 'capacity', 'limit', 'queue, ms'],
    ...['seconds', 'datagrams', 'skipped', 'invalid'],
  ];
  const lines = rows.map((row) => [
    String(row.run),
    row.reason,
    rounded(row.lowerPps),
    rounded(row.upperPps),
    percent(row.widthRatio),
    row.contains ? 'yes' : 'no',
    rounded(row.capacityPps),
    row.kind,
    rounded(row.queueMs),
    rounded(row.seconds),
    String(row.datagrams),
    percent(row.skippedRatio),
    String(row.invalid),
  ]);
  const good = rows.filter(({ contains, widthRatio }) => contains && widthRatio <= 0.02);
  const { min, max } = spread(rows.map(({ seconds }) => seconds));
  const seconds = rounded(median(rows.map((row) => row.seconds)));
  return [
    ...aligned([header, ...lines]),
    '',
    `The truth is ${rounded(TRUE_PPS)} a second and a queue of ${QUEUE_MS} ms.`,
    `${good.length} of ${rows.length} brackets contain it and are at most 2 % wide.`,
    `A search took ${seconds} s (${rounded(min)} to ${rounded(max)}) and ${Math.round(median(rows.map(({ datagrams }) => datagrams)))} datagrams.`,
  ];
}

function rounded(value) {
  return value === null ? '–' : value.toFixed(1);
}

function percent(ratio) {
  return ratio === null ? '–' : `${(ratio * 100).toFixed(2)} %`;
}

function readmeLines(header) {
  return [
    '# A run of load',
    '',
    `Command: \`npm run load -- ${process.argv.slice(2).join(' ')}\` in bench/`,
    '',
    ...header.map((line) => `- ${line}`),
    '',
    'Two network namespaces and a pair of virtual Ethernet interfaces. `tbf rate 1mbit burst 1600 limit 10600` on',
    "the server's egress: 64 octets of payload are frames of 106 to it, so that 1,179.245 pass a second, and 100",
    'frames wait for 84.8 ms. A ceiling of 20,000/s, so that sixteen source ports are used.',
    '',
    '`contains`: the lower bound is at most the truth, and the upper bound at least. `skipped`: slots that this host',
    'missed because it was late. `invalid`: trials that say nothing, because this host could not offer the rate.',
    'With `--real-time` server and searcher run before all other programs (SCHED_FIFO), as on an idle machine.',
    '',
    'raw.csv has every run, summary.md the table.',
  ];
}
