import assert from 'node:assert/strict';
import test from 'node:test';
import type { ProbeRecord } from '../../../src/client/session/probe-record.ts';
import { RecordStream } from '../../../src/client/record-stream.ts';

const HELD = 65_536;

function timeout(sequence: number): ProbeRecord {
  return { type: 'timeout', sequence, stream: 0, atNs: sequence, sentNs: 0, sendErrorNs: 0 };
}

async function readAll(stream: RecordStream): Promise<ProbeRecord[]> {
  const records: ProbeRecord[] = [];
  for await (const record of stream) records.push(record);
  return records;
}

test('gives records in their order, those from before the reader came as well', async () => {
  const stream = new RecordStream();
  stream.push(timeout(0));
  const reading = readAll(stream);
  stream.push(timeout(1));
  await Promise.resolve();
  stream.push(timeout(2));
  stream.end();
  assert.deepEqual(await reading, [timeout(0), timeout(1), timeout(2)]);
});

test('a reader who never comes costs 65,536 records, the others are counted', async () => {
  const stream = new RecordStream();
  for (let sequence = 0; sequence < HELD + 1000; sequence++) stream.push(timeout(sequence));
  stream.end();
  const records = await readAll(stream);
  assert.equal(records.length, HELD + 1);
  assert.deepEqual(records.at(-1), { type: 'omitted', atNs: 0, records: 1000 });
});

test('how many were left out is told where they were', async () => {
  const stream = new RecordStream();
  for (let sequence = 0; sequence < HELD + 5; sequence++) stream.push(timeout(sequence));
  await stream.next();
  stream.push(timeout(HELD + 5));
  stream.end();
  const records = await readAll(stream);
  assert.deepEqual(records.slice(-2), [
    { type: 'omitted', atNs: HELD + 5, records: 5 },
    timeout(HELD + 5),
  ]);
});

test('what was there before a failure is given first', async () => {
  const stream = new RecordStream();
  const reason = new Error('the reason');
  stream.push(timeout(0));
  stream.fail(reason);
  assert.deepEqual(await stream.next(), { done: false, value: timeout(0) });
  await assert.rejects(stream.next(), reason);
});

test('a reader who breaks off is given no more', async () => {
  const stream = new RecordStream();
  stream.push(timeout(0));
  stream.push(timeout(1));
  for await (const record of stream) {
    assert.deepEqual(record, timeout(0));
    break;
  }
  stream.push(timeout(2));
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
});
