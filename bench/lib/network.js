// SPDX-License-Identifier: MIT
// Where a measurement takes place: loopback, or a wire between two hosts that are made for it.

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { whyMissing } from './programs.js';

const CLIENT_ADDRESS = '10.77.0.1';
const SERVER_ADDRESS = '10.77.0.2';

const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Time given to a server to bind its port, and to an interface to find its carrier. */
const READY_MS = 5000;
const LOOK_MS = 10;

/** Both ends are this machine. */
const LOOPBACK = {
  name: 'loopback',
  interface: 'lo',
  serverHost: '127.0.0.1',
  onClient: [],
  onServer: [],
  close: () => undefined,
};

/**
 * The networks that a measurement may take place in. `open` makes one: `interface` is the client's,
 * `onClient` and `onServer` go before a command that is to run on that end. `missing` says why it
 * can't be made here.
 */
export function networks() {
  return [
    { name: 'loopback', open: () => LOOPBACK },
    { name: 'veth', open: openWire, missing: whyNoWire() },
  ];
}

function whyNoWire() {
  if (process.getuid() !== 0) return 'network namespaces need root';
  return whyMissing('ip');
}

/** Two network namespaces, a pair of virtual Ethernet interfaces between them. */
async function openWire() {
  // Random: a killed run leaves its namespaces behind, and a later process may get its number.
  const network = `echogram-bench-${randomUUID()}`;
  const client = `${network}-client`;
  const server = `${network}-server`;
  const onClient = ['ip', 'netns', 'exec', client];
  const onServer = ['ip', 'netns', 'exec', server];
  const close = () => {
    for (const name of [client, server]) spawnSync('ip', ['netns', 'delete', name]);
    for (const signal of ENDING_SIGNALS) process.off(signal, closeAndExit);
  };
  const closeAndExit = () => {
    close();
    process.exit(1);
  };
  // Namespaces outlive whoever made them.
  for (const signal of ENDING_SIGNALS) process.on(signal, closeAndExit);
  try {
    for (const name of [client, server]) run('ip', 'netns', 'add', name);
    const wire = ['link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', server];
    run(...onClient, 'ip', ...wire);
    for (const [on, address] of [
      [onClient, CLIENT_ADDRESS],
      [onServer, SERVER_ADDRESS],
    ]) {
      run(...on, 'ip', 'address', 'add', `${address}/24`, 'dev', 'wire');
      run(...on, 'ip', 'link', 'set', 'lo', 'up');
      run(...on, 'ip', 'link', 'set', 'wire', 'up');
    }
    const state = [...onClient, 'cat', '/sys/class/net/wire/operstate'];
    await until(() => run(...state).trim() === 'up', 'the interface to have a carrier');
  } catch (error) {
    close();
    throw error;
  }
  const ends = { interface: 'wire', serverHost: SERVER_ADDRESS, onClient, onServer };
  return { name: 'veth', ...ends, close };
}

/** A port that nothing holds now: some servers print theirs and some don't. */
export async function freePort() {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

/** Resolves when the UDP port is bound in the network namespace of a process. */
export async function untilBound(pid, port) {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const locals = () =>
    readFileSync(`/proc/${pid}/net/udp`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/)[1] ?? '');
  await until(() => locals().some((local) => local.endsWith(ending)), `port ${port} to be bound`);
}

async function until(isSo, what) {
  const deadline = performance.now() + READY_MS;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`waited ${READY_MS} ms for ${what}`);
    await setTimeout(LOOK_MS);
  }
}

function run(command, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(' ')} fails: ${error?.message ?? stderr.trim()}`);
}
