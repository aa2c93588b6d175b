// SPDX-License-Identifier: MIT
// Who measures round-trip time: each prober's command, the server it needs, and what it found, probe by
// probe.

import { readFileSync } from 'node:fs';
import { BUILD_FOLDER } from './compile.js';
import { whyMissing } from './programs.js';
import { ECHOGRAM } from './variants.js';

/** All send as much. */
export const PAYLOAD_BYTES = 64;

const ECHO_SERVERS = {
  echogram: ({ host, port }) => [
    ...[process.execPath, ECHOGRAM, 'serve', '--host', host, '--port', String(port)],
    ...['--quiet', '--limit', '0'],
  ],
  'c-one': ({ host, port }) => [`${BUILD_FOLDER}/server-one`, String(port), host],
};

/**
 * Every prober. `servers` has the servers that it can ask, each with its command, `command` the prober's
 * own. `read` finds round-trip times by number in its file and in what it printed; `numberOf` finds that
 * number in a payload, `intendedNsOf` when that probe was to be sent, where the prober tells.
 * `missing` says why it can't run here.
 */
export function probers() {
  return [
    echogram('linux', 'Linux engine, kernel time stamps'),
    echogram('portable', 'node:dgram engine, both times read in JavaScript'),
    stampProber(),
    cProber('c-prober', 'C, both times read in the program', []),
    cProber('c-prober-stamps', 'C, kernel time stamps', ['--stamps']),
    {
      name: 'irtt',
      note: 'as it comes, to its own server, whose time is not taken off; tells no intended times',
      servers: {
        irtt: ({ host, port }) => ['irtt', 'server', '-b', `${host}:${port}`, '-i', '0'],
      },
      command: ({ host, port, rate, seconds, file }) => [
        ...['irtt', 'client', '-i', `${1e9 / rate}ns`, '-d', `${seconds}s`, '-Q', '-o', file],
        ...['-l', String(PAYLOAD_BYTES), '--tstamp=none', '--stats=none', `${host}:${port}`],
      ],
      read: readIrtt,
      numberOf: irttNumber,
      missing: whyMissing('irtt'),
    },
    {
      name: 'sockperf',
      note: 'under-load, its own server answers each message; its log leaves out the first 0.4 s; tells no skips; never sleeps, by design',
      servers: {
        sockperf: ({ host, port }) => ['sockperf', 'server', '-i', host, '-p', String(port)],
      },
      command: ({ host, port, rate, seconds, file }) => [
        ...[
          'sockperf',
          'under-load',
          '-i',
          host,
          '-p',
          String(port),
          '-t',
          String(Math.ceil(seconds)),
        ],
        ...['--mps', String(rate), '--reply-every', '1', '-m', String(PAYLOAD_BYTES)],
        ...['--full-rtt', '--full-log', file],
      ],
      read: readSockperf,
      // Its message.h.
      numberOf: (payload) => Number(payload.readBigUInt64BE(0)),
      missing: whyMissing('sockperf'),
    },
  ];
}

/** The parts of echogram's probe that tell its number and its time (src/wire/probe.ts). */
const PROBE_LAYOUT = {
  numberOf: (payload) => Number(payload.readBigUInt64BE(16)),
  intendedNsOf: (payload) => Number(payload.readBigUInt64BE(24)),
};

function echogram(engine, note) {
  return {
    name: `echogram-${engine}`,
    note,
    servers: ECHO_SERVERS,
    command: ({ host, port, rate, seconds, file }) => [
      ...[process.execPath, ECHOGRAM, 'ping', `${host}:${port}`, '--engine', engine],
      ...['--rate', String(rate), '--duration', `${seconds * 1000}ms`, '--quiet'],
      ...['--size', String(PAYLOAD_BYTES), '--flood', '--jsonl', file],
    ],
    read: readEchogram,
    ...PROBE_LAYOUT,
  };
}

/**
 * STAMP, whose reflector tells how long it kept a probe: both round trips are without that, the capture's
 * by when the probe came in and its reply went out, which only loopback shows.
 */
function stampProber() {
  const { command, ...prober } = echogram('linux', '');
  return {
    ...prober,
    name: 'echogram-stamp',
    note: 'Linux engine, STAMP; both round trips without the time that the reflector kept the probe',
    networks: ['loopback'],
    hasResidence: true,
    servers: {
      'echogram-stamp': ({ host, port }) => [
        ...[process.execPath, ECHOGRAM, 'serve', '--host', host, '--port', '0'],
        ...['--stamp', String(port), '--stamp-stateful', '--quiet', '--limit', '0'],
      ],
    },
    command: (what) => [...command(what), '--protocol', 'stamp'],
    // RFC 8762 section 4.2.1 and 4.3.1: the sender's number, and its copy in the reply. Ours begin at 1.
    numberOf: (payload, isReply) => payload.readUInt32BE(isReply ? 24 : 0) - 1,
    intendedNsOf: undefined,
  };
}

function cProber(name, note, flags) {
  return {
    name,
    note,
    servers: ECHO_SERVERS,
    command: ({ host, port, rate, seconds, file }) => [
      ...[`${BUILD_FOLDER}/prober`, `--host=${host}`, `--port=${port}`, `--rate=${rate}`],
      ...[`--seconds=${seconds}`, `--bytes=${PAYLOAD_BYTES}`, `--records=${file}`, ...flags],
    ],
    read: readCProber,
    ...PROBE_LAYOUT,
  };
}

function readEchogram(file) {
  const records = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const { result } = records.at(-1);
  const replies = records.filter(({ type }) => type === 'reply');
  const { p50, p99, max } = result.schedule.sendErrorNs;
  return {
    rttNsOf: new Map(replies.map(({ sequence, rttNs }) => [sequence, rttNs])),
    sendErrorNs: { p50, p99, max },
    skipped: result.schedule.skipped,
    slots: result.schedule.intended,
  };
}

function readCProber(file, printed) {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const { skipped, sent } = JSON.parse(printed);
  const rttNsOf = new Map(lines.map((line) => line.split(' ').map(Number)));
  return { rttNsOf, skipped, slots: sent + skipped };
}

function readIrtt(file) {
  const { round_trips: roundTrips, stats } = JSON.parse(readFileSync(file, 'utf8'));
  const answered = roundTrips.filter(({ delay }) => delay.rtt !== undefined);
  return {
    rttNsOf: new Map(answered.map(({ seqno, delay }) => [seqno, delay.rtt])),
    skipped: stats.timer_misses,
    slots: stats.packets_sent + stats.timer_misses,
  };
}

/** A packet of the test itself, not one that opens or closes it (irtt's packet.go, without HMAC). */
function irttNumber(payload) {
  const flags = payload[3];
  return (flags & 0b1101) === 0 ? payload.readUInt32LE(12) : undefined;
}

/**
 * The log numbers messages from 0, beginning where the warm-up ended, and tells no number of the wire:
 * `sentNsOf` is there to find which message of the wire the first one is.
 */
function readSockperf(file) {
  const text = readFileSync(file, 'utf8');
  const rows = text
    .slice(text.indexOf('packet, txTime'))
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number))
    .filter((fields) => fields.length === 4);
  return {
    rttNsOf: new Map(rows.map(([number, , , rttUs]) => [number, rttUs * 1000])),
    sentNsOf: new Map(rows.map(([number, sentSeconds]) => [number, sentSeconds * 1e9])),
  };
}
