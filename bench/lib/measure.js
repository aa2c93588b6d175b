// SPDX-License-Identifier: MIT
// One measurement: a server started on one CPU, the generator on the other, both ended.

import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { BUILD_FOLDER } from './compile.js';
import { freePort } from './network.js';
import { cpuTimeNs, end, machineTimeNs, SERVER_CPU, startPinned } from './processes.js';

export const GENERATOR_CPU = 1;

/**
 * Measures one variant once.
 *
 * @param variant  one of `variants()`
 * @param generatorArgs  the load: workload and amount
 * @returns echoes a second, server CPU per echo, the share of its CPU that the server used, the share
 *          of the machine that other programs used meanwhile, and what came wrong: `lost`,
 *          `corrupt`, `stray`
 */
export async function measure(variant, generatorArgs) {
  const port = await freePort();
  const server = startPinned(SERVER_CPU, variant.commandFor(port));
  // Read what it says, as a terminal would, so that it never waits for a reader.
  server.child.stdout.resume();
  try {
    return await underLoad(server, [
      `--port=${port}`,
      ...generatorArgs,
      ...(variant.generator ?? []),
    ]);
  } catch (error) {
    const said = server.complaints().trim();
    throw new Error(`${variant.name}: ${error.message}${said === '' ? '' : `; it says: ${said}`}`);
  } finally {
    await end(server);
  }
}

async function underLoad(server, args) {
  const generator = startPinned(GENERATOR_CPU, [`${BUILD_FOLDER}/generator`, ...args]);
  const lines = createInterface({ input: generator.child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the generator ended: ${generator.complaints().trim()}`);
    return value;
  };
  try {
    await nextLine();
    const before = times(server, generator);
    generator.child.stdin.end('go\n');
    const result = JSON.parse(await nextLine());
    const after = times(server, generator);
    const cpuNs = after.server - before.server;
    const ownNs = cpuNs + after.generator - before.generator;
    const othersNs = after.machine - before.machine - ownNs;
    if (server.hasEnded()) throw new Error('the server ended under load');
    const { elapsedNs, sent, received, lost, corrupt, stray } = result;
    return {
      echoesPerSecond: received / (elapsedNs / 1e9),
      cpuNsPerEcho: cpuNs / received,
      busyRatio: cpuNs / elapsedNs,
      othersRatio: Math.max(0, othersNs) / (elapsedNs * cpus().length),
      elapsedNs,
      cpuNs,
      sent,
      received,
      lost,
      corrupt,
      stray,
    };
  } finally {
    await end(generator);
  }
}

function times(server, generator) {
  return {
    server: cpuTimeNs(server.pid),
    generator: cpuTimeNs(generator.pid),
    machine: machineTimeNs(),
  };
}
