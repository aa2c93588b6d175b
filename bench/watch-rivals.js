// SPDX-License-Identifier: MIT
// `watch` beside smokeping_prober and blackbox_exporter: the same targets over the same bad network at
// the same time. What a probe costs, and how far loss and p99 are from what a capture shows.

import { createInterface } from 'node:readline';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { spawnSync } from 'node:child_process';
import { announce } from './lib/machine.js';
import { networks, untilBound } from './lib/network.js';
import { ALL_CPUS, cpuTimeNs, end, finish, startPinned } from './lib/processes.js';
import { whyMissing } from './lib/programs.js';
import { quantile, spread } from './lib/statistics.js';
import { store } from './lib/store.js';
import { aligned } from './lib/tables.js';
import { ECHOGRAM } from './lib/variants.js';

const USAGE = `Usage: npm run watch-rivals -- [options]

  --targets N    targets (default 20)
  --seconds S    length of the measurement (default 120)
  --once         a short one, to see that it runs
  --store        keep the run in runs/`;

const { values: flags } = parseArgs({
  options: {
    targets: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '120' },
    once: { type: 'boolean', default: false },
    store: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const ECHO_PORT = 10000;
const SINK_PORT = 10009;
const BLACKBOX_PORT = 9115;
const SMOKEPING_PORT = 9374;

/** The first target loses nothing, the last one so many of a hundred. */
const MOST_LOSS_PERCENT = 10;

/** Datagrams of 1,400 octets, 1,442 on the wire, at 10 Mbit/s: a queue of 46 ms. */
const BURST_DATAGRAMS = 40;
const SHAPER = ['rate', '10mbit', 'burst', '3000', 'limit', '200000'];

/** Before the CPU time of a prober is read for the first time. */
const WARM_UP_MS = 5000;

/** For starting, and for the last replies. */
const SLACK_MS = 30_000;

/** smokeping_prober 0.6.1 tells of one request more than of replies, without any loss. */
const SMOKEPING_AHEAD = 1;

const SEED = 1;

await main();

async function main() {
  if (flags.help) {
    console.log(USAGE);
    return;
  }
  const wire = networks().find(({ name }) => name === 'veth');
  const missing = wire.missing ?? whyProgramsAreMissing();
  if (missing !== undefined) {
    console.log(`left out: ${missing}`);
    return;
  }
  const header = announce();
  const network = await wire.open();
  let rows;
  try {
    rows = await measure(network);
  } finally {
    network.close();
  }
  const summary = tableOf(rows);
  console.log(['', ...summary].join('\n'));
  if (!flags.store) return;
  const kept = { readme: readmeLines(header), rows, summary };
  console.log(`\nstored in runs/${store('watch-rivals', kept)}`);
}

function whyProgramsAreMissing() {
  return ['prometheus-smokeping-prober', 'prometheus-blackbox-exporter', 'python3', 'nft', 'tc']
    .map(whyMissing)
    .find((reason) => reason !== undefined);
}

async function measure(network) {
  const seconds = flags.once ? 3 : Number(flags.seconds);
  const targets = targetsOf(flags.once ? 4 : Number(flags.targets));
  makeBad(network, targets);
  const folder = mkdtempSync(join(tmpdir(), 'echogram-rivals-'));
  const programs = [];
  const start = (on, command) => {
    const program = startPinned(ALL_CPUS, [...on, ...command]);
    programs.push(program);
    return program;
  };
  try {
    await startNetwork(network, start);
    const tap = start(network.onClient, [
      ...['python3', peer('echo_truth.py'), network.interface, String(ECHO_PORT)],
    ]);
    const tapped = createInterface({ input: tap.child.stdout })[Symbol.asyncIterator]();
    await tapped.next();
    const probers = startProbers(network, start, { targets, folder });
    const watched = lastLine(probers.echogram);
    await setTimeout(WARM_UP_MS);
    const cpuBefore = cpuTimes(probers);
    const asked = { seconds, targets, blackboxPort: BLACKBOX_PORT, smokepingPort: SMOKEPING_PORT };
    const collector = start(network.onClient, [
      ...[process.execPath, lib('rivals-collector.js'), JSON.stringify(asked)],
    ]);
    const collected = JSON.parse(await finish(collector, seconds * 1000 + SLACK_MS));
    const cpuAfter = cpuTimes(probers);
    await end(probers.smokeping);
    await end(probers.blackbox);
    await end(probers.echogram);
    const told = {
      echogram: watchTold(JSON.parse(await watched)),
      smokeping: smokepingTold(collected.smokeping),
      blackbox: blackboxTold(collected.blackbox),
    };
    tap.child.kill('SIGTERM');
    const truth = JSON.parse((await tapped.next()).value);
    const probes = targets.length * seconds;
    return Object.keys(told).flatMap((prober) =>
      rowsOf({
        ...{ prober, targets, told: told[prober], truth: truth[prober] },
        cpuNsPerProbe: (cpuAfter[prober] - cpuBefore[prober]) / probes,
      }),
    );
  } finally {
    for (const program of programs) await end(program);
    rmSync(folder, { recursive: true });
  }
}

function targetsOf(count) {
  return Array.from({ length: count }, (_, index) => `10.77.0.${101 + index}`);
}

/** Losses of a known share on the way there, and a queue that fills from time to time on the way back. */
function makeBad({ onServer }, targets) {
  for (const target of targets) {
    run(...onServer, 'ip', 'address', 'add', `${target}/24`, 'dev', 'wire');
  }
  run(...onServer, 'tc', 'qdisc', 'add', 'dev', 'wire', 'root', 'tbf', ...SHAPER);
  run(
    ...onServer,
    'nft',
    'add table ip bad; add chain ip bad in { type filter hook input priority 0; }',
  );
  for (const [index, target] of targets.entries()) {
    const percent = Math.round((MOST_LOSS_PERCENT * index) / (targets.length - 1));
    if (percent === 0) continue;
    const rule = `ip daddr ${target} numgen random mod 100 < ${percent} drop`;
    run(...onServer, 'nft', `add rule ip bad in ${rule}`);
  }
}

async function startNetwork({ onClient, onServer }, start) {
  const serve = ['serve', '--host', '0.0.0.0', '--port', String(ECHO_PORT), '--limit', '0'];
  const server = start(onServer, [process.execPath, ECHOGRAM, ...serve, '--quiet']);
  const sink = start(onClient, ['socat', '-u', `UDP-RECV:${SINK_PORT}`, '/dev/null']);
  await untilBound(server.pid, ECHO_PORT);
  await untilBound(sink.pid, SINK_PORT);
  start(onServer, [
    ...['python3', peer('bursts.py'), '10.77.0.1', String(SINK_PORT)],
    ...[String(BURST_DATAGRAMS), String(SEED)],
  ]);
}

function startProbers({ onClient }, start, { targets, folder }) {
  const modules = join(folder, 'blackbox.yml');
  const icmp = { prober: 'icmp', timeout: '1s', icmp: { preferred_ip_protocol: 'ip4' } };
  writeFileSync(modules, JSON.stringify({ modules: { icmp } }));
  const none = join(folder, 'smokeping.yml');
  writeFileSync(none, '{}');
  return {
    echogram: start(onClient, [
      ...[process.execPath, ECHOGRAM, 'watch', ...targets.map((host) => `${host}:${ECHO_PORT}`)],
      ...['--json', '--listen', '127.0.0.1:0'],
    ]),
    smokeping: start(onClient, [
      ...['prometheus-smokeping-prober', '--privileged', `--config.file=${none}`],
      ...[`--web.listen-address=127.0.0.1:${SMOKEPING_PORT}`, '--ping.interval=1s', ...targets],
    ]),
    blackbox: start(onClient, [
      ...['prometheus-blackbox-exporter', `--config.file=${modules}`],
      ...[`--web.listen-address=127.0.0.1:${BLACKBOX_PORT}`, '--log.level=error'],
    ]),
  };
}

/** By target: the share lost, and p99. */
function watchTold({ targets }) {
  return new Map(
    targets.map(({ key, lossRatio, p99Ns }) => [key.split(':')[0], { lossRatio, p99Ns }]),
  );
}

function blackboxTold(found) {
  return new Map(
    Object.entries(found).map(([address, { requests, rttNs }]) => [
      address,
      { lossRatio: 1 - rttNs.length / requests, p99Ns: quantile(rttNs, 0.99) },
    ]),
  );
}

function smokepingTold(metrics) {
  const sent = samplesOf(metrics, 'smokeping_requests_total');
  const buckets = samplesOf(metrics, 'smokeping_response_duration_seconds_bucket');
  return new Map(
    sent.map(({ host, value }) => {
      const own = buckets.filter((bucket) => bucket.host === host);
      const received = own.at(-1).value;
      const requests = value - SMOKEPING_AHEAD;
      return [
        host,
        { lossRatio: 1 - received / requests, p99Ns: histogramQuantile(0.99, own) * 1e9 },
      ];
    }),
  );
}

function samplesOf(metrics, name) {
  const lines = metrics.matchAll(new RegExp(`^${name}\\{(.*)\\} (\\S+)$`, 'gm'));
  return [...lines].map(([, labels, value]) => ({
    host: /host="(.*?)"/.exec(labels)[1],
    le: Number(/le="(.*?)"/.exec(labels)?.[1].replace('+Inf', 'Infinity')),
    value: Number(value),
  }));
}

/** As Prometheus' function of that name: linear within a bucket. */
function histogramQuantile(share, buckets) {
  const rank = share * buckets.at(-1).value;
  const at = buckets.findIndex(({ value }) => value >= rank);
  const [from, before] = at === 0 ? [0, 0] : [buckets[at - 1].le, buckets[at - 1].value];
  const { le, value } = buckets[at];
  if (le === Infinity) return from;
  return from + ((le - from) * (rank - before)) / (value - before);
}

function rowsOf({ prober, targets, told, truth, cpuNsPerProbe }) {
  return targets.map((target) => {
    const { requests, rttNs } = truth[target];
    const { lossRatio, p99Ns } = told.get(target);
    return {
      ...{ prober, target, requests, cpuNsPerProbe },
      ...{ lossRatio, trueLossRatio: 1 - rttNs.length / requests },
      ...{ p99Ns, trueP99Ns: quantile(rttNs, 0.99) },
    };
  });
}

function tableOf(rows) {
  const header = [
    ...['prober', 'probes seen', 'CPU/probe, µs', 'loss off, points: median', 'most'],
    ...['p99 off: median', 'most'],
  ];
  const lines = [...new Set(rows.map(({ prober }) => prober))].map((prober) => {
    const own = rows.filter((row) => row.prober === prober);
    const loss = spread(own.map((row) => 100 * Math.abs(row.lossRatio - row.trueLossRatio)));
    const p99 = spread(own.map((row) => 100 * Math.abs(row.p99Ns / row.trueP99Ns - 1)));
    return [
      ...[prober, String(own.reduce((sum, { requests }) => sum + requests, 0))],
      ...[(own[0].cpuNsPerProbe / 1000).toFixed(0), loss.median.toFixed(2), loss.max.toFixed(2)],
      ...[`${p99.median.toFixed(1)} %`, `${p99.max.toFixed(1)} %`],
    ];
  });
  return aligned([header, ...lines]);
}

function readmeLines(header) {
  return [
    '# `watch` beside other probers',
    '',
    `Command: \`npm run watch-rivals -- ${process.argv.slice(2).join(' ')}\` in bench/`,
    '',
    `Two network namespaces, a virtual wire; ${flags.targets} addresses of one host, each probed once a second by all`,
    `probers at the same time, for ${flags.seconds} s. The host drops 0 to ${MOST_LOSS_PERCENT} % of what comes to an address, at`,
    `random (nft numgen), and its interface is shaped to 10 Mbit/s, where bursts make a queue of up to 46 ms.`,
    '',
    ...header.map((line) => `- ${line}`),
    '',
    'echogram asks a UDP echo server, the others send ICMP echo requests: none of them probes a UDP echo. smokeping_prober',
    'exports a histogram whose buckets double; its p99 is what `histogram_quantile` makes of that. blackbox_exporter',
    'probes when it is scraped, once a second here, and exports the latest time; its p99 is of all that were scraped.',
    "echogram's loss and p99 are those of its summary. What is true is what a packet socket on the client's interface",
    'saw, for each prober by itself. CPU is that of the whole process; of echogram with its page, and its history in memory.',
    'cloudprober is in no registry that this was run with.',
    '',
    'raw.csv has each target, summary.md the table: differences from the capture, of loss in percentage points.',
  ];
}

function cpuTimes(probers) {
  return Object.fromEntries(
    Object.entries(probers).map(([name, { pid }]) => [name, cpuTimeNs(pid)]),
  );
}

async function lastLine({ child }) {
  let last;
  for await (const line of createInterface({ input: child.stdout })) last = line;
  return last;
}

function peer(name) {
  return fileURLToPath(new URL(`peers/${name}`, import.meta.url));
}

function lib(name) {
  return fileURLToPath(new URL(`lib/${name}`, import.meta.url));
}

function run(command, ...args) {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(`${command} ${args.join(' ')} fails: ${error?.message ?? stderr.trim()}`);
}
