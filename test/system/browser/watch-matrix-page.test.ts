// The matrix of a mesh in a browser: each pair in words, colour and by keyboard.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { axeFindings, openUrl } from '../../helpers/browser.ts';
import { until } from '../../helpers/deadline.ts';
import { scene, type Scene } from '../../helpers/made-scene.ts';
import { needsProgram } from '../../helpers/skips.ts';
import { serveWatchPages, type WatchPages } from '../../helpers/watch-pages.ts';
import { SCENE_NOW_MS } from '../../helpers/watch-scene.ts';
import { sceneMatrix } from '../../helpers/watch-scene-targets.ts';

const skip = needsProgram('chromium');

async function openMatrix(
  t: TestContext,
  shown: Scene,
  query = '',
  options: BrowserContextOptions = {},
): Promise<{ page: Page; pages: WatchPages }> {
  const pages = await serveWatchPages(t, shown);
  const { page } = await openUrl(t, `${pages.url}matrix${query}`, {
    timezoneId: 'UTC',
    ...options,
  });
  await page.waitForSelector('.summary h1');
  const isReady = "!document.querySelector('h1').innerText.includes('Asking')";
  await until(async () => await page.evaluate<boolean>(isReady), 'an answer of the watch');
  return { page, pages };
}

test('says how many pairs do not work, lose probes and are silent', { skip }, async (t) => {
  const { page } = await openMatrix(t, scene());
  // Of 30 nodes, the fifth is down: 29 pairs from it and 29 to it, one of which has no news from the eighth, whose
  // 29 pairs are old. 3 % are lost on the way to the third, from all but those two: 27; few lose one by chance.
  assert.equal(await page.locator('td.down').count(), 57);
  assert.equal(await page.locator('td.old').count(), 29);
  assert.equal(await page.locator('td.lossy2').count(), 27);
  assert.equal(
    (await page.locator('h1').innerText()).split('\n').at(-1),
    '57 of 870 pairs do not work',
  );
  assert.deepEqual(await page.locator('th.zone').allInnerTexts(), [
    'eu-north',
    'eu-west',
    'us-east',
  ]);
});

test('arrow keys move between pairs, and Enter shows both directions', { skip }, async (t) => {
  const { page } = await openMatrix(t, scene({ matrix: sceneMatrix(6) }));
  assert.equal(await page.locator('.matrix button[tabindex="0"]').count(), 1);
  await page.locator('.matrix button[tabindex="0"]').focus();
  const focused = async (): Promise<string> =>
    await page.evaluate<string>(
      '`${document.activeElement.dataset.from} ${document.activeElement.dataset.to}`',
    );
  assert.equal(await focused(), 'node-03 node-04');
  await page.keyboard.press('ArrowRight');
  assert.equal(await focused(), 'node-03 node-01');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  // The pair of a node with itself is stepped over.
  assert.equal(await focused(), 'node-02 node-01');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  const heads = await page.locator('.pair tbody th').allInnerTexts();
  assert.equal(heads.length, 2);
  assert.deepEqual(heads[0]!.split(' to ').reverse(), heads[1]!.split(' to '));
});

test('a pair that this watch measures leads to its target', { skip }, async (t) => {
  const { page } = await openMatrix(t, scene({ matrix: sceneMatrix(6) }));
  await page.getByRole('button', { name: 'node-01 to node-02' }).click();
  const link = page.locator('.pair a');
  assert.equal(await link.innerText(), 'node-01 to node-02');
  assert.equal(await link.getAttribute('href'), 'target?key=node-02+default');
});

test(
  'shows the moment of the address, and says where its numbers are from',
  { skip },
  async (t) => {
    const atMs = SCENE_NOW_MS - 3_600_000;
    const matrix = {
      ...sceneMatrix(3, atMs),
      source: 'own row' as const,
      error: 'it does not answer',
    };
    const { page, pages } = await openMatrix(t, scene({ matrix }), `?at=${atMs}`);
    assert.ok(pages.asked.includes(`/api/v1/matrix?at=${atMs}`));
    const notes = (await page.locator('.summary .sentence').allInnerTexts()).join('\n');
    assert.match(notes, /27 Nov 2026, 11:00:00\. As this node measures/);
    assert.match(notes, /Prometheus could not be asked: it does not answer/);
  },
);

test('without pairs or without an answer it says so', { skip }, async (t) => {
  const empty = { ...sceneMatrix(1), cells: [] };
  const { page, pages } = await openMatrix(t, scene({ matrix: empty }));
  assert.match(await page.locator('h1').innerText(), /No pairs are measured/);
  await pages.stop();
  const { page: other } = await openMatrix(t, scene({ matrix: empty }));
  assert.match(await other.locator('h1').innerText(), /No pairs/);
});

test('30 × 30 fit into a window; on a phone they scroll', { skip }, async (t) => {
  const { page } = await openMatrix(t, scene());
  assert.ok(
    await page.evaluate<boolean>(
      "document.querySelector('.mesh').scrollWidth <= document.querySelector('.mesh').clientWidth",
    ),
  );
  await page.setViewportSize({ width: 380, height: 800 });
  const fits = 'document.documentElement.scrollWidth <= 380';
  await until(async () => await page.evaluate<boolean>(fits), 'one column');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`is readable by all in ${colorScheme}`, { skip }, async (t) => {
    const { page } = await openMatrix(t, scene({ matrix: sceneMatrix(9) }), '', { colorScheme });
    assert.deepEqual(await axeFindings(page), []);
  });
}
