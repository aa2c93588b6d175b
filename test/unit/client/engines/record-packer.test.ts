import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProbeRecord } from '../../../../src/client/session/probe-record.ts';
import {
  messageCount,
  RecordPacker,
  unpackRecords,
} from '../../../../src/client/engines/record-packer.ts';

const OF_PROBE = { sequence: 7, stream: 2, atNs: 5, rttNs: 12 };
const SENT = { sentNs: 4, sendErrorNs: 3 };
const TIMES = { residenceNs: 4, forwardDelayNs: -3e9, backwardDelayNs: 3e9 };

test('records come out as they went in', () => {
  const records: readonly ProbeRecord[] = [
    { type: 'reply', ...OF_PROBE, ...SENT, isReordered: true },
    { type: 'reply', ...OF_PROBE, ...SENT, isReordered: false, ...TIMES },
    { type: 'timeout', sequence: 7, stream: 2, atNs: 5, ...SENT },
    { type: 'skipped', atNs: 5, slots: 3 },
    { type: 'held-up', atNs: 5, delayNs: 2.5e6 },
    { type: 'duplicate', ...OF_PROBE, ...TIMES, residenceNs: 0 },
    { type: 'late', ...OF_PROBE, ...TIMES, forwardDelayNs: null, backwardDelayNs: null },
    { type: 'late', ...OF_PROBE },
    { type: 'unaltered', atNs: 6, payloadBytes: 44 },
    { type: 'stray', atNs: 6, payloadBytes: 44 },
  ];
  const unpacked: ProbeRecord[] = [];
  const onWay = messageCount();
  const packer = new RecordPacker(onWay, (packed) => {
    unpackRecords(packed, onWay, (record) => unpacked.push(record));
  });
  for (const record of records) packer.pack(record);
  packer.flush();
  assert.deepEqual(unpacked, records);
});
