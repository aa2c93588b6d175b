import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ProbeRecord } from '../../../../src/client/session/probe-record.ts';
import {
  MAX_MESSAGES,
  messageCount,
  RecordPacker,
  unpackRecords,
} from '../../../../src/client/engines/record-packer.ts';
import type { Rows } from '../../../../src/client/engines/record-row.ts';
import { holds } from '../../../helpers/property.ts';

const number = fc.maxSafeNat();
const errorCode = fc.constantFrom('ENOBUFS', 'EPERM', 'UNKNOWN', 'ENOLINK');
const probe = { sequence: number, stream: fc.nat(1000), atNs: number };
const sent = { sentNs: number, sendErrorNs: fc.integer() };
const delay = fc.option(fc.integer({ min: -1e12, max: 1e12 }));
const times = { residenceNs: number, forwardDelayNs: delay, backwardDelayNs: delay };
const error = {
  systemCode: errorCode,
  from: fc.option(fc.constantFrom('192.0.2.1', '192.0.2.7', '2001:db8::1')),
  icmpType: fc.option(fc.nat(255)),
  icmpCode: fc.option(fc.nat(255)),
};

/** Every kind; a kind that is forgotten here does not compile. */
const KINDS: Readonly<Record<ProbeRecord['type'], fc.Arbitrary<object>>> = {
  reply: fc.oneof(
    fc.record({ ...probe, rttNs: number, isReordered: fc.boolean(), ...sent }),
    fc.record({ ...probe, rttNs: number, isReordered: fc.boolean(), ...sent, ...times }),
  ),
  duplicate: fc.oneof(
    fc.record({ ...probe, rttNs: number }),
    fc.record({ ...probe, rttNs: number, ...times }),
  ),
  late: fc.oneof(
    fc.record({ ...probe, rttNs: number }),
    fc.record({ ...probe, rttNs: number, ...times }),
  ),
  timeout: fc.record({ ...probe, ...sent }),
  'send-failed': fc.record({ ...probe, systemCode: errorCode }),
  corrupted: fc.record({ atNs: number, payloadBytes: number }),
  stray: fc.record({ atNs: number, payloadBytes: number }),
  unaltered: fc.record({ atNs: number, payloadBytes: number }),
  'icmp-error': fc.record({ atNs: number, sequence: fc.option(number), ...error }),
  'host-dropped': fc.record({ atNs: number, datagrams: number }),
  skipped: fc.record({ atNs: number, slots: number }),
  'address-changed': fc.record({ atNs: number, from: errorCode, to: errorCode }),
  stall: fc.record({ atNs: number, delayNs: number }),
  omitted: fc.record({ atNs: number, records: number }),
};

const anyRecord = fc.oneof(
  ...Object.entries(KINDS).map(([type, fields]) =>
    fields.map((given) => ({ type, ...given }) as ProbeRecord),
  ),
);

test('records of every kind come out of the other thread as they went in, in their order', () => {
  holds(
    fc.property(fc.array(anyRecord, { maxLength: 60 }), (records) => {
      const taken: ProbeRecord[] = [];
      const onWay = messageCount();
      const packer = new RecordPacker(onWay, (rows) => {
        // As postMessage does it.
        const transfer = [rows.numbers.buffer];
        unpackRecords(structuredClone(rows, { transfer }), onWay, (record) => taken.push(record));
      });
      for (const [index, record] of records.entries()) {
        packer.pack(record);
        if (index % 7 === 3) packer.flush();
      }
      packer.flushAnyway();
      assert.deepEqual(taken, records);
      assert.equal(onWay[0], 0);
    }),
    300,
  );
});

test('whatever a slow reader misses is counted, where it was missing, and no more than 256 messages wait', () => {
  const step = fc.record({
    /** Enough now and then to fill a message. */
    records: fc.oneof(fc.nat(20), fc.nat(3000)),
    /** Messages that the reader takes then: often none, so that the 256 are reached. */
    taken: fc.oneof(fc.constant(0), fc.nat(4)),
    isFlushed: fc.boolean(),
  });
  // Others that wait already leave room for a few.
  const waitingBefore = fc.integer({ min: MAX_MESSAGES - 4, max: MAX_MESSAGES });
  let omissions = 0;
  holds(
    fc.property(fc.array(step, { maxLength: 40 }), waitingBefore, (steps, waiting) => {
      const onWay = messageCount();
      const messages: Rows[] = [];
      const packer = new RecordPacker(onWay, (rows) => messages.push(rows));
      onWay[0] = waiting;
      const taken: ProbeRecord[] = [];
      const take = (): void => {
        const rows = messages.shift();
        if (rows !== undefined) unpackRecords(rows, onWay, (record) => taken.push(record));
        else if (onWay[0]! > 0) onWay[0]!--;
      };
      let packed = 0;
      for (const { records, taken: most, isFlushed } of steps) {
        for (let record = 0; record < records; record++) packer.pack(stalled(packed++));
        if (isFlushed) packer.flush();
        assert.ok(onWay[0] <= MAX_MESSAGES);
        for (let message = 0; message < most; message++) take();
      }
      packer.flushAnyway();
      while (messages.length > 0) take();
      assertAllTold(taken, packed);
      omissions += taken.filter(({ type }) => type === 'omitted').length;
    }),
    100,
  );
  assert.ok(omissions > 20, `${omissions} times something was left out`);
});

/** The record of that number. */
function stalled(number: number): ProbeRecord {
  return { type: 'stall', atNs: number, delayNs: 2e6 };
}

/** Each of the records is there, or counted by the `omitted` record in its place, which has its time. */
function assertAllTold(taken: readonly ProbeRecord[], packed: number): void {
  let next = 0;
  for (const record of taken) {
    assert.equal(record.atNs, next);
    next += record.type === 'omitted' ? record.records : 1;
  }
  assert.equal(next, packed);
}
