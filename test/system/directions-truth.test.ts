// The counts of each direction over many random plans of a bad network; test/integration has a few.

import test from 'node:test';
import { assertTruthOfPlans } from '../helpers/directions-truth.ts';
import { ENGINES } from '../helpers/engines.ts';

/** More by hand: ECHOGRAM_PLANS=5000 npm run test:system directions-truth. */
const PLANS = Number(process.env['ECHOGRAM_PLANS'] ?? 100);
/** Fewer where they take longer. */
const SHARE = { portable: 1, linux: 0.2 };

for (const { engine, skip } of ENGINES) {
  for (const protocol of ['stamp', 'udp-echo-plus'] as const) {
    test(
      `each direction's counts equal the log over many random plans (${protocol}, ${engine})`,
      { skip },
      async () => {
        await assertTruthOfPlans(protocol, engine, PLANS * SHARE[engine]);
      },
    );
  }
}
