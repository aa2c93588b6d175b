// SPDX-License-Identifier: MIT
// Rates: how many probes a second each prober sends on this machine, its server beside it, and whether
// every one of them is accounted for.

import { parseArgs } from 'node:util';
import { account, besideProber, COUNTING_PROBERS, COUNTING_SERVERS } from './lib/account.js';
import { compile } from './lib/compile.js';
import { DISTURBED_RATIO, isDisturbed, leastDisturbed, undisturbed } from './lib/disturbance.js';
import { announce } from './lib/machine.js';
import { SERVER_CPU } from './lib/processes.js';
import { median, spread } from './lib/statistics.js';
import { store } from './lib/store.js';
import { aligned, withEnds } from './lib/tables.js';

const USAGE = `Usage: npm run rates -- [options]

  --rounds N        rounds, each measuring every prober at every rate once (default 5)
  --only A,B        these probers only: ${Object.keys(COUNTING_PROBERS).join(', ')}
  --server A,B      these servers only: ${Object.keys(COUNTING_SERVERS).join(', ')}
  --rates A,B       probes a second (default 10000,50000,100000,150000,200000)
  --seconds S       length of one measurement (default 3)
  --beside FOLDER   also the Linux engine of another checkout, which is built
  --patience S      seconds to spend on each measurement waiting for a quiet moment, and repeating it
                    where others used more than ${DISTURBED_RATIO * 100} % of the machine (default 0)
  --once            one short iteration of everything, to see that it runs
  --store           keep the run in runs/`;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: Object.keys(COUNTING_PROBERS).join(',') },
    server: { type: 'string', default: Object.keys(COUNTING_SERVERS).join(',') },
    rates: { type: 'string', default: '10000,50000,100000,150000,200000' },
    seconds: { type: 'string', default: '3' },
    patience: { type: 'string', default: '0' },
    beside: { type: 'string' },
    once: { type: 'boolean', default: false },
    store: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

await main();

async function main() {
  if (flags.help) {
    console.log(USAGE);
    return;
  }
  const probers = pick(COUNTING_PROBERS, flags.only);
  if (flags.beside !== undefined) {
    COUNTING_PROBERS.beside = besideProber(flags.beside);
    probers.push('beside');
  }
  const servers = pick(COUNTING_SERVERS, flags.server);
  const header = announce();
  compile();
  const rows = [];
  for (const rate of flags.rates.split(',').map(Number)) {
    rows.push(...(await runRounds(rate, probers, servers)));
  }
  const summary = summaryOf(rows, probers, servers);
  console.log(['', ...summary].join('\n'));
  if (!flags.store) return;
  console.log(`\nstored in runs/${store('rates', { readme: readmeLines(header), rows, summary })}`);
}

function pick(choices, asked) {
  const names = asked.split(',');
  const unknown = names.find((name) => !Object.hasOwn(choices, name));
  if (unknown === undefined) return names;
  throw new Error(`must be of ${Object.keys(choices).join(', ')}, got ${unknown}`);
}

/** A B C … A B C …: what changes on the machine meanwhile falls on all alike. */
async function runRounds(rate, probers, servers) {
  const rounds = flags.once ? 1 : Number(flags.rounds);
  const seconds = flags.once ? 0.2 : Number(flags.seconds);
  const rows = [];
  for (let round = 1; round <= rounds; round++) {
    for (const prober of probers) {
      for (const server of servers) {
        process.stderr.write(`${rate}/s, round ${round}: ${prober} to ${server}\n`);
        const measureOnce = () => account({ prober, server, rate, seconds });
        const figures = await leastDisturbed(measureOnce, Number(flags.patience) * 1000);
        rows.push({ rate, round, prober, server, ...figures });
      }
    }
  }
  return rows;
}

function summaryOf(all, probers, servers) {
  return [
    ...servers.flatMap((server) => [
      `## Server ${server}: ${COUNTING_SERVERS[server].note}`,
      '',
      ...tableOf(all.filter((row) => row.server === server)),
      '',
    ]),
    ...probers.map((name) => `- ${name}: ${COUNTING_PROBERS[name].note}`),
  ];
}

function tableOf(rows) {
  const header = [
    ...['prober', 'asked/s', 'reached/s', 'skipped', 'lost', 'late', 'dropped there', 'and here'],
    ...['unexplained', 'RTT p50, µs', 'p99', 'send error p99, µs', 'CPU/probe, µs', 'rounds'],
  ];
  const groups = new Map();
  for (const row of rows) {
    const key = `${row.prober} ${row.rate}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const lines = [...groups.values()].map((group) => {
    const own = undisturbed(group);
    const sum = (field) => own.reduce((total, row) => total + row[field], 0);
    const micros = (field) => withEnds(spread(own.map((row) => row[field] / 1000)), toOneDigit);
    return [
      own[0].prober,
      String(own[0].rate),
      String(Math.round(median(own.map(({ reachedRate }) => reachedRate)))),
      `${((sum('skipped') / sum('slots')) * 100).toFixed(2)} %`,
      `${sum('lost')} of ${sum('sent')}`,
      String(sum('late')),
      String(sum('serverDropped')),
      String(sum('proberDropped')),
      String(sum('open')),
      micros('rttP50Ns'),
      micros('rttP99Ns'),
      micros('sendErrorP99Ns'),
      micros('cpuNsPerProbe'),
      `${own.length}${own.some(isDisturbed) ? ', disturbed' : ''}`,
    ];
  });
  return aligned([header, ...lines]);
}

function toOneDigit(value) {
  return value.toFixed(1);
}

function readmeLines(header) {
  return [
    '# A run of rates',
    '',
    `Command: \`npm run rates -- ${process.argv.slice(2).join(' ')}\` in bench/`,
    '',
    `Over loopback, server on CPU ${SERVER_CPU}, prober on any. Each measurement starts both anew.`,
    '',
    ...header.map((line) => `- ${line}`),
    '',
    'A slot that comes more than a millisecond late is skipped, by each of the probers: `reached/s` is what',
    'was sent of what was asked. `dropped` is what the kernel dropped for want of room in the receive',
    'buffer, of the server (there) and of the prober (here). Every datagram must be explained: sent =',
    'received + lost + late by the prober; sent = received by the server + dropped there; sent by the server',
    '= received + late + duplicate + stray + dropped here. `unexplained` is what is left over of the three,',
    'and is 0 where the accounting is exact. CPU/probe is user and system time of the whole process, from',
    'its start to its end.',
    '',
    'raw.csv has every measurement, summary.md the tables, sums over the rounds for counts and medians with',
    'the lowest and the highest for times. `othersRatio` is the share of the machine that other programs',
    `used meanwhile; where there are measurements with at most ${DISTURBED_RATIO * 100} %, the tables leave out the others.`,
  ];
}
