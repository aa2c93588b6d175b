// What a page says of each state: large type, colour and legend tell the same story as the verdict.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageData } from '../../../src/report/page-data.ts';
import { PAGE_STATES } from '../../helpers/page-states.ts';

for (const { name, result, outcome, headline, legend, middle } of PAGE_STATES) {
  test(`the page of a measurement with the state "${name}"`, () => {
    const page = pageData(result);
    assert.deepEqual(
      [
        page.outcome,
        page.headline,
        page.legend.map(({ kind, count, text }) => [kind, count, text]),
      ],
      [outcome, headline, legend],
    );
    const unsent = page.verdict.sentences.join(' ').match(/did not send/g) ?? [];
    assert.ok(unsent.length <= 1, 'what was not sent is told once');
    const { losses, sendFailed, skipped } = page.picture;
    const drawn = { ...losses, notSent: sendFailed, skipped };
    const total = (list: readonly number[]): number => list.reduce((sum, count) => sum + count, 0);
    for (const [kind, list] of Object.entries(drawn)) {
      const said = legend.filter(([of]) => of === kind).map(([, count]) => count);
      assert.equal(total(list), total(said), `${kind} in the picture, and in the legend`);
    }
    if (middle === undefined) return;
    const inMiddle = Object.entries(drawn).map(([kind, list]) => [kind, total(list.slice(48, 52))]);
    const [most] = inMiddle.sort(([, a], [, b]) => Number(b) - Number(a));
    assert.equal(most![0], middle);
  });
}
