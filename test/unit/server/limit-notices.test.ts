import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LimitNotices } from '../../../src/server/limit-notices.ts';
import { sharedMemory, type LimitRefusal } from '../../../src/server/limits.ts';

interface Watched {
  readonly notices: LimitNotices;
  readonly told: string[];
  readonly sourceWanted: Int32Array;
}

function watch(threads = 1): Watched {
  const told: string[] = [];
  const rules = { sourcePps: 500, threadPps: 50_000 / threads, salt: 1, ...sharedMemory() };
  const notices = new LimitNotices(rules, threads, (notice) => told.push(notice), 0);
  return { notices, told, sourceWanted: rules.sourceWanted };
}

function refused(counts: Partial<Record<LimitRefusal, number>>): Record<LimitRefusal, number> {
  return { 'source-limit': 0, 'global-limit': 0, 'echo-loop': 0, ...counts };
}

test('says which limit refuses how many, its value, its flag, and one of the sources', () => {
  const { notices, told } = watch();
  notices.note({ refusal: 'source-limit', source: '192.0.2.7' });
  notices.look(refused({ 'source-limit': 812 }), 1000);
  assert.deepEqual(told, [
    'the per-source limit of 500 per second (--limit) refused 812 datagrams in the last second, for example from 192.0.2.7',
  ]);
});

test('says how the limit of the whole server comes about', () => {
  const { notices, told } = watch(4);
  notices.note({ refusal: 'global-limit', source: '192.0.2.8' });
  notices.look(refused({ 'global-limit': 1 }), 3000);
  assert.deepEqual(told, [
    'the server-wide limit of 50000 per second divided among 4 workers (100 times --limit) refused 1 datagram in the last 3 seconds, for example from 192.0.2.8',
  ]);
});

test('one notice tells of all kinds, and of none that had no news', () => {
  const { notices, told } = watch();
  notices.note({ refusal: 'source-limit', source: '192.0.2.7' });
  notices.note({ refusal: 'echo-loop', source: '192.0.2.9' });
  notices.look(refused({ 'source-limit': 2, 'echo-loop': 3 }), 1000);
  assert.deepEqual(told, [
    'the per-source limit of 500 per second (--limit) refused 2 datagrams in the last second, for example from 192.0.2.7; the echo loop guard (--limit 0 turns it off) refused 3 datagrams in the last second, for example from 192.0.2.9',
  ]);
});

test('tells every ten seconds at most, and what came meanwhile is in the next notice', () => {
  const { notices, told } = watch();
  for (let second = 1; second <= 25; second++) {
    notices.note({ refusal: 'source-limit', source: '192.0.2.7' });
    notices.look(refused({ 'source-limit': 100 * second }), 1000 * second);
  }
  const counts = told.map((notice) =>
    /refused ([\d,]+) datagrams (.*), for example/.exec(notice)?.slice(1),
  );
  assert.deepEqual(counts, [
    ['100', 'in the last second'],
    ['1,000', 'in the last 10 seconds'],
    ['1,000', 'in the last 10 seconds'],
  ]);
});

test('a quiet hour is in no period', () => {
  const { notices, told } = watch();
  for (let second = 1; second <= 3600; second++) notices.look(refused({}), 1000 * second);
  assert.deepEqual(told, []);
  notices.note({ refusal: 'source-limit', source: '192.0.2.7' });
  notices.look(refused({ 'source-limit': 5 }), 3_602_000);
  assert.match(told.join(), /refused 5 datagrams in the last 2 seconds/);
});

test('the threads are asked for a source again once one was told', () => {
  const { notices, told, sourceWanted } = watch();
  assert.deepEqual([...sourceWanted], [1, 1, 1]);
  // As the thread does that answers.
  sourceWanted[0] = 0;
  notices.note({ refusal: 'source-limit', source: '192.0.2.7' });
  notices.look(refused({ 'source-limit': 5 }), 1000);
  assert.equal(sourceWanted[0], 1);
  notices.note({ refusal: 'source-limit', source: '192.0.2.8' });
  notices.look(refused({ 'source-limit': 6 }), 11_000);
  assert.match(told[1]!, /from 192\.0\.2\.8$/);
});

test('waits a look for the name of the source, which may be under way, and no longer', () => {
  const { notices, told } = watch();
  notices.look(refused({ 'source-limit': 5 }), 1000);
  assert.deepEqual(told, []);
  notices.look(refused({ 'source-limit': 7 }), 2000);
  assert.deepEqual(told, [
    'the per-source limit of 500 per second (--limit) refused 7 datagrams in the last 2 seconds',
  ]);
});
