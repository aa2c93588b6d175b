import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveVerdict } from '../../../src/report/live-verdict.ts';

const S = 1e9;

/** One probe a second, each answered after 10 ms or given up after a second. */
function played(fates: string): LiveVerdict {
  const live = new LiveVerdict(S);
  Array.from(fates, (fate, sequence) => {
    const sentNs = sequence * S;
    const ofProbe = { sequence, stream: 0 };
    if (fate === '!') {
      live.add({ type: 'send-failed', ...ofProbe, atNs: sentNs, systemCode: 'EPERM' });
    } else if (fate === 'x') {
      live.add({ type: 'timeout', ...ofProbe, sentNs, sendErrorNs: 0, atNs: sentNs + S });
    } else {
      const atNs = sentNs + 1e7;
      const times = { sentNs, sendErrorNs: 0, rttNs: 1e7, atNs };
      live.add({ type: 'reply', ...ofProbe, ...times, isReordered: false });
    }
  });
  return live;
}

for (const [what, fates, code, text] of [
  ['nothing came yet', '', 'NOTHING_SENT', 'Nothing is known yet.'],
  ['nothing was answered', 'xx', 'NO_REPLY', 'No reply so far to 2 probes.'],
  ['all was', '....', 'WORKS', 'UDP works. Nothing lost of 4 in the last 3.01 s.'],
  [
    'an outage goes on in its ninth second',
    `${'.'.repeat(50)}${'x'.repeat(8)}`,
    'DOWN_NOW',
    'UDP does not work right now. Nothing has come for 8 s (8 probes); before, 100 % were answered.',
  ],
  [
    'an outage has just begun',
    `${'.'.repeat(50)}xxx`,
    'PARTLY_WORKS',
    'UDP partly works. 15.8 % missed of 19 in the last 20 s. Nothing has come for 3 s.',
  ],
  [
    'an outage is long over',
    `${'.'.repeat(10)}${'x'.repeat(30)}${'.'.repeat(40)}`,
    'WORKS',
    'UDP works. Nothing lost of 20 in the last 20 s.',
  ],
  [
    'one of twenty was lost',
    `${'.'.repeat(35)}x....`,
    'WORKS_WITH_LOSSES',
    'UDP works with losses. 5 % missed of 20 in the last 20 s.',
  ],
  [
    'this host sends half',
    '.!'.repeat(10),
    'NOT_ALL_SENT',
    'This host did not send 10 of 20 probes in the last 19 s.',
  ],
] as const) {
  test(`right now, where ${what}`, () => {
    assert.deepEqual(played(fates).verdict(), { code, sentences: [text] });
  });
}
