// SPDX-License-Identifier: MIT
// Throughput: how many datagrams a second one core of each server echoes, and at what CPU time each.

import { parseArgs } from 'node:util';
import { compile } from './lib/compile.js';
import { DISTURBED_RATIO, leastDisturbed } from './lib/disturbance.js';
import { announce } from './lib/machine.js';
import { GENERATOR_CPU, measure } from './lib/measure.js';
import { SERVER_CPU } from './lib/processes.js';
import { store } from './lib/store.js';
import { tablesOf } from './lib/tables.js';
import { variants } from './lib/variants.js';

const USAGE = `Usage: npm run throughput -- [options]

  --rounds N        rounds, each measuring every server once (default 7)
  --only A,B        these servers only
  --workload A,B    these workloads only: flows, mixed, single, burst, stamp
  --echoes N        echoes in one measurement (default 500000)
  --seconds S       longest measurement (default 4)
  --patience S      seconds to spend on each measurement waiting for a quiet moment, and repeating it
                    where others used more than ${DISTURBED_RATIO * 100} % of the machine (default 0)
  --once            one short iteration of everything, to see that it runs
  --store           keep the run in runs/
  --list            list servers and workloads`;

const STAMP_VARIANTS = [
  'echogram-of-96',
  'echogram-stamp',
  'echogram-stamp-stateful',
  'c-stamp',
  'echogram-of-160',
  'echogram-stamp-key',
  'c-stamp-key',
];

/**
 * The loads. 192 datagrams on their way are about what a receive buffer of the default size holds, and
 * not every server asks for more. `only` names the servers that a load says something about.
 */
const WORKLOADS = {
  flows: {
    title: '64 flows, 3 datagrams of 64 bytes on their way in each, sent together',
    args: ['--flows=64', '--window=3', '--bytes=64'],
  },
  mixed: {
    title: 'the same, the datagrams of all flows shuffled',
    args: ['--flows=64', '--window=3', '--bytes=64', '--mixed'],
    only: ['echogram', 'echogram-no-gso', 'c-batch', 'c-gso', 'c-one', 'node-dgram'],
  },
  single: {
    title: '64 flows, 1 datagram of 64 bytes on its way in each',
    args: ['--flows=64', '--window=1', '--bytes=64'],
    only: ['echogram', 'echogram-no-gso', 'c-batch', 'c-gso', 'c-one', 'node-dgram'],
  },
  burst: {
    title: '1 flow, bursts of 32 datagrams of 64 bytes by GSO, 1024 on their way, echoes by GRO',
    args: ['--flows=1', '--window=32', '--segments=32', '--bytes=64'],
    echoesFactor: 8,
    only: ['echogram', 'echogram-no-gso', 'c-batch', 'c-gso', 'node-dgram'],
  },
  stamp: {
    title: '64 flows, 3 STAMP packets of 96 octets on their way in each, 160 with a key',
    args: ['--flows=64', '--window=3'],
    only: STAMP_VARIANTS,
  },
};

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    only: { type: 'string' },
    workload: { type: 'string', default: Object.keys(WORKLOADS).join(',') },
    echoes: { type: 'string', default: '500000' },
    seconds: { type: 'string', default: '4' },
    patience: { type: 'string', default: '0' },
    once: { type: 'boolean', default: false },
    store: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

await main();

async function main() {
  if (flags.help) {
    console.log(USAGE);
    return;
  }
  const asked = flags.only?.split(',');
  const chosen = variants().filter(({ name }) => asked === undefined || asked.includes(name));
  const absent = chosen.filter(({ missing }) => missing !== undefined);
  const present = chosen.filter(({ missing }) => missing === undefined);
  const notes = new Map(present.map(({ name, note }) => [name, note]));
  const workloads = flags.workload.split(',').map((name) => ({ name, ...workload(name) }));
  if (flags.list) {
    for (const { name, note, missing } of chosen) console.log(name, '–', missing ?? note);
    for (const { name, title } of workloads) console.log(name, '–', title);
    return;
  }
  const header = announce(absent.map(({ name, missing }) => `Skipped: ${name}: ${missing}`));
  compile();
  const rows = [];
  const summary = [];
  for (const workload of workloads) {
    const own = await runRounds(workload, present);
    rows.push(...own);
    const lines = ['', `## ${workload.title}`, '', ...tablesOf(own, notes)];
    console.log(lines.join('\n'));
    summary.push(...lines);
  }
  if (!flags.store) return;
  const readme = readmeLines(header);
  console.log(
    `\nstored in runs/${store('throughput', { readme, rows, summary: summary.slice(1) })}`,
  );
}

function workload(name) {
  if (Object.hasOwn(WORKLOADS, name)) return WORKLOADS[name];
  throw new Error(`--workload must be of ${Object.keys(WORKLOADS).join(', ')}, got ${name}`);
}

/** Every server, but those that answer STAMP alone. */
function notStamp({ name }) {
  return STAMP_VARIANTS.includes(name) ? [] : [name];
}

/** A B C … A B C …: what changes on the machine meanwhile falls on all alike. */
async function runRounds({ name, args, only, echoesFactor = 1 }, present) {
  const asked = flags.only !== undefined;
  const taking = present.filter(
    (variant) => asked || (only ?? notStamp(variant)).includes(variant.name),
  );
  const rounds = flags.once ? 1 : Number(flags.rounds);
  const rows = [];
  for (let round = 1; round <= rounds; round++) {
    if (!process.stderr.isTTY) process.stderr.write(`${name}, round ${round} of ${rounds}\n`);
    for (const variant of taking) {
      const amount = amountArgs(echoesFactor);
      const result = await leastDisturbed(
        () => measure(variant, [...args, ...amount]),
        Number(flags.patience) * 1000,
      );
      rows.push({ workload: name, round, variant: variant.name, ...result });
      progress(`${name}, round ${round} of ${rounds}: ${variant.name}`);
    }
  }
  progress('');
  return rows;
}

function amountArgs(factor) {
  const echoes = (flags.once ? 20_000 : Number(flags.echoes)) * factor;
  const seconds = flags.once ? 0.5 : Number(flags.seconds);
  return [`--echoes=${echoes}`, `--seconds=${seconds}`, `--warmup=${Math.round(echoes / 4)}`];
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function readmeLines(header) {
  return [
    '# A throughput run',
    '',
    `Command: \`npm run throughput -- ${process.argv.slice(2).join(' ')}\` in bench/`,
    '',
    `Server on CPU ${SERVER_CPU}, generator on CPU ${GENERATOR_CPU}, over loopback. Each round starts`,
    'every server anew, warms it up with a quarter of the work, and measures it once, in turn.',
    '',
    ...header.map((line) => `- ${line}`),
    '',
    'raw.csv has every measurement, summary.md the tables. `busyRatio` is the share of its CPU that',
    'the server used: below 0.95 it waited for the generator, and its echoes per second are a lower',
    'bound. `othersRatio` is the share of the machine that other programs used meanwhile;',
    `where a server has measurements with at most ${DISTURBED_RATIO * 100} %, the tables leave out its others.`,
  ];
}
