// The page of a target in a browser: any stretch of time, by pointer, keyboard and address; and whose fault losses were.
// Scripts for the page are text, because these tests are compiled without a browser's types.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { axeFindings, openUrl, type OpenPage } from '../../helpers/browser.ts';
import { until } from '../../helpers/deadline.ts';
import { scene, type Scene } from '../../helpers/made-scene.ts';
import { isNear } from '../../helpers/page-pixels.ts';
import { needsProgram } from '../../helpers/skips.ts';
import { serveWatchPages, type WatchPages } from '../../helpers/watch-pages.ts';
import { MINUTE_MS, SCENE_NOW_MS, type SceneTarget } from '../../helpers/watch-scene.ts';

const skip = needsProgram('chromium');

const HOUR_MS = 60 * MINUTE_MS;

interface Opened extends OpenPage {
  readonly pages: WatchPages;
}

async function openTarget(
  t: TestContext,
  shown: Scene,
  query: string,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const pages = await serveWatchPages(t, shown);
  const opened = await openUrl(t, `${pages.url}target?${query}`, { timezoneId: 'UTC', ...options });
  const isReady = "/received|remembered/.test(document.querySelector('.readout').innerText)";
  await until(async () => await opened.page.evaluate<boolean>(isReady), 'an answer of the watch');
  return { ...opened, pages };
}

/** From and to of the latest request for columns, in minutes before noon. */
function askedFor({ asked }: WatchPages): readonly [number, number] {
  const query = new URLSearchParams(
    asked.findLast((path) => path.startsWith('/api/v1/history'))!.split('?')[1],
  );
  assert.equal(query.get('columns'), '512');
  const [from, to] = ['from', 'to'].map(
    (name) => (SCENE_NOW_MS - Number(query.get(name))) / MINUTE_MS,
  );
  return [Math.round(from!), Math.round(to!) + 0];
}

async function textOf(page: Page, selector: string): Promise<string> {
  return await page.locator(selector).first().innerText();
}

/** An echo a second in 10 ms for an hour, but for ten minutes of losses of each kind. */
function knownTarget(): SceneTarget {
  const good = { lossRatio: 0, rttMs: 10, spread: 0 };
  return {
    name: 'known',
    state: { code: 'WORKS', words: 'Works: 0 lost of 60.' },
    weather: (atMs) => {
      const ten = Math.floor((atMs - (SCENE_NOW_MS - HOUR_MS)) / (10 * MINUTE_MS));
      if (ten === 1) return { ...good, lossRatio: 1, forwardShare: 1 };
      if (ten === 2) return { ...good, lossRatio: 1, forwardShare: 0 };
      if (ten === 4) return { ...good, lossRatio: 1, forwardShare: 0, hostDropped: 9 };
      return good;
    },
  };
}

test(
  'echoes and gaps are where they were, and gaps in the colour of their cause',
  { skip },
  async (t) => {
    const shown = scene({ targets: [knownTarget()] });
    const { page, complaints, requests, pages } = await openTarget(
      t,
      shown,
      'key=known+default&last=1h',
      {
        colorScheme: 'light',
      },
    );
    assert.deepEqual(complaints, []);
    // In the middle of each ten minutes: rows of opaque pixels, and the ground in the lower half.
    const columns = await page.evaluate<
      readonly { echoes: number; ground: readonly number[] }[]
    >(`(() => {
    const canvas = document.querySelector('#echogram canvas');
    const over = document.querySelector('#echogram .u-over').getBoundingClientRect();
    const box = canvas.getBoundingClientRect();
    const context = canvas.getContext('2d');
    return Array.from({ length: 6 }, (_, ten) => {
      const x = Math.floor(over.left - box.left + ((ten + 0.55) * over.width) / 6);
      const { data } = context.getImageData(x, Math.ceil(over.top - box.top), 1, Math.floor(over.height));
      const pixels = Array.from({ length: data.length / 4 }, (_, y) => [...data.slice(4 * y, 4 * y + 4)]);
      return { echoes: pixels.filter(([, , , alpha]) => alpha === 255).length, ground: pixels.at(-20) };
    });
  })()`);
    assert.deepEqual(
      columns.map(({ echoes }) => echoes > 0),
      [true, false, false, true, false, true],
    );
    // #b5302a, #5e2a14 and #0072b2 of the style sheet.
    assert.ok(isNear(columns[1]!.ground, [181, 48, 42]), columns[1]!.ground.join());
    assert.ok(isNear(columns[2]!.ground, [94, 42, 20]), columns[2]!.ground.join());
    assert.ok(isNear(columns[4]!.ground, [0, 114, 178]), columns[4]!.ground.join());
    assert.deepEqual(await page.locator('.legend li').allInnerTexts(), [
      '600 lost on the way there',
      '600 lost on the way back',
      '600 lost, cause unknown: this host dropped datagrams meanwhile, which may have been replies',
    ]);
    assert.ok(requests.every((url) => url.startsWith(pages.url)));
  },
);

test('a stretch is zoomed by marking it, Back and Escape zoom out again', { skip }, async (t) => {
  const { page, pages } = await openTarget(t, scene(), 'key=lisbon+default&last=6h');
  assert.deepEqual(askedFor(pages), [360, 0]);
  assert.match(await textOf(page, '.stretch'), /06:00:00 to .* 12:00:00, columns of 60 s|1 min$/);
  const plot = (await page.locator('#echogram .u-over').first().boundingBox())!;
  const at = (share: number): number => plot.x + share * plot.width;
  await page.mouse.move(at(0.5), plot.y + 50);
  await page.mouse.down();
  await page.mouse.move(at(0.75), plot.y + 60, { steps: 4 });
  await page.mouse.up();
  const isZoomed = (from: number, to: number): boolean =>
    [from, to].every((minutes, end) => Math.abs(minutes - askedFor(pages)[end]!) <= 1);
  await until(() => isZoomed(180, 90), 'the marked part');
  assert.match(new URL(page.url()).search, /^\?key=lisbon\+default&from=\d+&to=\d+$/);
  await until(
    async () =>
      (await textOf(page, '.stretch')).endsWith('columns of 60 s') ||
      (await textOf(page, '.stretch')).endsWith('columns of 1 min'),
    'its width',
  );
  await page.goBack();
  await until(() => isZoomed(360, 0), 'the stretch before');
  await page.locator('.tracks').focus();
  await page.keyboard.press('+');
  await until(() => isZoomed(180, 0), 'half of it, around the pointer');
  await page.keyboard.press('d');
  await until(() => isZoomed(135, -45), 'a quarter further');
  await page.keyboard.press('Escape');
  await until(() => isZoomed(180, 0), 'one step back');
  await page.keyboard.press('0');
  await until(() => isZoomed(360, 0), 'the last six hours');
});

test('a link to a moment shows it, with its numbers in words', { skip }, async (t) => {
  const atMs = SCENE_NOW_MS - 30 * MINUTE_MS;
  const { page, pages } = await openTarget(t, scene(), `key=lisbon+default&at=${atMs}`);
  assert.deepEqual(askedFor(pages), [60, 0]);
  await until(
    async () => (await textOf(page, '.readout')).startsWith('27 Nov 2026, 11:30:00'),
    'the moment',
  );
  assert.match(await textOf(page, '.readout'), /10 sent, \d received · \d lost.*median/);
  await page.locator('.tracks').focus();
  await page.keyboard.press('ArrowRight');
  assert.match(await textOf(page, '.readout'), /^27 Nov 2026, 11:30:10/);
  await page.keyboard.press('Shift+ArrowLeft');
  assert.match(await textOf(page, '.readout'), /^27 Nov 2026, 11:28:30/);
});

test(
  'each stretch has no more columns than are drawn, and says how wide they are',
  { skip },
  async (t) => {
    const { page, pages } = await openTarget(t, scene(), 'key=berlin+default&last=1h');
    for (const [name, hours, width] of [
      ['24 hours', 24, '10 min'],
      ['30 days', 720, '2 h'],
      ['1 year', 8760, '18 h'],
    ] as const) {
      await page.getByRole('button', { name }).click();
      await until(
        async () => (await textOf(page, '.stretch')).endsWith(`columns of ${width}`),
        name,
      );
      assert.deepEqual(askedFor(pages), [hours * 60, 0]);
      assert.equal(await page.getByRole('button', { name }).getAttribute('aria-pressed'), 'true');
    }
  },
);

test('events stand in a list and in the words of their column', { skip }, async (t) => {
  const atMs = SCENE_NOW_MS - 30 * MINUTE_MS;
  const events = [
    { atMs, key: null, kind: 'clock_stepped', detail: 'by +3.2 s' },
    { atMs, key: 'madrid default', kind: 'target_added', detail: 'of another target' },
    {
      atMs: atMs - 30_000,
      key: 'lisbon default',
      kind: 'address_changed',
      detail: '192.0.2.1 to 192.0.2.2',
    },
  ] as const;
  const { page } = await openTarget(t, scene({ events }), `key=lisbon+default&at=${atMs}`);
  await page.waitForSelector('#events tbody tr');
  assert.deepEqual(await page.locator('#events tbody tr').allInnerTexts(), [
    '27 Nov 2026, 11:30:00\tthe wall clock of this host was set\tby +3.2 s',
    '27 Nov 2026, 11:29:30\tthe name of the target leads to another address\t192.0.2.1 to 192.0.2.2',
  ]);
  await until(
    async () => (await textOf(page, '.readout')).endsWith('the wall clock of this host was set'),
    'the event',
  );
});

test('a target that left has its past, and says that it is not watched', { skip }, async (t) => {
  const shown = scene();
  const { page, pages } = await openTarget(t, shown, 'key=madrid+default');
  assert.equal(await textOf(page, 'h1'), '✕\nmadrid: down');
  shown.targets = shown.targets.filter(({ name }) => name !== 'madrid');
  pages.tell(['madrid default']);
  await until(
    async () => (await textOf(page, '.sentence')).startsWith('This target is not watched now'),
    'its leaving',
  );
  assert.equal(await page.locator('.summary.unknown').count(), 1);
  assert.match(await textOf(page, '.legend'), /lost, nothing tells in which direction/);
});

test('one without an address says why, and draws nothing', { skip }, async (t) => {
  const { page } = await openTarget(t, scene(), 'key=rome+default');
  assert.equal(await textOf(page, 'h1'), '✕\nrome: no address');
  assert.equal(await textOf(page, '.readout'), 'Nothing is remembered of this stretch.');
  assert.match(await textOf(page, '#settings'), /none yet: NXDOMAIN/);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`is readable by all in ${colorScheme}, and on a phone`, { skip }, async (t) => {
    const { page } = await openTarget(t, scene(), 'key=frankfurt+default', { colorScheme });
    assert.deepEqual(await axeFindings(page), []);
    await page.setViewportSize({ width: 380, height: 800 });
    await until(
      async () => await page.evaluate<boolean>('document.documentElement.scrollWidth <= 380'),
      'one column',
    );
    assert.deepEqual(await axeFindings(page), []);
  });
}
