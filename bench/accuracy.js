// SPDX-License-Identifier: MIT
// Accuracy: round-trip times as probers report them against a packet capture of the same run, when they
// sent, and what CPU time that took.

import { parseArgs } from 'node:util';
import { accuracyTables } from './lib/accuracy-tables.js';
import { compile } from './lib/compile.js';
import { DISTURBED_RATIO, leastDisturbed } from './lib/disturbance.js';
import { announce } from './lib/machine.js';
import { networks } from './lib/network.js';
import { observe } from './lib/observe.js';
import { probers } from './lib/probers.js';
import { SERVER_CPU } from './lib/processes.js';
import { store } from './lib/store.js';

const USAGE = `Usage: npm run accuracy -- [options]

  --rounds N        rounds, each measuring with every prober once (default 5)
  --only A,B        these probers only
  --network A,B     these networks only: loopback, veth
  --rate PPS        probes a second (default 1000)
  --seconds S       length of one measurement (default 6)
  --patience S      seconds to spend on each measurement waiting for a quiet moment, and repeating it
                    where others used more than ${DISTURBED_RATIO * 100} % of the machine (default 0)
  --once            one short iteration of everything, to see that it runs
  --store           keep the run in runs/
  --list            list probers and networks`;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    network: { type: 'string' },
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '6' },
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
  const choices = {
    probers: pick(probers(), flags.only),
    networks: pick(networks(), flags.network),
  };
  const all = [...choices.networks, ...choices.probers];
  if (flags.list) {
    for (const { name, note, missing } of all) console.log(name, '–', missing ?? note ?? '');
    return;
  }
  const absent = all.filter(({ missing }) => missing !== undefined);
  const header = announce(absent.map(({ name, missing }) => `Skipped: ${name}: ${missing}`));
  if (process.getuid() !== 0) {
    console.log('\nSkipped: all of it: a packet capture needs root');
    return;
  }
  compile();
  const present = choices.probers.filter(({ missing }) => missing === undefined);
  const rows = [];
  for (const { open, missing } of choices.networks) {
    if (missing !== undefined) continue;
    const network = await open();
    try {
      rows.push(...(await runRounds(network, present)));
    } finally {
      network.close();
    }
  }
  const summary = accuracyTables(rows, new Map(present.map(({ name, note }) => [name, note])));
  console.log(['', ...summary].join('\n'));
  if (!flags.store) return;
  console.log(
    `\nstored in runs/${store('accuracy', { readme: readmeLines(header), rows, summary })}`,
  );
}

function pick(choices, asked) {
  const names = asked?.split(',') ?? choices.map(({ name }) => name);
  return names.map((wanted) => {
    const found = choices.find(({ name }) => name === wanted);
    if (found !== undefined) return found;
    throw new Error(`must be of ${choices.map(({ name }) => name).join(', ')}, got ${wanted}`);
  });
}

/** A B C … A B C …: what changes on the machine meanwhile falls on all alike. */
async function runRounds(network, present) {
  const rounds = flags.once ? 1 : Number(flags.rounds);
  const seconds = flags.once ? 0.5 : Number(flags.seconds);
  const rows = [];
  for (let round = 1; round <= rounds; round++) {
    for (const prober of present) {
      if (prober.networks?.includes(network.name) === false) continue;
      for (const server of Object.keys(prober.servers)) {
        process.stderr.write(`${network.name}, round ${round}: ${prober.name} to ${server}\n`);
        const what = { network, prober, server, rate: Number(flags.rate), seconds };
        const figures = await leastDisturbed(() => observe(what), Number(flags.patience) * 1000);
        rows.push({ network: network.name, round, prober: prober.name, server, ...figures });
      }
    }
  }
  return rows;
}

function readmeLines(header) {
  return [
    '# An accuracy run',
    '',
    `Command: \`npm run accuracy -- ${process.argv.slice(2).join(' ')}\` in bench/`,
    '',
    `Server on CPU ${SERVER_CPU}, prober on any. Each measurement starts a server, a capture and a prober`,
    'anew, one prober after the other in each round.',
    '',
    ...header.map((line) => `- ${line}`),
    '',
    '## How it is compared',
    '',
    'The capture (c/capture.c) is an AF_PACKET socket, which the kernel gives a copy of each packet and',
    'the time of that. It is read fifty times a second and wakes nobody in between. A round trip of the',
    'capture lasts from when the probe passes on its way out of the client to when its reply passes on its',
    'way in: what a capture at a network card shows.',
    '',
    'On loopback each packet passes twice, out and then in. The reply on its way out is what the server sees',
    'and is left out. The probe on its way in is what tcpdump shows on loopback, where it hides what goes',
    'out: by it, the round trip is shorter by `taps apart`. The driver stamps the probe between the two, so',
    'that no capture is sharper than that, and `begun between taps` counts the reported round trips that',
    'began there. The reply on its way in has one stamp, which echogram and the capture both get. So what is',
    'compared of echogram is its sending stamp, the pairing of both stamps with their probe, and their way',
    'through the program into its records.',
    '',
    'c-prober-stamps takes the same two stamps in C: where it differs from the capture as much as echogram',
    'does, the difference is between the stamps and the capture, and not ours.',
    '',
    'Probes are matched by their number in the payload: the sequence number of echogram, of the prober in C',
    "and of irtt. sockperf's log tells times and no numbers: its first line is laid on that message from",
    'which on the gaps between times of sending agree best, and the rest follows by order.',
    '',
    '`RTT − capture` is signed: what the prober adds. `late by capture` is the time of sending less the',
    'intended one in the payload, less that of the probe that was least late, as no capture knows when the',
    "prober's clock began; irtt and sockperf tell no intended time. `gap error` can be said of all: how far",
    'the gap between two probes is from a whole number of intervals. A slot that was skipped is in none of',
    'them. CPU/probe is user and system time of the whole process between 30 % and 90 % of the run, of all',
    "its threads, divided by the probes sent meanwhile; echogram's and the prober in C's includes keeping",
    "records of each probe, irtt's and sockperf's too.",
    '',
    'raw.csv has every measurement, summary.md the tables, medians over the rounds with the lowest and the',
    'highest. `othersRatio` is the share of the machine that other programs used meanwhile, the capture and',
    `the bench among them; where there are measurements with at most ${DISTURBED_RATIO * 100} %, the tables leave out the others.`,
  ];
}
