// SPDX-License-Identifier: MIT
// One measurement of accuracy: a server, a capture, a prober; then all three ended and compared.

import { rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { startCapture } from './capture.js';
import { compare } from './compare.js';
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

/** The part of a run in which CPU time is read: start and end of a program cost what no probe does. */
const READ_FROM = 0.3;
const READ_TO = 0.9;
const READ_EVERY_MS = 100;

/** How much longer than its probes a prober may take: to start, to wait for replies, to write. */
const SLACK_MS = 20_000;

/**
 * @param network  an open one of `networks()`
 * @param prober   one of `probers()`
 * @param server   name of one of its servers
 * @param rate     probes a second
 * @param seconds  for so long
 * @returns the figures of `compare`, CPU time for each probe, and the share of the machine that other
 *          programs used meanwhile
 */
export async function observe({ network, prober, server, rate, seconds }) {
  const port = await freePort();
  const host = network.serverHost;
  const file = `${BUILD_FOLDER}/${prober.name}.json`;
  const capturedFile = `${BUILD_FOLDER}/${prober.name}.pcap`;
  for (const each of [file, capturedFile]) rmSync(each, { force: true });
  const echo = startPinned(SERVER_CPU, [
    ...network.onServer,
    ...prober.servers[server]({ host, port }),
  ]);
  echo.child.stdout.resume();
  let capture;
  try {
    await untilBound(echo.pid, port);
    capture = await startCapture({ network, port, file: capturedFile, cpu: SERVER_CPU });
    const command = prober.command({ host, port, rate, seconds, file });
    const running = startPinned(ALL_CPUS, [...network.onClient, ...command]);
    const [readings, printed] = await Promise.all([
      readTimes(running, echo),
      finish(running, seconds * 1000 + SLACK_MS),
    ]);
    const { packets, dropped, unstamped } = await capture.stop();
    if (echo.hasEnded()) throw new Error(`the server ended: ${echo.complaints().trim()}`);
    const found = prober.read(file, printed);
    return {
      ...compare(prober, found, packets, { port, rate }),
      ...usageOf(readings, packets, port),
      captureDropped: dropped + unstamped,
    };
  } catch (error) {
    throw new Error(`${prober.name} and ${server} on ${network.name}: ${error.message}`);
  } finally {
    await capture?.abandon();
    await end(echo);
  }
}

/** Reads CPU times until the prober has ended: when it sends its first probe is known afterwards. */
async function readTimes(prober, echo) {
  const readings = [];
  while (!prober.hasEnded()) {
    readings.push({
      wallMs: Date.now(),
      prober: ownCpuTimeNs(prober.pid),
      echo: ownCpuTimeNs(echo.pid),
      machine: machineTimeNs(),
    });
    await setTimeout(READ_EVERY_MS);
  }
  return readings;
}

/** What was used between the first and the last reading inside the part of the run that counts. */
function usageOf(readings, packets, port) {
  const sentMs = packets
    .filter(({ isFromUs, destinationPort }) => isFromUs && destinationPort === port)
    .map(({ wallMs }) => wallMs);
  const spanMs = sentMs.at(-1) - sentMs[0];
  const inside = readings.filter(
    ({ wallMs }) =>
      wallMs >= sentMs[0] + spanMs * READ_FROM && wallMs <= sentMs[0] + spanMs * READ_TO,
  );
  if (inside.length < 2) return { cpuNsPerProbe: undefined, othersRatio: undefined };
  const [first] = inside;
  const last = inside.at(-1);
  const probes = sentMs.filter((each) => each >= first.wallMs && each < last.wallMs).length;
  const cpuNs = last.prober - first.prober;
  const othersNs = last.machine - first.machine - cpuNs - (last.echo - first.echo);
  const elapsedNs = (last.wallMs - first.wallMs) * 1e6;
  return {
    cpuNsPerProbe: cpuNs / probes,
    othersRatio: Math.max(0, othersNs) / (elapsedNs * cpus().length),
  };
}
