// The limit of each source against strangers who know its salt.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ATTACKS, withstands } from '../../helpers/limiter-attacks.ts';
import { holds } from '../../helpers/property.ts';

test('nobody gets less than with a bucket of his own, or more than a burst for each that was forgotten', () => {
  let forgotten = 0;
  holds(
    fc.property(ATTACKS, (attacks) => {
      forgotten += withstands(attacks);
    }),
    12,
  );
  assert.ok(forgotten > 50, `only ${forgotten} were forgotten`);
});
