// SPDX-License-Identifier: MIT
// `load` beside iperf3: who finds the rate of a shaper that is known by hand, how far off, and how many datagrams it
// takes. Two network namespaces, and tbf at 1 Mbit/s on the server's egress. Needs root.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { announce } from './lib/machine.js';
import { networks, untilBound } from './lib/network.js';
import { whyMissing } from './lib/programs.js';
import { REAL_TIME, SHAPER, TRUE_PPS } from './lib/shaped-link.js';
import { median, spread } from './lib/statistics.js';
import { store } from './lib/store.js';
import { aligned } from './lib/tables.js';
import { ECHOGRAM } from './lib/variants.js';

const ECHO_PORT = 10_000;
const IPERF_PORT = 5201;

const PAYLOAD_BYTES = 64;

/** Where a search by hand begins, as load does, and how close it gets. */
const START_PPS = 100;
const PRECISION = 1.02;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    'real-time': { type: 'boolean', default: false },
    once: { type: 'boolean', default: false },
    store: { type: 'boolean', default: false },
  },
});

/** Each prober: how it searches. iperf3's users choose the length of a test; 10 s is its default. */
const PROBERS = [
  { name: 'echogram load', search: searchOfEchogram },
  { name: 'iperf3 -u, tests of 2 s', search: (network) => searchByHand(network, 2) },
  { name: 'iperf3 -u, tests of 10 s', search: (network) => searchByHand(network, 10) },
];

await main();

async function main() {
  const wire = networks().find(({ name }) => name === 'veth');
  const missing = wire.missing ?? whyMissing('tc') ?? whyMissing('iperf3');
  if (missing !== undefined) {
    console.log(`left out: ${missing}`);
    return;
  }
  const header = announce();
  const rows = await measureAll(await wire.open());
  const summary = summaryOf(rows);
  console.log(['', ...summary].join('\n'));
  if (!flags.store) return;
  const readme = readmeLines(header);
  console.log(`\nstored in runs/${store('load-rivals', { readme, rows, summary })}`);
}

async function measureAll(network) {
  const [ip, ...onServer] = network.onServer;
  spawnSync(ip, [...onServer, 'tc', 'qdisc', 'add', 'dev', 'wire', 'root', ...SHAPER]);
  const serve = [process.execPath, ECHOGRAM, 'serve', '--host', '0.0.0.0', '--limit', '0'];
  const servers = [
    start(network.onServer, [...serve, '--port', ECHO_PORT]),
    start(network.onServer, ['iperf3', '-s', '-p', IPERF_PORT]),
  ];
  try {
    await untilBound(servers[0].pid, ECHO_PORT);
    const rows = [];
    const rounds = flags.once ? 1 : Number(flags.rounds);
    for (let round = 1; round <= rounds; round++) {
      for (const { name, search } of PROBERS) {
        process.stderr.write(`round ${round} of ${rounds}: ${name}\n`);
        const startedAt = performance.now();
        const found = search(network);
        rows.push({
          round,
          prober: name,
          ...found,
          seconds: (performance.now() - startedAt) / 1e3,
        });
      }
    }
    return rows;
  } finally {
    for (const server of servers) {
      server.kill();
      await once(server, 'exit');
    }
    network.close();
  }
}

function start(on, words) {
  const [command, ...args] = [...on, ...priority(), ...words];
  return spawn(command, args.map(String), { stdio: 'ignore' });
}

function priority() {
  return flags['real-time'] ? REAL_TIME : [];
}

function run({ onClient }, words) {
  const [command, ...args] = [...onClient, ...priority(), ...words];
  const { stdout, stderr } = spawnSync(command, args.map(String), { encoding: 'utf8' });
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`${words.join(' ')}: ${stderr}`);
  }
}

function searchOfEchogram(network) {
  const more = ['--max-rate', 20_000, '--flood', '--json', '-s', PAYLOAD_BYTES];
  const load = [process.execPath, ECHOGRAM, 'load', `${network.serverHost}:${ECHO_PORT}`, ...more];
  const { throughput, capacity, spent, trials } = run(network, load);
  return {
    lowerPps: throughput.lowerPps,
    upperPps: throughput.upperPps,
    capacityPps: capacity?.pps ?? null,
    datagrams: spent.datagrams,
    tests: trials.length,
  };
}

/**
 * What a user does who wants the rate without loss: twice as fast until something is lost, then half way between what
 * was carried and what was not. The server sends (-R), through the same shaper as echoes.
 */
function searchByHand(network, seconds) {
  const found = { lowerPps: null, upperPps: null, capacityPps: null, datagrams: 0, tests: 0 };
  let pps = START_PPS;
  while (found.upperPps === null || found.upperPps / found.lowerPps > PRECISION) {
    const bitRate = Math.round(pps * PAYLOAD_BYTES * 8);
    const rate = ['-u', '-R', '-b', bitRate, '-l', PAYLOAD_BYTES, '-t', seconds];
    const asked = ['iperf3', '-c', network.serverHost, '-p', IPERF_PORT, ...rate, '-J'];
    const { sum } = run(network, asked).end;
    found.tests++;
    found.datagrams += sum.packets;
    const offeredPps = sum.packets / seconds;
    if (sum.lost_packets === 0) found.lowerPps = offeredPps;
    else {
      found.upperPps = offeredPps;
      found.capacityPps = Math.max(
        found.capacityPps ?? 0,
        (sum.packets - sum.lost_packets) / sum.seconds,
      );
    }
    if (found.lowerPps === null || flags.once) return found;
    pps = found.upperPps === null ? 2 * pps : Math.sqrt(found.lowerPps * found.upperPps);
  }
  return found;
}

function summaryOf(rows) {
  const header = [
    'prober',
    'lower',
    'upper',
    'off by',
    'contains',
    'seconds',
    'tests',
    'datagrams',
  ];
  const lines = PROBERS.map(({ name }) => {
    const own = rows.filter(({ prober }) => prober === name);
    const known = own.filter(({ lowerPps, upperPps }) => lowerPps !== null && upperPps !== null);
    const off = known.map(({ lowerPps, upperPps }) => (lowerPps + upperPps) / 2 / TRUE_PPS - 1);
    const contains = known.filter((row) => row.lowerPps <= TRUE_PPS && row.upperPps >= TRUE_PPS);
    const middle = (field) =>
      median(own.map((row) => row[field]).filter((value) => value !== null));
    return [
      name,
      ends(known.map(({ lowerPps }) => lowerPps)),
      ends(known.map(({ upperPps }) => upperPps)),
      off.length === 0 ? '–' : `${(100 * median(off)).toFixed(1)} %`,
      `${contains.length} of ${own.length}`,
      middle('seconds').toFixed(0),
      middle('tests').toFixed(0),
      middle('datagrams').toFixed(0),
    ];
  });
  return [
    ...aligned([header, ...lines]),
    '',
    `The truth is ${TRUE_PPS.toFixed(1)} a second. "Off by" is the median distance of a bracket's middle from it.`,
  ];
}

function ends(values) {
  if (values.length === 0) return '–';
  const { median: middle, min, max } = spread(values);
  return `${middle.toFixed(0)} (${min.toFixed(0)}–${max.toFixed(0)})`;
}

function readmeLines(header) {
  return [
    '# `load` beside iperf3',
    '',
    `Command: \`npm run load-rivals -- ${process.argv.slice(2).join(' ')}\` in bench/`,
    '',
    ...header.map((line) => `- ${line}`),
    `- iperf3: ${spawnSync('iperf3', ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0]}`,
    '',
    'Two network namespaces and a pair of virtual Ethernet interfaces. `tbf rate 1mbit burst 1600 limit 10600` on',
    "the server's egress: 64 octets of payload are frames of 106 to it, so that 1,179.245 pass a second, 100 frames wait",
    'for 84.8 ms, and 15 may leave at once. The probers take turns.',
    '',
    'iperf3 sends at the rate that it is told, and its server sends here (-R), through the same shaper. A user searches',
    'by hand: from 100/s twice as fast until a test loses something, then the geometric middle of what was carried and',
    'what was not, until the two are 2 % apart. A test of T seconds loses nothing up to 1,179.2 + 115 / T.',
    'A datagram of echogram passes twice, there and back; it is counted once.',
    '',
    'OB-UDPST is in no registry that this was run with, and xfr has to be compiled with Rust: both were left out.',
    '',
    'raw.csv has every search, summary.md the table.',
  ];
}
