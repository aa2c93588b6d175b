// As the quick suite's, for longer.

import { test } from 'node:test';
import { checkHostileFiles } from '../helpers/hostile-file.ts';

test('of 10,000 files that were tampered with each is shown, or gets one line', async () => {
  await checkHostileFiles(10_000);
});
