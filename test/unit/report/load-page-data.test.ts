// What the page of a load says in large type, in which tone, and how the measurement is repeated.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCommand } from '../../../src/report/load-command.ts';
import { loadPageData } from '../../../src/report/load-page-data.ts';
import { MADE_THROUGHPUT, madeLoad, NOTHING } from '../../helpers/made-load.ts';

const MISSED = {
  name: 'throughputPps',
  level: 'critical',
  limit: 1199.5,
  actual: 1168.6,
  held: false,
  reason: null,
} as const;

test('what passed is the headline, and what happens above it follows', () => {
  const { headline, sentences, outcome } = loadPageData(madeLoad());
  assert.equal(headline, '1,168 datagrams/s of 64 octets without loss.');
  assert.equal(
    sentences[0],
    'Above, a queue of 84.8 ms fills, then 19.1 % is lost on the path at 1,600/s.',
  );
  assert.equal(sentences.length, 3);
  assert.equal(outcome, 'good');
});

for (const [changes, headline, outcome] of [
  [{ ...NOTHING, endedBy: { code: 'NO_REPLY' } }, 'UDP does not work.', 'down'],
  [
    { throughput: { ...MADE_THROUGHPUT, reason: 'host' } },
    'This host could not offer more than 1,600 datagrams/s of 64 octets.',
    'unknown',
  ],
  [
    { endedBy: { code: 'SIGINT' }, throughput: { ...MADE_THROUGHPUT, reason: 'budget' } },
    'Stopped before the answer was known.',
    'unknown',
  ],
  [
    { throughput: { ...MADE_THROUGHPUT, reason: 'ceiling' } },
    '1,168 datagrams/s of 64 octets without loss, which is the highest rate that was permitted.',
    'good',
  ],
  [{ thresholds: [MISSED] }, '1,168 datagrams/s of 64 octets without loss.', 'lossy'],
] satisfies [Parameters<typeof madeLoad>[0], string, string][]) {
  test(`a page in the tone ${outcome}: ${headline}`, () => {
    const page = loadPageData(madeLoad(changes));
    assert.deepEqual([page.headline, page.outcome], [headline, outcome]);
  });
}

for (const [changes, command] of [
  [
    { supplied: { host: 'host.example' }, tool: { ...madeLoad().tool, engine: 'linux' } },
    'echogram load --engine linux -- host.example:10000',
  ],
  // A rate of bits became datagrams per second, and the limit is not lowered by rounding.
  [
    {
      supplied: { host: 'host.example', maxRate: '10Mbit', allowFlood: true, sourcePorts: 4 },
      throughput: { ...MADE_THROUGHPUT, ceilingPps: 13_586.9 },
      config: {
        ...madeLoad().config,
        maxLossRatio: 0.01,
        sourcePorts: 4,
        budgetNs: 90e9,
        dscp: 46,
      },
      thresholds: [MISSED],
    },
    "echogram load --max-rate 13586 --flood --min-rate 1200 --max-loss '1%' --budget 90s --source-ports 4 --dscp 46 --engine linux -- host.example:10000",
  ],
  [
    {
      supplied: { host: '$(reboot)' },
      target: { ...madeLoad().target, host: '$(reboot)', protocol: 'stamp', port: 862 },
      config: { ...madeLoad().config, isAuthenticated: true },
    },
    "echogram load --protocol stamp --key-file FILE --engine linux -- '$(reboot):862'",
  ],
] satisfies [Parameters<typeof madeLoad>[0], string][]) {
  test(`the command that repeats it: ${command}`, () => {
    assert.equal(loadCommand(madeLoad(changes)), command);
  });
}
