// Plays test/scenarios/*.json: inputs with hand-worked results.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { DatagramCounts } from '../../../src/client/session/session-result.ts';
import type { StatisticsSummary } from '../../../src/client/session/session-statistics.ts';
import type { DistributionSummary } from '../../../src/stats/distribution.ts';
import { counts, play } from '../../helpers/made-session.ts';
import { repositoryPath, repositoryText } from '../../helpers/repository.ts';

const MS = 1e6;

interface Scenario {
  readonly title: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly probes: readonly (readonly number[] | string)[];
  readonly worked: readonly string[];
  readonly expected: {
    readonly datagrams: Partial<DatagramCounts>;
    readonly lossRuns?: StatisticsSummary['lossRuns'];
    readonly rttMs?: Partial<DistributionSummary>;
    readonly ipdvMs?: Partial<DistributionSummary>;
    readonly pdvMs?: Partial<DistributionSummary>;
    readonly smoothedJitterMs?: number | null;
  };
}

/** Rounding of doubles alone; percentiles of these round numbers are their bucket's upper end. */
const TOLERANCES = { exact: 1e-9, percentile: 1 / 128 };

const FILES = readdirSync(repositoryPath('test/scenarios')).filter((file) =>
  file.endsWith('.json'),
);

for (const file of FILES) {
  const scenario = JSON.parse(repositoryText(`test/scenarios/${file}`)) as Scenario;

  test(`scenario: ${scenario.title}`, () => {
    const { expected } = scenario;
    const result = playScenario(scenario);
    assert.deepEqual(result.datagrams, counts(expected.datagrams));
    if (expected.lossRuns !== undefined) assert.deepEqual(result.lossRuns, expected.lossRuns);
    assertNear('rtt', result.rttNs, expected.rttMs);
    assertNear('ipdv', result.ipdvNs, expected.ipdvMs);
    assertNear('pdv', result.pdvNs, expected.pdvMs);
    assertNear('jitter', { value: result.smoothedJitterNs }, valueOf(expected.smoothedJitterMs));
  });
}

function playScenario({ intervalMs, timeoutMs, probes }: Scenario): StatisticsSummary {
  const fates = probes.map((probe) =>
    typeof probe === 'string'
      ? { sendError: probe }
      : { repliesNs: probe.map((delayMs) => delayMs * MS) },
  );
  const plan = { intervalNs: intervalMs * MS, timeoutNs: timeoutMs * MS };
  return play(plan, fates).summary();
}

function valueOf(value: number | null | undefined): { value?: number | null } {
  return value === undefined ? {} : { value };
}

function assertNear<Names extends string>(
  what: string,
  actualNs: Readonly<Record<Names, number | null>>,
  expectedMs: Readonly<Partial<Record<Names, number | null>>> | undefined,
): void {
  for (const [name, ms] of Object.entries(expectedMs ?? {}) as [Names, number | null][]) {
    const actual = actualNs[name];
    if (ms === null || actual === null) {
      assert.equal(actual, ms, `${what} ${name}`);
      continue;
    }
    const tolerance = name.startsWith('p') ? TOLERANCES.percentile : TOLERANCES.exact;
    const allowedNs = Math.max(Math.abs(ms * MS) * tolerance, 1e-3);
    const message = `${what} ${name}: ${actual / MS} ms, expected ${ms} ms`;
    assert.ok(Math.abs(actual - ms * MS) <= allowedNs, message);
  }
}
