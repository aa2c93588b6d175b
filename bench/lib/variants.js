// SPDX-License-Identifier: MIT
// Who is measured: each server's command, and why it is passed over if it can't run.

import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { fileURLToPath } from 'node:url';
import { BUILD_FOLDER, missingLibrary } from './compile.js';
import { whyMissing } from './programs.js';

const fromBench = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The command line under test. */
export const ECHOGRAM = fromBench('../dist/cli/bin.cjs');

/** Bun's program: npm puts it into either package, as install scripts are allowed or not. */
export const bunPath = [
  fromBench('node_modules/bun/bin/bun.exe'),
  fromBench(`node_modules/@oven/bun-linux-${arch() === 'arm64' ? 'aarch64' : arch()}/bin/bun`),
].find((path) => existsSync(path));

/** High enough to refuse nobody here: what is measured is what judging costs. */
const AMPLE_LIMIT = '100000000';

const ECHOGRAM_VARIANTS = {
  echogram: { note: 'defaults, --quiet', flags: ['--quiet'] },
  'echogram-narrate': { note: 'the classic lines', flags: [] },
  'echogram-limit': { note: 'limits and loop guard', flags: ['--quiet', '--limit', AMPLE_LIMIT] },
  'echogram-metrics': { note: 'metrics endpoint', flags: ['--quiet', '--metrics', '127.0.0.1:0'] },
  'echogram-all': {
    note: 'lines, limits and metrics',
    flags: ['--limit', AMPLE_LIMIT, '--metrics', '127.0.0.1:0'],
  },
  'echogram-no-gso': { note: 'no groups of replies', flags: ['--quiet', '--no-gro', '--no-gso'] },
  'echogram-portable': {
    note: 'node:dgram engine',
    flags: ['--quiet', '--engine', 'portable'],
  },
};

/**
 * Every variant: `commandFor(port)` starts its server, `note` says what it is, `generator` holds
 * arguments that it alone needs, `missing` says why it can't run here.
 */
export function variants() {
  const knownFlags = helpText();
  return [
    ...Object.entries(ECHOGRAM_VARIANTS).map(([name, { note, flags }]) => ({
      name,
      note,
      commandFor: (port) => [
        process.execPath,
        ECHOGRAM,
        'serve',
        '--host',
        '127.0.0.1',
        '--port',
        String(port),
        ...flags,
      ],
      missing: unknownFlag(flags, knownFlags),
    })),
    ...stampVariants(knownFlags),
    cServer('c-batch', 'C, recvmmsg and sendmmsg of 64', 'server-batch'),
    cServer('c-gso', 'C, the same with UDP_GRO and UDP_SEGMENT', 'server-gso'),
    cServer('c-one', 'C, recvfrom and sendto', 'server-one'),
    {
      name: 'node-dgram',
      note: 'node:dgram, six lines',
      commandFor: (port) => [process.execPath, fromBench('peers/node-dgram.js'), String(port)],
    },
    {
      name: 'python',
      note: "the lesson's server without its prints",
      commandFor: (port) => ['/usr/bin/python3', fromBench('peers/echo-server.py'), String(port)],
      missing: existsSync('/usr/bin/python3') ? undefined : 'python3 is not installed',
    },
    {
      name: 'bun',
      note: 'Bun.udpSocket, send for each message',
      commandFor: (port) => [bunPath, fromBench('peers/bun-udp.js'), String(port)],
      missing: bunPath === undefined ? 'bun is not installed: npm install in bench/' : undefined,
    },
    {
      name: 'sockperf',
      note: 'its server; it sends a header flag changed',
      commandFor: (port) => ['sockperf', 'server', '-i', '127.0.0.1', '-p', String(port)],
      generator: ['--sockperf'],
      missing: whyMissing('sockperf'),
    },
    {
      // A child for each flow. The forms that fork for each datagram do 1,000/s; those with a
      // datagram socket to cat are slower too. Its pipe joins datagrams that follow each other
      // closely, so each of its flows has one on its way at a time.
      name: 'socat',
      note: 'UDP4-LISTEN,fork PIPE; window of 1',
      commandFor: (port) => ['socat', `UDP4-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr`, 'PIPE'],
      generator: ['--window', '1'],
      missing: whyMissing('socat'),
    },
  ];
}

/** All zero but for T1's Error Estimate, and four octets that say that no TLVs follow. */
const STAMP_PREFIX = `${'00'.repeat(12)}8001`.padEnd(96, '0');

/** Of a benchmark, and of nothing else. */
const STAMP_KEY = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';

/** STAMP reflectors, and the echo of the same datagrams. */
function stampVariants(knownFlags) {
  const open = ['--prefix', STAMP_PREFIX, '--bytes', '96'];
  const keyed = ['--prefix', keyedPrefix(), '--bytes', '160'];
  const keyFile = ['--key-file', stampKeyFile()];
  const plain = { port: '--port', flags: [] };
  const stamp = { port: '--stamp', flags: ['--port', '0'] };
  const rows = [
    ['echogram-of-96', 'the echo of what STAMP is asked with', plain, [], open],
    ['echogram-stamp', 'STAMP, stateless', stamp, [], open],
    ['echogram-stamp-stateful', 'STAMP, stateful', stamp, ['--stamp-stateful'], open],
    ['echogram-of-160', 'the echo of the authenticated packets', plain, [], keyed],
    ['echogram-stamp-key', 'STAMP, authenticated', stamp, keyFile, keyed],
  ];
  const missing = missingLibrary('server-stamp.c');
  return [
    ...rows.map(([name, note, { port: portFlag, flags }, more, generator]) => ({
      name,
      note,
      commandFor: (port) => [
        ...[process.execPath, ECHOGRAM, 'serve', '--quiet', '--host', '127.0.0.1'],
        ...[portFlag, String(port), ...flags, ...more],
      ],
      generator,
      missing: unknownFlag([portFlag, ...more], knownFlags),
    })),
    { ...cServer('c-stamp', 'C, STAMP', 'server-stamp'), generator: open, missing },
    {
      name: 'c-stamp-key',
      note: 'C, STAMP, libcrypto',
      commandFor: (port) => [`${BUILD_FOLDER}/server-stamp`, String(port), STAMP_KEY],
      generator: keyed,
      missing,
    },
  ];
}

/** An authenticated packet with its HMAC (RFC 8762 section 4.4), and four octets that say that no TLVs follow. */
function keyedPrefix() {
  const packet = Buffer.alloc(96);
  packet.writeUInt16BE(0x8001, 24);
  const hmac = createHmac('sha256', Buffer.from(STAMP_KEY, 'hex')).update(packet).digest('hex');
  return `${packet.toString('hex')}${hmac.slice(0, 32)}00000000`;
}

function stampKeyFile() {
  mkdirSync(BUILD_FOLDER, { recursive: true });
  const path = `${BUILD_FOLDER}/stamp-key`;
  writeFileSync(path, Buffer.from(STAMP_KEY, 'hex'), { mode: 0o600 });
  return path;
}

function cServer(name, note, program) {
  return { name, note, commandFor: (port) => [`${BUILD_FOLDER}/${program}`, String(port)] };
}

function helpText() {
  const { stdout } = spawnSync(process.execPath, [ECHOGRAM, 'serve', '--help'], {
    encoding: 'utf8',
  });
  return stdout;
}

function unknownFlag(flags, knownFlags) {
  const unknown = flags.find((flag) => flag.startsWith('--') && !knownFlags.includes(flag));
  return unknown === undefined ? undefined : `this build's serve doesn't know ${unknown}`;
}
