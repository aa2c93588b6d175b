import assert from 'node:assert/strict';
import test from 'node:test';
import type { ProbeRecord } from '../../../src/client/probe-record.ts';
import {
  messageCount,
  RecordPacker,
  unpackRecords,
  type PackedRecords,
} from '../../../src/client/record-packer.ts';

const OF_PROBE = { sequence: 2 ** 40, stream: 3, atNs: 1.5 };
const ICMP = { systemCode: 'EHOSTUNREACH', from: '192.0.2.1', icmpType: 3, icmpCode: 1 };

const RECORDS: readonly ProbeRecord[] = [
  { type: 'reply', ...OF_PROBE, rttNs: 7, isReordered: false },
  { type: 'reply', ...OF_PROBE, rttNs: 7, isReordered: true },
  { type: 'duplicate', ...OF_PROBE, rttNs: 8 },
  { type: 'late', ...OF_PROBE, rttNs: 9 },
  { type: 'timeout', ...OF_PROBE },
  { type: 'send-failed', ...OF_PROBE, systemCode: 'ENOBUFS' },
  { type: 'send-failed', ...OF_PROBE, systemCode: 'UNKNOWN' },
  { type: 'corrupted', atNs: 10, payloadBytes: 64 },
  { type: 'stray', atNs: 10, payloadBytes: 0 },
  { type: 'refused', atNs: 11, sequence: 5, ...ICMP },
  { type: 'refused', atNs: 11, sequence: null, ...ICMP, from: null },
  { type: 'refused', atNs: 11, sequence: 6, ...ICMP },
  { type: 'host-dropped', atNs: 12, datagrams: 99 },
  { type: 'omitted', atNs: 13, records: 1e6 },
];

/** A packer whose messages stay on their way until `deliver` is called. */
function madePacker(): {
  packer: RecordPacker;
  messages: PackedRecords[];
  deliver: () => ProbeRecord[];
} {
  const onWay = messageCount();
  const messages: PackedRecords[] = [];
  const packer = new RecordPacker(onWay, (packed) => messages.push(structuredClone(packed)));
  const deliver = (): ProbeRecord[] => {
    const records: ProbeRecord[] = [];
    for (const message of messages.splice(0)) {
      unpackRecords(message, onWay, (record) => records.push(record));
    }
    return records;
  };
  return { packer, messages, deliver };
}

test('gives every kind of record back as it was', () => {
  const { packer, deliver } = madePacker();
  for (const record of RECORDS) packer.pack(record);
  packer.flush();
  assert.deepEqual(deliver(), RECORDS);
});

test('the same ICMP error is in a message once', () => {
  const { packer, messages } = madePacker();
  for (const record of RECORDS) packer.pack(record);
  packer.flush();
  assert.equal(messages[0]!.refusals.length, 2);
});

test('sends nothing where there is nothing', () => {
  const { packer, messages } = madePacker();
  packer.flush();
  packer.flushAnyway();
  assert.deepEqual(messages, []);
});

test('while nobody takes messages, 256 are held and the rest is counted', () => {
  const { packer, messages, deliver } = madePacker();
  const perMessage = 1023;
  const written = 300 * perMessage;
  for (let sequence = 0; sequence < written; sequence++) {
    packer.pack({ type: 'timeout', sequence, stream: 0, atNs: sequence });
  }
  assert.equal(messages.length, 256);
  const held = deliver();
  assert.equal(held.length, 256 * perMessage);
  packer.pack({ type: 'timeout', sequence: written, stream: 0, atNs: written });
  packer.flush();
  const after = deliver();
  const omitted = after.find((record) => record.type === 'omitted')!;
  assert.equal(omitted.records, written + 1 - held.length - (after.length - 1));
  assert.deepEqual(after.filter(({ type }) => type === 'timeout').at(-1), {
    type: 'timeout',
    ...{ sequence: written, stream: 0, atNs: written },
  });
});

test('at the end the count of those left out goes however many are on their way', () => {
  const { packer, messages } = madePacker();
  for (let sequence = 0; sequence < 400_000; sequence++) {
    packer.pack({ type: 'timeout', sequence, stream: 0, atNs: sequence });
  }
  packer.flush();
  assert.equal(messages.length, 256);
  packer.flushAnyway();
  assert.equal(messages.length, 257);
});
