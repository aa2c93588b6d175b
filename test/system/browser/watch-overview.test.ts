// The overview of a watch in a browser: what is worst stands first, what is old never looks well, and a thousand targets
// cost as much as twenty. Scripts for the page are text, because these tests are compiled without a browser's types.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { axeFindings, openUrl, openWindow, type OpenPage } from '../../helpers/browser.ts';
import { until } from '../../helpers/deadline.ts';
import { needsProgram } from '../../helpers/skips.ts';
import { serveWatchPages, type WatchPages } from '../../helpers/watch-pages.ts';
import { scene, type Scene } from '../../helpers/made-scene.ts';
import { SCENE_NOW_MS } from '../../helpers/watch-scene.ts';
import { manyTargets } from '../../helpers/watch-scene-targets.ts';

const skip = needsProgram('chromium');

interface Opened extends OpenPage {
  readonly pages: WatchPages;
}

async function openOverview(
  t: TestContext,
  shown: Scene,
  { path = '', ...options }: BrowserContextOptions & { path?: string } = {},
): Promise<Opened> {
  const pages = await serveWatchPages(t, shown);
  const opened = await openUrl(t, `${pages.url}${path}`, { timezoneId: 'UTC', ...options });
  const isReady = "!document.querySelector('h1').innerText.includes('Asking')";
  await until(async () => await opened.page.evaluate<boolean>(isReady), 'an answer of the watch');
  return { ...opened, pages };
}

async function rowsOf(page: Page): Promise<readonly string[]> {
  return await page.locator('.row .name a').allInnerTexts();
}

async function headlineOf(page: Page): Promise<string> {
  return (await page.locator('h1').innerText()).split('\n').at(-1)!;
}

test(
  'shows each state in words, the worst first, asks nobody else and complains of nothing',
  { skip },
  async (t) => {
    const { page, complaints, requests, pages } = await openOverview(t, scene());
    assert.equal(await headlineOf(page), '3 of 12 targets are down');
    const shown = await page.evaluate<readonly (readonly string[])[]>(
      `[...document.querySelectorAll('.row')].map((row) => [row.dataset.tone, ...['.name a', '.label b'].map((part) => row.querySelector(part).innerText)])`,
    );
    assert.deepEqual(shown, [
      ['down', 'madrid', 'down'],
      ['down', 'oslo', 'port closed'],
      ['down', 'rome', 'no address'],
      ['lossy', 'frankfurt', 'works in part'],
      ['lossy', 'lisbon', 'losses'],
      ['unknown', 'sofia', 'no news'],
      ['unknown', 'paris', 'cause unknown'],
      ['unknown', 'tallinn', 'starting'],
      ['good', 'amsterdam', 'works'],
      ['good', 'berlin', 'works'],
      ['good', 'vienna', 'works'],
      ['good', 'zurich', 'works'],
    ]);
    assert.deepEqual(await page.locator('.tones button').allInnerTexts(), [
      '✕\n3 down',
      '!\n2 with losses',
      '?\n3 not known',
      '✓\n4 working',
    ]);
    assert.deepEqual(complaints, []);
    assert.ok(
      requests.every((url) => url.startsWith(pages.url)),
      requests.join(' '),
    );
  },
);

test('a row says loss with its direction, median, p99 and the last reply', { skip }, async (t) => {
  const { page } = await openOverview(t, scene(), { path: '?q=frankfurt' });
  assert.deepEqual(await rowsOf(page), ['frankfurt']);
  const figures = await page.locator('.row .figure').allInnerTexts();
  assert.match(figures[0]!, /^7(\.\d+)? %\n3\d there, 1\d back$/);
  assert.match(figures[1]!, /^\d+(\.\d+)? ms$/);
  assert.match(figures[2]!, /^\d+(\.\d+)? ms$/);
  assert.equal(figures[3], 'now');
  const down = await openOverview(t, scene(), { path: '?q=site=mad' });
  assert.deepEqual(await down.page.locator('.row .figure').allInnerTexts(), [
    '100 %\n60 lost',
    '–',
    '–',
    '21 min ago',
  ]);
});

test('filter, state and order are part of the address', { skip }, async (t) => {
  const { page } = await openOverview(t, scene());
  await page.getByLabel('Filter targets').fill('role=edge');
  assert.deepEqual(await rowsOf(page), ['frankfurt', 'amsterdam']);
  await page.getByLabel('Order').selectOption('by name');
  assert.deepEqual(await rowsOf(page), ['amsterdam', 'frankfurt']);
  await page.getByRole('button', { name: 'with losses' }).click();
  assert.deepEqual(await rowsOf(page), ['frankfurt']);
  assert.equal(new URL(page.url()).search, '?q=role%3Dedge&state=lossy&order=name');
  await page.reload();
  await page.waitForSelector('.row');
  assert.deepEqual(await rowsOf(page), ['frankfurt']);
  await page.getByLabel('Filter targets').fill('nobody');
  assert.equal(await page.locator('.none').innerText(), 'None of 12 targets is like that.');
});

test(
  'of a thousand targets only rows near the window exist, and only their pictures are asked for',
  { skip },
  async (t) => {
    const { page, pages } = await openOverview(t, scene({ targets: manyTargets(1000) }));
    assert.equal(await headlineOf(page), '20 of 1,000 targets are down');
    await page.waitForSelector('canvas[aria-label]');
    assert.ok((await rowsOf(page)).length < 30);
    assert.equal(await page.getByRole('table').getAttribute('aria-rowcount'), '1001');
    await page.evaluate('window.scrollTo(0, document.documentElement.scrollHeight)');
    await until(async () => (await rowsOf(page)).at(-1) === 'host-0999', 'the last row');
    await until(
      async () =>
        await page.evaluate<boolean>(
          "[...document.querySelectorAll('.row')].at(-1).querySelector('canvas').ariaLabel !== null",
        ),
      'the last picture',
    );
    const keys = pages.asked.flatMap((url) => new URL(url, pages.url).searchParams.getAll('key'));
    assert.ok(keys.length > 0 && keys.length < 100, `${keys.length} pictures were asked for`);
  },
);

test(
  'numbers and order follow each message, and targets that left are gone',
  { skip },
  async (t) => {
    const shown = scene();
    const { page, pages } = await openOverview(t, shown);
    const [first, ...others] = shown.targets;
    const down = { code: 'DOWN_NOW', words: 'Down: no reply for 3 s.' } as const;
    shown.targets = [
      { ...first!, state: down, weather: () => ({ lossRatio: 1, rttMs: 1, spread: 0 }) },
      ...others,
    ];
    pages.tell(['madrid default']);
    await until(async () => (await rowsOf(page))[0] === 'amsterdam', 'the new order');
    shown.targets = shown.targets.filter(({ name }) => name !== 'madrid');
    pages.tell(['madrid default']);
    await until(
      async () => (await headlineOf(page)) === '3 of 11 targets are down',
      'a target less',
    );
  },
);

test(
  'without news for half a minute nothing looks well, and it says since when',
  { skip },
  async (t) => {
    const shown = scene();
    const pages = await serveWatchPages(t, shown);
    const { page } = await openWindow(t, { timezoneId: 'UTC' });
    await page.clock.install({ time: SCENE_NOW_MS });
    await page.goto(pages.url);
    await page.waitForSelector('.row');
    assert.equal(await page.locator('.row[data-tone=good]').count(), 4);
    await pages.stop();
    await page.clock.runFor(32_000);
    assert.equal(await headlineOf(page), 'No news from the watch since 12:00:00');
    assert.equal(await page.locator('.row[data-tone=good]').count(), 0);
    assert.equal(await page.locator('.summary.unknown').count(), 1);
    assert.equal(await page.locator('.row .label b').first().innerText(), 'no news');
  },
);

test('alerts that fire and troubles of the watch itself stand on top', { skip }, async (t) => {
  const shown = scene();
  shown.watch = {
    ...shown.watch,
    engineReason: 'koffi is not installed',
    config: { isGood: false, lastGoodAtMs: SCENE_NOW_MS, error: 'watch.yaml:3:5: unknown key' },
    history: { ...shown.watch.history, lastError: 'disk full' },
  };
  const alert = { rule: 'loss', key: 'madrid default', words: 'loss >= 5%: 100 %', labels: {} };
  shown.alerts = [
    { ...alert, state: 'firing', sinceMs: SCENE_NOW_MS - 60_000 },
    { ...alert, key: 'oslo default', state: 'pending', sinceMs: SCENE_NOW_MS },
  ];
  const { page } = await openOverview(t, shown);
  assert.deepEqual(await page.locator('.notice').allInnerTexts(), [
    'The configuration has an error, and the one of 27 Nov 2026, 12:00:00 is used: watch.yaml:3:5: unknown key',
    "The history can't be written: disk full",
    'Probing with the portable engine: koffi is not installed',
    'Alert loss on madrid since 11:59:00: loss >= 5%: 100 %',
  ]);
});

test('says what there is to do where no target is watched', { skip }, async (t) => {
  const { page } = await openOverview(t, scene({ targets: [] }));
  assert.equal(await headlineOf(page), 'No targets are watched');
  assert.match(await page.locator('.none').innerText(), /on the command line, or in the file/);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`is readable by all in ${colorScheme}, and on a phone`, { skip }, async (t) => {
    const { page } = await openOverview(t, scene(), { colorScheme });
    await page.waitForSelector('canvas[aria-label]');
    assert.deepEqual(await axeFindings(page), []);
    await page.setViewportSize({ width: 380, height: 800 });
    await until(
      async () => await page.evaluate<boolean>('document.documentElement.scrollWidth <= 380'),
      'one column',
    );
    assert.deepEqual(await axeFindings(page), []);
  });
}

test(
  'a small picture has echoes until the last reply, then losses in the strip',
  { skip },
  async (t) => {
    const { page } = await openOverview(t, scene(), { path: '?q=madrid', colorScheme: 'light' });
    await page.waitForSelector('canvas[aria-label]');
    // No reply for 21 of 180 minutes: columns of a minute from 159 on. The strip of losses is the upper of three.
    const shares = await page.evaluate<readonly [number, number]>(`(() => {
    const canvas = document.querySelector('canvas.small');
    const ratio = devicePixelRatio;
    const width = Math.round((canvas.clientWidth - 42) * ratio);
    const height = canvas.height;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    const is = (x, y, test) => { const at = 4 * (y * width + x); return test(data[at], data[at + 1], data[at + 2]); };
    const dark = (r, g, b) => r < 90;
    const red = (r, g, b) => r > 190 && b < 170;
    const rows = Array.from({ length: height - 17 }, (_, y) => y);
    const columns = Array.from({ length: width }, (_, x) => x);
    const echoes = columns.filter((x) => rows.some((y) => is(x, y, dark)));
    const losses = columns.filter((x) => is(x, height - 13, red));
    return [Math.max(...echoes) / width, Math.min(...losses) / width];
  })()`);
    for (const share of shares) assert.ok(Math.abs(share - 159 / 180) < 0.015, String(shares));
  },
);
