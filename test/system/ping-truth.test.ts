// The counts of ping() over many random plans of a bad network; test/integration has a few.

import test from 'node:test';
import { ENGINES } from '../helpers/engines.ts';
import { assertTruthOfPlans } from '../helpers/ping-truth.ts';

/** More by hand: ECHOGRAM_PLANS=5000 npm run test:system ping-truth. */
const PLANS = Number(process.env['ECHOGRAM_PLANS'] ?? 600);
/** Fewer where they take longer. */
const SHARE = { portable: 1, linux: 0.2 };

for (const { engine, skip } of ENGINES) {
  test(
    `the counts equal the log of the network over many random plans (${engine})`,
    { skip },
    async () => {
      await assertTruthOfPlans(engine, PLANS * SHARE[engine]);
    },
  );
}
