import { test } from 'node:test';
import { editTargets } from '../../../helpers/target-edits.ts';

test('after each of 500 random edits exactly what the list has is probed, and the rest is untouched', async (t) => {
  await editTargets(t, 500);
});
