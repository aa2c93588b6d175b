import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShortRequests } from '../../../../src/server/reflectors/short-requests.ts';
import { STAMP_LAYOUT } from '../../../../src/wire/stamp.ts';
import { MadeBatch } from '../../../helpers/made-batch.ts';

test('tells every ten seconds at most, once of a source, and looks at one a second where it is known', () => {
  const told: string[] = [];
  const plan = { key: null, shortNotices: ShortRequests.createMemory() };
  const requests = new ShortRequests(STAMP_LAYOUT.unauthenticated, plan, (notice) => {
    told.push(/from (\S+)/.exec(notice)![1]!);
  });
  const note = (address: string, nowSeconds: number): void => {
    const payload = Buffer.alloc(14);
    requests.note(new MadeBatch([{ address, port: 50_139, payload }]), 0, nowSeconds);
  };
  note('192.0.2.1', 0);
  for (let second = 0; second < 10; second++) note('192.0.2.2', second);
  assert.deepEqual(told, ['192.0.2.1']);
  note('192.0.2.2', 10);
  assert.deepEqual(told, ['192.0.2.1', '192.0.2.2']);
  // One that was told of takes the look of a second from the next, and no more.
  note('192.0.2.1', 20);
  note('192.0.2.3', 20);
  assert.equal(told.length, 2);
  note('192.0.2.3', 21);
  assert.deepEqual(told.slice(2), ['192.0.2.3']);
});
