// A session that is ended before all is known.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counts, MadeSession } from '../../../helpers/made-session.ts';

test('ends with a probe that an ICMP error names, which still has time, in no count', () => {
  const made = new MadeSession({ timeoutNs: 10e9 });
  const [, second, third] = made.sendAll(3);
  made.receive(third!);
  const error = { systemCode: 'ECONNREFUSED', from: null, icmpType: null, icmpCode: null };
  made.receiveIcmp(error, made.nowNs, second);
  made.session.end(made.nowNs);
  assert.ok(made.session.isOver);
  const { datagrams, leftOut } = made.summary();
  assert.deepEqual(datagrams, counts({ sent: 1, received: 1, icmpErrors: 1 }));
  assert.equal(leftOut, 2);
});
