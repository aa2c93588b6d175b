// The counts of each direction through a bad network whose log tells the truth, see
// test/helpers/directions-truth.ts.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deadline } from '../helpers/deadline.ts';
import type { ProbePlan, Treatment } from '../helpers/impairment-proxy.ts';
import {
  assertTruth,
  assertTruthOfPlans,
  DROP,
  LOST,
  measure,
  PASS,
  PASSING,
} from '../helpers/directions-truth.ts';
import { ENGINES } from '../helpers/engines.ts';

/** Random plans; test/system has many more. */
const PLANS = 20;

for (const { engine, skip } of ENGINES) {
  // All at once, as each waits for what was lost.
  describe(`the counts of each direction (${engine})`, { concurrency: true }, () => {
    for (const protocol of ['stamp', 'udp-echo-plus'] as const) {
      test(`equal the log over random plans (${protocol}, ${engine})`, { skip }, async () => {
        await assertTruthOfPlans(protocol, engine, PLANS);
      });
    }

    test(`each source port is a STAMP session of its own (${engine})`, { skip }, async () => {
      const plans: readonly ProbePlan[] = [
        LOST,
        { forward: PASS, backward: DROP },
        { forward: { kind: 'duplicate', copies: 2 }, backward: PASS },
        { forward: { kind: 'overtaken', by: 1 }, backward: PASS },
        PASSING,
      ];
      const measured = await deadline(measure('stamp', engine, plans, 3), () => 'the measurement');
      assertTruth(measured, 'stamp');
      const { forward, backward } = measured.result;
      assert.deepEqual([forward!.lost, backward!.lost, forward!.duplicate], [3, 3, 3]);
    });

    test(
      `with one counter for all source ports, each has an order of its own (${engine})`,
      { skip },
      async () => {
        const held = (by: number): Treatment => ({ kind: 'overtaken', by });
        // Ports take turns: of three, the third probe after one is the first that overtakes it on its port.
        const plans: readonly ProbePlan[] = [
          ...[{ forward: held(2), backward: PASS }, PASSING, PASSING, LOST],
          ...[{ forward: PASS, backward: held(2) }, PASSING, PASSING, PASSING],
          ...[{ forward: held(4), backward: PASS }, ...Array.from({ length: 5 }, () => PASSING)],
          ...[{ forward: PASS, backward: held(4) }, ...Array.from({ length: 5 }, () => PASSING)],
        ];
        const measured = await deadline(
          measure('udp-echo-plus', engine, plans, 3),
          () => 'the measurement',
        );
        assertTruth(measured, 'udp-echo-plus');
        const { forward, backward, datagrams } = measured.result;
        assert.deepEqual([forward!.reordered, backward!.reordered], [1, 1]);
        assert.deepEqual([forward!.lost, datagrams.reordered], [1, 2]);
      },
    );
  });
}
