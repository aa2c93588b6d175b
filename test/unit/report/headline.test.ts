import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitHeadline } from '../../../src/report/headline.ts';

for (const [sentence, headline, rest] of [
  ['UDP works. 0 lost of 10; median 1 ms.', 'UDP works.', '0 lost of 10; median 1 ms.'],
  [
    'UDP does not work: 10.9.1.1, not the target, answers: 4 ICMP "port unreachable".',
    'UDP does not work.',
    '10.9.1.1, not the target, answers: 4 ICMP "port unreachable".',
  ],
  [
    "This host did not send 20 of 40 probes (20 EPERM: this host's firewall). 0 lost of 20.",
    'This host did not send 20 of 40 probes.',
    "20 EPERM: this host's firewall. 0 lost of 20.",
  ],
  [
    'Every reply arrived after the timeout (4 of 4): use a longer timeout.',
    'Every reply arrived after the timeout.',
    '4 of 4. Use a longer timeout.',
  ],
  [
    'UDP works, but nothing received (20 datagrams) answers a probe: another program sends here.',
    'UDP works, but nothing received (20 datagrams) answers a probe.',
    'Another program sends here.',
  ],
  ['Nothing was sent, so nothing is known.', 'Nothing was sent, so nothing is known.', ''],
] as const) {
  test(`the large type of "${sentence}" is "${headline}"`, () => {
    assert.deepEqual(splitHeadline(sentence), [headline, rest]);
  });
}
