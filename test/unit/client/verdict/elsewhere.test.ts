// What is said of datagrams from others than who was asked.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionResult } from '../../../../src/client/session/session-result.ts';
import { judge } from '../../../../src/client/verdict/verdict.ts';
import { madeResult, NO_VALUES } from '../../../helpers/made-result.ts';
import { counts } from '../../../helpers/made-session.ts';

const UNANSWERED = {
  datagrams: counts({ sent: 10, lost: 10, stray: 10, lossRatio: 1 }),
  rttNs: NO_VALUES,
};

const BY_ONE: SessionResult['elsewhere'] = {
  datagrams: 10,
  senders: [{ address: '192.0.2.9', port: 10_000, datagrams: 10 }],
};

function said(changes: Partial<SessionResult>): readonly string[] {
  const { code, sentences } = judge(madeResult(changes));
  return [code, ...sentences];
}

test('replies from another address are the verdict where nothing else came', () => {
  assert.deepEqual(said({ ...UNANSWERED, elsewhere: BY_ONE }), [
    'FROM_ELSEWHERE',
    'Replies come from elsewhere: from 192.0.2.9 port 10000, not 192.0.2.7 port 10000 (10 datagrams to 10 probes). The server replies from another address or port, a NAT rewrites it, or another program sends here.',
  ]);
});

test('those who sent most are named', () => {
  const senders = [1, 2, 3, 5].map((datagrams, index) => ({
    ...{ address: '192.0.2.9', port: 10_001 + index, datagrams },
  }));
  const [, headline] = said({ ...UNANSWERED, elsewhere: { datagrams: 11, senders } });
  assert.match(
    headline!,
    /from 192\.0\.2\.9 port 10004 and 192\.0\.2\.9 port 10003 and others, not 192\.0\.2\.7/,
  );
});

test('most of the strays were from who was asked: that is another fault', () => {
  const datagrams = counts({ sent: 10, lost: 10, stray: 21, lossRatio: 1 });
  const [code, , ...others] = said({ ...UNANSWERED, datagrams, elsewhere: BY_ONE });
  assert.equal(code, 'STRAYS');
  assert.ok(others.some((sentence) => sentence.startsWith('10 datagrams came from 192.0.2.9')));
});

test('what came from elsewhere beside replies is said, and not more', () => {
  assert.deepEqual(said({ elsewhere: BY_ONE }).slice(2), [
    '10 datagrams came from 192.0.2.9 port 10000, not 192.0.2.7 port 10000: the server may also reply from another address or port.',
  ]);
  assert.equal(said({ elsewhere: { datagrams: 0, senders: [] } }).length, 2);
});

test('where it is not known, datagrams that nobody took are a hint beside silence', () => {
  const silence = { ...UNANSWERED, datagrams: counts({ sent: 10, lost: 10, lossRatio: 1 }) };
  const [code, , hint] = said({ ...silence, elsewhere: null, noPorts: 12 });
  assert.equal(code, 'NO_REPLY');
  assert.match(hint!, /^Meanwhile no socket of this host accepted 12 datagrams/);
  assert.equal(said({ ...silence, elsewhere: null, noPorts: 0 }).length, 2);
  // Those to a closed port of this host itself are among them.
  const unreachable = { ...silence, datagrams: { ...silence.datagrams, icmpErrors: 10 } };
  assert.ok(said({ ...unreachable, noPorts: 12 }).every((text) => !text.startsWith('Meanwhile')));
});
