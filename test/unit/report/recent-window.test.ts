import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProbeRecord } from '../../../src/client/session/probe-record.ts';
import { RecordReducer } from '../../../src/client/session/record-reducer.ts';
import { RecentWindow } from '../../../src/report/recent-window.ts';

const S = 1e9;
const MS = 1e6;

/** A window over records; a probe is sent each second, so that the latest stretch is 20 s. */
function windowOf(records: readonly ProbeRecord[]): RecentWindow {
  const recent = new RecentWindow(1 * S);
  const reducer = new RecordReducer({ intervalNs: 1 * S, timeoutNs: 1 * S }, [recent]);
  for (const record of records) reducer.add(record);
  return recent;
}

function reply(second: number, rttNs: number): ProbeRecord {
  const [sentNs, atNs] = [second * S, second * S + rttNs];
  const probe = { sequence: second, stream: 0, isReordered: false, sendErrorNs: 0 };
  return { type: 'reply', ...probe, sentNs, atNs, rttNs };
}

function timeout(second: number): ProbeRecord {
  const times = { sentNs: second * S, sendErrorNs: 0, atNs: (second + 1) * S };
  return { type: 'timeout', sequence: second, stream: 0, ...times };
}

test('before anything has come there is nothing to tell', () => {
  const { sinceReplyNs, recent } = windowOf([]).news(3 * S);
  assert.deepEqual(
    [sinceReplyNs, recent],
    [
      null,
      { stretchNs: 3 * S, received: 0, lost: 0, late: 0, sendFailed: 0, p50Ns: null, p99Ns: null },
    ],
  );
});

test('the latest stretch is counted, and what was before it is forgotten', () => {
  const old = Array.from({ length: 30 }, (_, second) => reply(second, 500 * MS));
  const { recent } = windowOf([...old, reply(58, 2 * MS), timeout(59)]).news(60 * S);
  const { received, lost, p50Ns, stretchNs } = recent;
  // 2 ms are 2^20 ns · (1 + 29.04 / 32): their row ends at 30 / 32.
  assert.deepEqual([received, lost, p50Ns, stretchNs], [1, 1, 2 ** 20 * (1 + 30 / 32), 20 * S]);
});

test('a reply after its timeout is late, and no longer lost', () => {
  const late: ProbeRecord = { type: 'late', sequence: 1, stream: 0, atNs: 4 * S, rttNs: 3 * S };
  const { recent, sinceReplyNs } = windowOf([reply(0, MS), timeout(1), late]).news(5 * S);
  assert.deepEqual([recent.received, recent.lost, recent.late, sinceReplyNs], [1, 0, 1, 1 * S]);
});

test('a probe that was not sent is told as that', () => {
  const failed: ProbeRecord = {
    type: 'send-failed',
    sequence: 0,
    stream: 0,
    atNs: 1 * S,
    systemCode: 'EPERM',
  };
  assert.equal(windowOf([failed]).news(2 * S).recent.sendFailed, 1);
});
