import assert from 'node:assert/strict';
import test from 'node:test';
import { IcmpErrorTable, type IcmpError } from '../../../../src/client/session/icmp-error-table.ts';

function unreachable(from: string | null, icmpCode = 3): IcmpError {
  return { systemCode: 'ECONNREFUSED', from, icmpType: 3, icmpCode };
}

test('counts by sender and kind, in the order in which they first came', () => {
  const table = new IcmpErrorTable();
  for (const from of ['192.0.2.1', '192.0.2.2', '192.0.2.1']) table.add(unreachable(from));
  table.add(unreachable('192.0.2.1', 1));
  assert.deepEqual(table.summary(), [
    { ...unreachable('192.0.2.1'), count: 2 },
    { ...unreachable('192.0.2.2'), count: 1 },
    { ...unreachable('192.0.2.1', 1), count: 1 },
  ]);
});

test('of 100,000 forged senders 64 have a row, the others one without a sender', () => {
  const table = new IcmpErrorTable();
  for (let forged = 0; forged < 100_000; forged++) {
    table.add(unreachable(`10.${forged >> 16}.${(forged >> 8) & 255}.${forged & 255}`));
  }
  const summary = table.summary();
  assert.equal(summary.length, 65);
  assert.deepEqual(summary.at(-1), { ...unreachable(null), count: 100_000 - 64 });
  assert.equal(
    summary.reduce((sum, { count }) => sum + count, 0),
    100_000,
  );
});

test('kinds without number have 1024 rows, with those of senders, and nothing is lost of their sum', () => {
  const table = new IcmpErrorTable();
  for (let kind = 0; kind < 10_000; kind++) {
    table.add({ ...unreachable(kind % 2 === 0 ? null : '192.0.2.1'), systemCode: `E${kind}` });
  }
  const summary = table.summary();
  assert.equal(summary.length, 1024);
  assert.equal(summary.at(-1)!.systemCode, 'UNKNOWN');
  assert.equal(
    summary.reduce((sum, { count }) => sum + count, 0),
    10_000,
  );
});
