// The page of a load in a browser: it opens anywhere, draws what it should and where, and everybody can use it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axeFindings, openLoadReport } from '../../helpers/browser.ts';
import { madeLoad, NOTHING } from '../../helpers/made-load.ts';
import { isNear } from '../../helpers/page-pixels.ts';
import { needsProgram } from '../../helpers/skips.ts';

const skip = needsProgram('chromium');

test(
  'opens from a file without a network, asks for nothing and complains of nothing',
  { skip },
  async (t) => {
    const { page, complaints, requests } = await openLoadReport(t, madeLoad());
    assert.equal(await page.title(), `host.example: ${madeLoad().verdict.sentences[0]!}`);
    assert.equal(
      await page.locator('h1').innerText(),
      '✓\n1,168 datagrams/s of 64 octets without loss.',
    );
    assert.equal(await page.locator('canvas').count(), 1);
    assert.deepEqual([complaints, requests], [[], []]);
  },
);

test('what happens above, and every number behind it, is text', { skip }, async (t) => {
  const { page } = await openLoadReport(t, madeLoad());
  const sentences = await page.locator('.sentence').allInnerTexts();
  assert.equal(
    sentences[0],
    'Above, a queue of 84.8 ms fills, then 19.1 % is lost on the path at 1,600/s.',
  );
  const tiles = await page.locator('.tile').allInnerTexts();
  assert.deepEqual(
    tiles.map((text) => text.replaceAll(/\n+/g, ' | ')),
    [
      'Passed | 1,168/s | 64 octets each',
      'Did not pass | 1,190/s | 1.79 % apart',
      'Arrived at most | 1,179/s | 868 kbit/s of IP packets',
      'Queue | 84.8 ms | when full',
      'Knee | 1,051/s | p95 900 µs',
      'Idle median | 200 µs | 0 % lost without load',
      'Sent | 16,400 | 1.44 MiB',
    ],
  );
  assert.equal(
    await page.locator('#curve .plot').getAttribute('aria-label'),
    'Response time against load. 1,168/s passed, 1,190/s did not. Median response time: 200 µs at 117/s, 200 µs at 292/s, 200 µs at 584/s, 300 µs at 877/s, 400 µs at 1,052/s, 2.1 ms at 1,169/s.',
  );
  assert.equal(await page.locator('#trials tbody tr').count(), madeLoad().trials.length);
  assert.equal(await page.locator('#profile tbody tr').count(), 6);
  assert.equal(
    await page.locator('#provenance code').innerText(),
    'echogram load --max-rate 5000 --flood --engine linux -- host.example:10000',
  );
});

test('the bracket and the trials are drawn where they belong', { skip }, async (t) => {
  const { page } = await openLoadReport(t, madeLoad(), { colorScheme: 'light' });
  // The axis goes from 0 to 1,600 × 1.06. Upright are the rate that passed and the one that did not, and each trial
  // that lost has its colour too.
  const found = await page.evaluate<Record<string, readonly number[]>>(`(() => {
    const canvas = document.querySelector('#curve canvas');
    const over = document.querySelector('#curve .u-over').getBoundingClientRect();
    const box = canvas.getBoundingClientRect();
    const scale = canvas.width / box.width;
    const context = canvas.getContext('2d');
    const top = Math.round((over.top - box.top) * scale) + 2;
    const rateAt = (x) => ((x / scale + box.left - over.left) / over.width) * 1600 * 1.06;
    const { data } = context.getImageData(0, top, canvas.width, 1);
    const columns = { good: [], down: [] };
    for (let x = 0; x < canvas.width; x++) {
      const [red, green, blue, alpha] = data.slice(4 * x, 4 * x + 4);
      if (alpha < 255) continue;
      if (red === 0 && green === 105 && blue === 77) columns.good.push(rateAt(x + 0.5));
      if (red === 176 && green === 58 && blue === 0) columns.down.push(rateAt(x + 0.5));
    }
    return columns;
  })()`);
  for (const [name, rate] of [
    ['good', 1168.6],
    ['down', 1189.9],
  ] as const) {
    const places = found[name]!;
    assert.ok(places.length > 0, `${name} is not drawn`);
    // A pixel is 1.5 datagrams per second, and a line has two.
    assert.ok(
      places.every((place) => Math.abs(place - rate) < 4),
      `${name}: ${places.join()}`,
    );
  }
});

test('the pointer reads the trial that is near it', { skip }, async (t) => {
  const { page } = await openLoadReport(t, madeLoad());
  const readout = page.locator('#curve .readout');
  assert.equal(await readout.innerText(), '1,168/s passed, 1,190/s did not.');
  const over = await page.locator('#curve .u-over').boundingBox();
  // 80 ms at 1,600/s. The axis of times goes from half of 200 µs to twice of 84.9 ms, by octaves.
  const [low, high] = [Math.log2(0.2) - 0.5, Math.log2(84.9) + 0.5];
  const margin = Math.max(0.5, 0.06 * (high - low - 1));
  const [bottom, top] = [Math.log2(0.2) - margin, Math.log2(84.9) + margin];
  const part = (Math.log2(80) - bottom) / (top - bottom);
  await page.mouse.move(over!.x + over!.width / 1.06, over!.y + over!.height * (1 - part));
  assert.equal(
    await readout.innerText(),
    '1,600/s (ramp): 306 of 1,600 lost on the path (19.1 %); p50 80 ms, p95 84.9 ms, p99 84.9 ms',
  );
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`everybody can read it in ${colorScheme} colours`, { skip }, async (t) => {
    const { page } = await openLoadReport(t, madeLoad(), { colorScheme });
    assert.deepEqual(await axeFindings(page), []);
  });
}

test('the other theme is a button away, and the plot follows', { skip }, async (t) => {
  const { page } = await openLoadReport(t, madeLoad(), { colorScheme: 'light' });
  await page.getByRole('button', { name: 'Dark theme' }).click();
  const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  // #0b1117.
  assert.ok(isNear(ground.match(/\d+/g)!.map(Number), [11, 17, 23]), ground);
});

test('it fits a phone without scrolling sideways', { skip }, async (t) => {
  const { page } = await openLoadReport(t, madeLoad(), { viewport: { width: 360, height: 740 } });
  const width = await page.evaluate<number>('document.documentElement.scrollWidth');
  assert.ok(width <= 360, `${width} px`);
});

test('without a reply there is no plot, and the page says so', { skip }, async (t) => {
  const silent = madeLoad({ ...NOTHING, endedBy: { code: 'NO_REPLY' } });
  const { page, complaints } = await openLoadReport(t, silent);
  assert.equal(await page.locator('h1').innerText(), '✕\nUDP does not work.');
  assert.equal(await page.locator('canvas').count(), 0);
  assert.match(await page.locator('#curve').innerText(), /No reply arrived/);
  assert.equal(await page.locator('#trials').count(), 0);
  assert.deepEqual(complaints, []);
});

test('a host that is markup stays text', { skip }, async (t) => {
  const evil = '<img src=x onerror=alert(1)>';
  const target = { ...madeLoad().target, host: evil };
  const { page, complaints } = await openLoadReport(t, madeLoad({ target }));
  assert.equal(await page.locator('img').count(), 0);
  assert.ok((await page.locator('.target').innerText()).includes(evil));
  assert.deepEqual(complaints, []);
});
