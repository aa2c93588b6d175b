// SPDX-License-Identifier: MIT
// What a record costs on its way: into a row, to the other thread, out of it, and with each of those who listen.

import { parseArgs } from 'node:util';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { announce } from './lib/machine.js';
import { spread } from './lib/statistics.js';
import { aligned, withEnds } from './lib/tables.js';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    records: { type: 'string', default: '100000' },
    once: { type: 'boolean', default: false },
    // Another build, to compare with.
    dist: { type: 'string', default: '../dist' },
  },
});

const from = (path) => import(new URL(`${flags.dist}/${path}`, import.meta.url));
const { messageCount, RecordPacker, unpackRecords } = await from('client/engines/record-packer.js');
const { LivePicture } = await from('report/live-picture.js');
const { RecordTally } = await from('report/record-tally.js');
const { recordCsv, recordJson } = await from('report/record-lines.js');

const INTERVAL_NS = 10_000;
const CONFIG = { intervalNs: INTERVAL_NS, timeoutNs: 1e9 };

function measureAll(rounds, count) {
  const records = Array.from({ length: count }, (_, sequence) => recordOf(sequence));
  const found = [];
  // The first round makes the code hot, and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const [stage, run] of Object.entries(STAGES)) {
      const ns = timeOf(run, records) / count;
      if (round > 0) found.push({ stage, ns });
    }
  }
  return found;
}

/** 97 of a hundred are answered, one is late, two are lost. */
function recordOf(sequence) {
  const sentNs = sequence * INTERVAL_NS;
  const atNs = sentNs + 1_234_567;
  const ofProbe = { sequence, stream: 0, atNs };
  if (sequence % 100 === 7) return { type: 'late', ...ofProbe, rttNs: 1_234_567 };
  if (sequence % 50 === 0) return { type: 'timeout', ...ofProbe, sentNs, sendErrorNs: 321 };
  const { stream } = ofProbe;
  const rttNs = 1_234_567;
  return {
    type: 'reply',
    sequence,
    stream,
    atNs,
    rttNs,
    isReordered: false,
    sentNs,
    sendErrorNs: 321,
  };
}

/** Processor time of this process: it is the same on a busy machine. */
function timeOf({ prepare, run }, records) {
  const given = prepare?.(records) ?? records;
  const before = process.cpuUsage();
  run(given);
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}

/** How each stage is prepared, which is not timed, and run. */
const STAGES = {
  'into a row': { run: (records) => void packed(records) },
  'to the other thread': { prepare: packed, run: (messages) => void received(messages) },
  'out of a row': {
    prepare: (records) => received(packed(records)),
    run: (messages) => unpacked(messages, () => undefined),
  },
  'with the live picture': { run: (records) => addedTo(pictureOf(), records) },
  'with the live page': { run: (records) => addedTo(tallyOf(), records) },
  'as JSON': { run: (records) => records.map(recordJson) },
  'as CSV': { run: (records) => records.map(recordCsv) },
};

function packed(records) {
  const messages = [];
  const packer = new RecordPacker(messageCount(), (message) => messages.push(message));
  for (const record of records) {
    packer.pack(record);
  }
  packer.flushAnyway();
  return messages;
}

function received(messages) {
  const { port1, port2 } = new MessageChannel();
  const taken = [];
  for (const message of messages) {
    port1.postMessage(message, [message.numbers.buffer]);
    taken.push(receiveMessageOnPort(port2).message);
  }
  port1.close();
  return taken;
}

function unpacked(messages, listener) {
  for (const message of messages) unpackRecords(message, messageCount(), listener);
}

function addedTo(follower, records) {
  for (const record of records) follower.add(record);
}

function pictureOf() {
  return new LivePicture(CONFIG);
}

function tallyOf() {
  return new RecordTally({ config: { ...CONFIG } }, [40_000]);
}

function tableOf(found) {
  const lines = Object.keys(STAGES).map((stage) => {
    const times = found.filter((row) => row.stage === stage).map(({ ns }) => ns);
    return [stage, withEnds(spread(times), (ns) => ns.toFixed(0))];
  });
  return aligned([['a record', 'ns of CPU, median (min–max)'], ...lines]);
}

announce();
const rows = measureAll(flags.once ? 1 : Number(flags.rounds), Number(flags.records));
console.log(['', ...tableOf(rows)].join('\n'));
