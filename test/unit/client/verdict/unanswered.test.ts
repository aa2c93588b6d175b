// What silence means, by how long the probes were.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../../../src/client/verdict/verdict.ts';
import { madeResult, NO_VALUES } from '../../../helpers/made-result.ts';
import { counts } from '../../../helpers/made-session.ts';

const MAYBE_TOO_LONG =
  'UDP does not work, or the path drops packets this long; to find out, measure with --size 64.';

for (const [address, payloadBytes, says] of [
  // 548 and 28 octets of headers are what every path takes, and with IPv6 1232 and 48.
  ['192.0.2.7', 548, 'UDP does not work: no reply to 1 probe.'],
  ['192.0.2.7', 549, `No reply to 1 probe of 549 bytes: ${MAYBE_TOO_LONG}`],
  ['2001:db8::7', 1232, 'UDP does not work: no reply to 1 probe.'],
  ['2001:db8::7', 1233, `No reply to 1 probe of 1,233 bytes: ${MAYBE_TOO_LONG}`],
] as const) {
  test(`silence to ${payloadBytes} octets for ${address}`, () => {
    const { config, target } = madeResult();
    const result = madeResult({
      config: { ...config, payloadBytes },
      target: { ...target, address },
      datagrams: counts({ sent: 1, lost: 1, lossRatio: 1 }),
      rttNs: NO_VALUES,
    });
    assert.deepEqual(judge(result).sentences, [says]);
  });
}
