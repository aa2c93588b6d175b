// Whole measurements on simulated paths, held against stored results and records: a change of structure changes
// none of them. They say what a session did, not that it was right, which the tests beside this one hold.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { repositoryPath } from '../../../helpers/repository.ts';
import { RUN_START } from '../../../helpers/simulated-channel.ts';
import { simulate, type RunOutcome, type SimulatedRun } from '../../../helpers/simulated-run.ts';
import {
  SimulatedEcho,
  SimulatedStamp,
  SimulatedUdpEchoPlus,
} from '../../../helpers/simulated-reflectors.ts';

const KEY = Buffer.from('0123456789abcdef0123456789abcdef', 'hex');

const PLAN = { intervalNs: 2e6, timeoutNs: 25e6, count: 150, rttLimitsNs: [2e6] } as const;

const STALLS = [
  { fromNs: 60e6, untilNs: 64.5e6 },
  { fromNs: 150e6, untilNs: 153e6 },
];

/** More of them are stored as their digest. */
const MOST_RECORDS = 300;

const RUNS: Readonly<Record<string, () => SimulatedRun>> = {
  echo: () => ({
    plan: PLAN,
    seed: 1,
    reflector: new SimulatedEcho(),
    stalls: STALLS,
  }),
  'echo without stamps from three ports': () => ({
    plan: { ...PLAN, streams: 3, payloadBytes: 44 },
    seed: 2,
    reflector: new SimulatedEcho(),
    hasStamps: false,
  }),
  'echo at random intervals, stopped': () => ({
    plan: { ...PLAN, schedule: 'poisson', count: Infinity },
    seed: 3,
    reflector: new SimulatedEcho(),
    stopAtNs: 200e6,
  }),
  'echo, ended while replies are on their way': () => ({
    plan: { ...PLAN, count: Infinity, durationNs: 1e9, intervalNs: 0.2e6 },
    seed: 4,
    reflector: new SimulatedEcho(),
    endAtNs: 20e6,
  }),
  'echo of a quiet path': () => ({
    plan: { ...PLAN, count: 30 },
    seed: 5,
    reflector: new SimulatedEcho(),
    badness: 0,
  }),
  'echo, more probes than are remembered': () => ({
    plan: { ...PLAN, intervalNs: 20e6, count: 5000, streams: 2 },
    seed: 6,
    reflector: new SimulatedEcho(),
  }),
  'echo of a server of UDPEchoPlus': () => ({
    plan: { ...PLAN, count: 30, payloadBytes: 52 },
    seed: 12,
    reflector: new SimulatedUdpEchoPlus(),
  }),
  'STAMP with a stateful reflector': () => stampRun(7, true, undefined, 1),
  'STAMP with a stateless reflector from three ports': () => stampRun(8, false, undefined, 3),
  'authenticated STAMP from three ports': () => stampRun(9, true, KEY, 3),
  UDPEchoPlus: () => ({
    plan: { ...PLAN, protocol: 'udp-echo-plus', payloadBytes: 72 },
    seed: 10,
    reflector: new SimulatedUdpEchoPlus(),
    stalls: STALLS,
  }),
  'UDPEchoPlus from three ports': () => ({
    plan: { ...PLAN, protocol: 'udp-echo-plus', payloadBytes: 68, streams: 3 },
    seed: 11,
    reflector: new SimulatedUdpEchoPlus(),
    hasStamps: false,
  }),
};

function stampRun(
  seed: number,
  isStateful: boolean,
  key: Uint8Array | undefined,
  streams: number,
): SimulatedRun {
  const payloadBytes = key === undefined ? 64 : 112;
  return {
    plan: { ...PLAN, protocol: 'stamp', key, payloadBytes, streams },
    seed,
    reflector: new SimulatedStamp({ isStateful, key, start: RUN_START, offsetNs: 3_200_000 }),
  };
}

for (const [title, run] of Object.entries(RUNS)) {
  test(`${title}: the result and the records are those that are stored`, () => {
    const name = title.toLowerCase().replace(/[^a-z]+/g, '-');
    const path = repositoryPath(`test/goldens/${name}.txt`);
    const text = toText(simulate(run()));
    if (process.env['ECHOGRAM_WRITE_GOLDENS'] === '1') writeFileSync(path, text);
    assert.equal(text, readFileSync(path, 'utf8'));
  });
}

/** A line for each field of the summary and for each record, so that a difference can be read. */
function toText({ summary, records }: RunOutcome): string {
  const fields = Object.entries(summary).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const lines = records.map((record) => JSON.stringify(record));
  const shown =
    lines.length > MOST_RECORDS ? [`${lines.length} records ${digestOf(lines)}`] : lines;
  return `${[...fields, ...shown].join('\n')}\n`;
}

function digestOf(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
