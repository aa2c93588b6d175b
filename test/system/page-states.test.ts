// The page in a browser in every state that a measurement may end in: what stands in large type, the colour of the
// gaps, and that everybody can read it, in both themes and on a phone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { axeFindings, openReport } from '../helpers/browser.ts';
import { isNear, readColumns } from '../helpers/page-pixels.ts';
import type { PageState } from '../helpers/page-state.ts';
import { PAGE_STATES } from '../helpers/page-states.ts';
import { needsProgram } from '../helpers/skips.ts';

const skip = needsProgram('chromium');

const PHONE = { width: 380, height: 800 };

for (const state of PAGE_STATES) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the ${colorScheme} page shows: ${state.name}`, { skip }, async (t) => {
      const { page, complaints } = await openReport(t, state.result, { colorScheme });
      assert.equal(await page.locator('h1 span').last().innerText(), state.headline);
      assert.equal(await page.locator(`#summary.${state.outcome}`).count(), 1);
      await hasLegend(page, state);
      await hasAxesOnlyWhereSomethingIs(page, state);
      assert.deepEqual([await axeFindings(page), complaints], [[], []]);
      // Last, as reading canvases often is what Chromium complains of.
      if (state.middle !== undefined) await isColoured(page, state.middle);
    });
  }

  test(`a phone shows all of: ${state.name}`, { skip }, async (t) => {
    const { page } = await openReport(t, state.result, { viewport: PHONE });
    assert.ok(await page.evaluate<boolean>('document.documentElement.scrollWidth <= 380'));
    // Whatever holds a number shows it, or can be scrolled to it.
    const cut = await page.evaluate<readonly string[]>(`
      [...document.querySelectorAll('dd, td, th, p, li')]
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
        .filter((node) => node.closest('.scroll') === null && node.clientWidth > 1)
        .map(({ textContent }) => textContent)`);
    assert.deepEqual(cut, []);
    assert.deepEqual(await axeFindings(page), []);
  });
}

async function hasLegend(page: Page, { legend }: PageState): Promise<void> {
  const entries = await page.locator('.legend li:has(.swatch)').allInnerTexts();
  assert.deepEqual(
    entries,
    legend.map(([, count, text]) => `${count} ${text}`),
  );
}

/** Brightness has a scale, and round-trip times have axes, where replies came alone. */
async function hasAxesOnlyWhereSomethingIs(page: Page, { result }: PageState): Promise<void> {
  const hasReplies = result.datagrams.received > 0;
  assert.equal(await page.locator('.density').isVisible(), hasReplies, 'the scale of brightness');
  assert.equal(await page.locator('#distribution canvas').count(), hasReplies ? 1 : 0);
}

/** The colour of a cause, which the style sheet names, stands in the middle of the picture. */
async function isColoured(page: Page, kind: string): Promise<void> {
  const hex = await page.evaluate<string>(
    `getComputedStyle(document.documentElement).getPropertyValue('--cause-${kind}').trim()`,
  );
  const wanted = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const columns = (await readColumns(page)).slice(48, 52);
  assert.ok(
    columns.some(({ ground }) => isNear(ground, wanted)),
    `${columns.map(({ ground }) => ground.join()).join(' ')}, not ${wanted.join()}`,
  );
}
