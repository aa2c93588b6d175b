// The searches of test/unit/mtu/search.test.ts over random paths, five times as many.

import { test } from 'node:test';
import {
  claimFewWrongs,
  claimFewWrongsAfterAChange,
  claimFewWrongsWhenStopped,
} from '../../helpers/mtu-claims-property.ts';

test('with a loss of up to 20 % of round trips, hardly one search in a thousand claims wrongly', () => {
  claimFewWrongs(5000);
});

test('a search that is stopped claims hardly more than it knows by then', () => {
  claimFewWrongsWhenStopped(5000);
});

test('a path that changes anywhere during the search is reported as it is then', () => {
  claimFewWrongsAfterAChange(2500);
});
