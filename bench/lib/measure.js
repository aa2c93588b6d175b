// SPDX-License-Identifier: MIT
// One measurement: a server started on one CPU, the generator on the other, both ended.

import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cpuTimeNs, end, machineTimeNs, startPinned } from './processes.js';
import { BUILD_FOLDER } from './variants.js';

export const SERVER_CPU = 0;
export const GENERATOR_CPU = 1;

const C_PROGRAMS = ['generator', 'server-one', 'server-batch', 'server-gso'];
const C_FLAGS = ['-O2', '-Wall', '-Wextra'];

/** Compiles the C programs. */
export function compile() {
  mkdirSync(BUILD_FOLDER, { recursive: true });
  for (const program of C_PROGRAMS) {
    const source = fileURLToPath(new URL(`../c/${program}.c`, import.meta.url));
    const args = [...C_FLAGS, '-o', `${BUILD_FOLDER}/${program}`, source];
    const { status, stderr, error } = spawnSync('gcc', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`gcc fails on ${program}.c: ${error?.message ?? stderr}`);
  }
}

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
      ...{ elapsedNs, cpuNs, sent, received, lost, corrupt, stray },
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

/** A port that nothing holds now: some servers print theirs and some don't. */
async function freePort() {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}
