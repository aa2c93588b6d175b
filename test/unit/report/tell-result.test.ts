import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionResult } from '../../../src/client/session/session-result.ts';
import { reportPage, verdict } from '../../../src/report/tell-result.ts';
import { VERSION } from '../../../src/version.ts';
import { madeResult } from '../../helpers/made-result.ts';
import { counts } from '../../helpers/made-session.ts';
import { wrongValueOf } from '../../helpers/thrown.ts';

const NOT_A_RESULT: readonly (readonly [unknown, RegExp])[] = [
  [undefined, /^result must be the result of a measurement; it is not the output/],
  [{}, /; it is not the output of ping --json, ping --jsonl or load --json$/],
  [{ schema: 'echogram.session/2' }, /; its schema is echogram\.session\/2, newer than /],
  [{ ...madeResult(), datagrams: { sent: 1 } }, /; datagrams\.\w+ is missing; /],
];

test('a verdict follows from the numbers alone, also from those that were JSON', () => {
  const measured = JSON.parse(
    JSON.stringify({ ...madeResult(), datagrams: counts({ sent: 10, lost: 10, lossRatio: 1 }) }),
  ) as SessionResult;
  assert.equal(measured.verdict.code, 'WORKS');
  const { code, sentences } = verdict(measured);
  assert.equal(code, 'NO_REPLY');
  assert.deepEqual(sentences, ['UDP does not work: no reply to 10 probes.']);
});

test('the page of a result is one document that holds its numbers', () => {
  const page = reportPage(madeResult());
  assert.match(page, /^<!doctype html>/i);
  assert.match(page, /<title>echogram of host\.example<\/title>/);
  const [, json = ''] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)!;
  const data = JSON.parse(json) as { measurement: SessionResult };
  assert.deepEqual(data.measurement.datagrams, madeResult().datagrams);
});

for (const [value, message] of NOT_A_RESULT) {
  test(`what is no result is refused: ${message.source}`, () => {
    for (const tell of [verdict, reportPage]) {
      const error = wrongValueOf(() => tell(value as SessionResult));
      assert.match(error.message, message);
      assert.equal(error.data.option, 'result');
    }
  });
}

test('a result of this version that lacks something is to be measured again', () => {
  const { rttNs: _, ...rest } = madeResult();
  const tool = { ...rest.tool, version: VERSION };
  const error = wrongValueOf(() => verdict({ ...rest, tool } as unknown as SessionResult));
  assert.match(
    error.message,
    /; rttNs is missing; get a fresh copy of the file, or measure again$/,
  );
});
