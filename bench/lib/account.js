// SPDX-License-Identifier: MIT
// One measurement of a rate: a prober against a server that counts too, and whether the two agree about
// every datagram.

import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BUILD_FOLDER } from './compile.js';
import { freePort, untilBound } from './network.js';
import {
  ALL_CPUS,
  end,
  finish,
  machineTimeNs,
  ownCpuTimeNs,
  SERVER_CPU,
  startPinned,
} from './processes.js';
import { ECHOGRAM } from './variants.js';

const HOST = '127.0.0.1';

/** How much longer than its probes a prober may take: to start, and to wait for replies. */
const SLACK_MS = 20_000;

/** Servers that tell in the end what they counted. */
export const COUNTING_SERVERS = {
  echogram: {
    note: 'serve, its defaults with --json',
    command: (port) => [
      ...[process.execPath, ECHOGRAM, 'serve', '--host', HOST, '--port', String(port), '--json'],
    ],
    countsOf: ({ receivedDatagrams, sentDatagrams, kernelDrops }) => ({
      received: receivedDatagrams,
      sent: sentDatagrams,
      dropped: kernelDrops === null ? null : kernelDrops.receiveBuffer,
    }),
  },
  'c-batch': {
    note: 'C, recvmmsg and sendmmsg of 64',
    command: (port) => [`${BUILD_FOLDER}/server-batch`, String(port)],
    countsOf: (counts) => counts,
  },
};

/** Probers that count, without a record of each probe. */
export const COUNTING_PROBERS = {
  'echogram-linux': echogram('linux', 'Linux engine'),
  'echogram-portable': echogram('portable', 'node:dgram engine'),
  'c-prober': cProber('C, recvmmsg and sendmmsg of 64, paced by the same rules', []),
  'c-prober-stamps': cProber('the same with the kernel time stamps of the Linux engine', [
    '--stamps',
  ]),
};

function cProber(note, flags) {
  return {
    note,
    command: ({ port, rate, seconds }) => [
      ...[`${BUILD_FOLDER}/prober`, `--host=${HOST}`, `--port=${port}`, `--rate=${rate}`],
      ...[`--seconds=${seconds}`, ...flags],
    ],
    countsOf: (counts) => counts,
  };
}

/** The Linux engine of another checkout, which is built, to compare with. */
export function besideProber(folder) {
  const args = ['-C', folder, 'rev-parse', '--short', 'HEAD'];
  const commit = execFileSync('git', args, { encoding: 'utf8' }).trim();
  return echogram('linux', `Linux engine of commit ${commit}`, join(folder, 'dist/cli/bin.cjs'));
}

function echogram(engine, note, program = ECHOGRAM) {
  return {
    note,
    command: ({ port, rate, seconds }) => [
      ...[process.execPath, program, 'ping', `${HOST}:${port}`, '--engine', engine, '--json'],
      ...['--rate', String(rate), '--duration', `${seconds * 1000}ms`],
    ],
    countsOf: ({ datagrams, schedule, hostDrops, rttNs }) => ({
      ...datagrams,
      failed: datagrams.sendFailed,
      skipped: schedule.skipped,
      dropped: hostDrops.receiveBuffer,
      rttP50Ns: rttNs.p50,
      rttP99Ns: rttNs.p99,
      sendErrorP99Ns: schedule.sendErrorNs.p99,
    }),
  };
}

/**
 * @param prober   name of one of `COUNTING_PROBERS`
 * @param server   name of one of `COUNTING_SERVERS`
 * @param rate     probes a second, asked for
 * @param seconds  for so long
 * @returns what both counted, the rate that was reached, CPU time for each probe, the share of the
 *          machine that other programs used meanwhile, and `open`: datagrams that the counts of prober,
 *          server and kernel don't explain
 */
export async function account({ prober, server, rate, seconds }) {
  const startedAt = performance.now();
  const before = { own: ownCpuTimeNs(process.pid), machine: machineTimeNs() };
  const { found, served, cpuNs } = await runBoth({ prober, server, rate, seconds });
  const elapsedNs = (performance.now() - startedAt) * 1e6;
  const ownNs = ownCpuTimeNs(process.pid) - before.own;
  const othersNs = machineTimeNs() - before.machine - ownNs;
  const { sent, skipped, failed, received, lost, late } = found;
  const slots = sent + failed + skipped;
  return {
    reachedRate: (rate * sent) / slots,
    slots,
    sent,
    skipped,
    failed,
    received,
    lost,
    late,
    proberDropped: found.dropped,
    serverReceived: served.received,
    serverSent: served.sent,
    serverDropped: served.dropped,
    open: openCount(found, served),
    rttP50Ns: found.rttP50Ns,
    rttP99Ns: found.rttP99Ns,
    sendErrorP99Ns: found.sendErrorP99Ns,
    cpuNsPerProbe: cpuNs / sent,
    othersRatio: Math.max(0, othersNs) / (elapsedNs * cpus().length),
  };
}

/** Each datagram is counted where it was last seen; on loopback there is nowhere else to be lost. */
function openCount(found, served) {
  const { sent, received, lost, late, duplicate, stray } = found;
  const inOutcomes = sent - received - lost - late;
  const onTheWay = sent - served.received - served.dropped;
  const onTheWayBack = served.sent - received - late - duplicate - stray - found.dropped;
  return Math.abs(inOutcomes) + Math.abs(onTheWay) + Math.abs(onTheWayBack);
}

async function runBoth({ prober, server, rate, seconds }) {
  const port = await freePort();
  const asked = COUNTING_PROBERS[prober];
  const answering = COUNTING_SERVERS[server];
  const echo = startPinned(SERVER_CPU, answering.command(port));
  const last = lastLine(echo);
  try {
    await untilBound(echo.pid, port);
    const beforeNs = ownCpuTimeNs(process.pid);
    const command = asked.command({ port, rate, seconds });
    const printed = await finish(startPinned(ALL_CPUS, command), seconds * 1000 + SLACK_MS);
    // Of children that have ended, and the server has not.
    const cpuNs = ownCpuTimeNs(process.pid) - beforeNs;
    await end(echo);
    const found = asked.countsOf(JSON.parse(printed));
    return { found, served: answering.countsOf(JSON.parse(await last)), cpuNs };
  } catch (error) {
    throw new Error(`${prober} to ${server} at ${rate}/s: ${error.message}`);
  } finally {
    await end(echo);
  }
}

/** Resolves to the last line that a program printed. */
async function lastLine({ child }) {
  let last;
  for await (const line of createInterface({ input: child.stdout })) last = line;
  return last;
}
