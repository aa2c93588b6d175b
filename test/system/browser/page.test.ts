// The page in a browser: it opens anywhere, shows what it should and where, and everybody can use it. Scripts for the
// page are text, because these tests are compiled without a browser's types.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { ProbeRecord } from '../../../src/client/session/probe-record.ts';
import type { SessionResult } from '../../../src/client/session/session-result.ts';
import { LivePage } from '../../../src/web/live-page.ts';
import { axeFindings, openReport, openUrl } from '../../helpers/browser.ts';
import { MADE_REPLY, madeResult, madeStream, NO_VALUES } from '../../helpers/made-result.ts';
import { counts } from '../../helpers/made-session.ts';
import {
  isNear,
  readBars,
  readColumns,
  readHostTrack,
  type ColumnPixels,
} from '../../helpers/page-pixels.ts';
import { COLUMNS, scenario } from '../../helpers/page-scenario.ts';
import { until } from '../../helpers/deadline.ts';
import { needsProgram } from '../../helpers/skips.ts';

const skip = needsProgram('chromium');

test(
  'opens from a file without a network, asks for nothing and complains of nothing',
  { skip },
  async (t) => {
    const { page, complaints, requests } = await openReport(t, scenario());
    assert.equal(
      await page.title(),
      'host.example: UDP partly works. 40 % lost: a run of 40; median 12.1 ms, p99 40 ms.',
    );
    assert.equal(await page.locator('h1').innerText(), '!\nUDP partly works.');
    assert.equal(await page.locator('canvas').count(), 5);
    assert.deepEqual([complaints, requests], [[], []]);
  },
);

test(
  'echoes are where they came back, and gaps in the colour of their cause where none did',
  { skip },
  async (t) => {
    const { page } = await openReport(t, scenario(), { colorScheme: 'light' });
    const columns = await readColumns(page);
    const heightOf = ({ echoes }: ColumnPixels): number => echoes[0] ?? NaN;
    for (const [column, pixels] of columns.entries()) {
      const isLost = column >= 40 && column < 80;
      assert.equal(pixels.echoes.length > 0, !isLost, `column ${column}`);
      // #d55e00 and #0072b2 of Okabe and Ito.
      if (isLost)
        assert.ok(
          isNear(pixels.ground, column < 60 ? [213, 94, 0] : [0, 114, 178]),
          `${column}: ${pixels.ground.join()}`,
        );
      else assert.equal(heightOf(pixels), heightOf(columns[column < 40 ? 0 : 80]!));
    }
    // Twice as slow is higher up.
    assert.ok(heightOf(columns[80]!) < heightOf(columns[0]!));
  },
);

/**
 * A million replies in each doubling from 2^20 ns (1 ms) to 2^24 ns, evenly on a logarithmic scale: a row
 * that begins at 32 + p parts of 32 of its octave holds log2(1 + 1 / (32 + p)) of them.
 */
function evenScenario(): SessionResult {
  const rows = Array.from({ length: 4 * 32 }, (_, row) => [
    10 * 32 + row,
    Math.round(1e6 * Math.log2(1 + 1 / (32 + (row % 32)))),
  ]).flat();
  const { echogram } = scenario();
  return scenario({ echogram: { ...echogram, rttRows: echogram.sent.map(() => rows) } });
}

test(
  'replies that are equally dense on the scale make bars of one height and one colour',
  { skip },
  async (t) => {
    const { page } = await openReport(t, evenScenario());
    const bars = await readBars(page);
    assert.ok(bars.length > 100, `${bars.length} pixels of bars`);
    // Where the share of all crosses a bar it is lower by the line's width and half.
    const lowest = Math.min(...bars);
    assert.ok(Math.max(...bars) - lowest <= 4, `${lowest} to ${Math.max(...bars)} px`);
    const colours = await page.evaluate<readonly string[]>(`(() => {
      const canvas = document.querySelector('#echogram canvas');
      const { data } = canvas.getContext('2d').getImageData(canvas.width / 2, 0, 1, canvas.height);
      const pixels = Array.from({ length: canvas.height }, (_, y) => [...data.slice(4 * y, 4 * y + 4)]);
      return pixels.filter(([, , , alpha]) => alpha === 255).map(String);
    })()`);
    assert.ok(colours.length > 100, `${colours.length} pixels of echoes`);
    const [first] = colours;
    assert.ok(
      colours.every((colour) =>
        isNear(colour.split(',').map(Number), first!.split(',').map(Number)),
      ),
      [...new Set(colours)].join(' '),
    );
  },
);

test('the label at the end of the time axis is not cut', { skip }, async (t) => {
  // A hundred columns of 4000 s: the label at the very end is 111:06:40.
  const { echogram } = scenario();
  const long = scenario({ echogram: { ...echogram, columnNs: 4000e9 } });
  const { page } = await openReport(t, long);
  const [painted, half] = await page.evaluate<readonly [number, number]>(`(() => {
    const canvas = document.querySelectorAll('#echogram canvas')[0];
    const over = document.querySelectorAll('#echogram .u-over')[0].getBoundingClientRect();
    const box = canvas.getBoundingClientRect();
    const end = Math.round((over.right - box.left) * (canvas.width / box.width));
    const context = canvas.getContext('2d');
    const isPainted = (x) => context.getImageData(x, 0, 1, canvas.height).data.some((value) => value > 0);
    let last = canvas.width - 1;
    while (!isPainted(last)) last--;
    context.font = '12px system-ui, sans-serif';
    return [last + 1 - end, context.measureText('111:06:40').width / 2];
  })()`);
  // Round a digit there is a pixel or two of nothing.
  assert.ok(painted >= half - 3, `${painted} of ${half} px`);
});

test('when this program stalled is seen, and said of its column', { skip }, async (t) => {
  const { echogram } = scenario();
  const largestStallNs = echogram.sent.map((_, column) => (column === 30 ? 10e6 : 0));
  const skipped = echogram.sent.map((_, column) => (column === 30 ? 7 : 0));
  const held = scenario({ echogram: { ...echogram, largestStallNs, skipped } });
  const { page } = await openReport(t, held);
  const track = await readHostTrack(page);
  for (const [column, painted] of track.entries()) {
    // The axis goes to 1.15 × 10 ms: 87 %, and the mark of what was left out. Sending was 50 µs late.
    if (column === 30) assert.ok(painted > 0.85 && painted < 0.97, `${painted}`);
    else assert.ok(painted < 0.05, `column ${column}: ${painted}`);
  }
  await page.locator('[role=slider]').focus();
  for (let press = 0; press < 31; press++) await page.keyboard.press('ArrowRight');
  const text = await page.locator('#echogram .readout').innerText();
  assert.match(text, / · sent up to 50 µs late · stalled for 10 ms · 7 skipped$/);
});

test('the arrow keys read column after column, and + and 0 zoom', { skip }, async (t) => {
  const { page } = await openReport(t, scenario());
  const slider = page.getByRole('slider');
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  assert.match(
    String(await slider.getAttribute('aria-valuetext')),
    /^0 to 10 ms \(03:04:05\.678 UTC\) · 1 sent, 1 received · median /,
  );
  for (let press = 0; press < 4; press++) await page.keyboard.press('Shift+ArrowRight');
  assert.equal(
    await slider.getAttribute('aria-valuetext'),
    '400 ms to 410 ms (03:04:06.078 UTC) · 1 sent, 0 received · 1 lost on the path or at the other end · sent up to 50 µs late',
  );
  assert.equal(
    await page.locator('#echogram .readout').innerText(),
    await slider.getAttribute('aria-valuetext'),
  );
  const whole = await readColumns(page);
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  await page.waitForFunction('performance.now() > 0');
  assert.notDeepEqual(await readColumns(page), whole);
  await page.keyboard.press('0');
  assert.deepEqual(await readColumns(page), whole);
});

test('dragging and the wheel zoom, a double click shows all', { skip }, async (t) => {
  const { page } = await openReport(t, scenario());
  const whole = await readColumns(page);
  const { x, y, width, height } = (await page.locator('#echogram .u-over').first().boundingBox())!;
  const at = (share: number): [number, number] => [x + share * width, y + height / 2];
  await page.mouse.move(...at(0.4));
  await page.mouse.down();
  await page.mouse.move(...at(0.8), { steps: 4 });
  await page.mouse.up();
  // From 40 to 80 there are gaps alone.
  assert.ok((await readColumns(page)).slice(2, -2).every(({ echoes }) => echoes.length === 0));
  await page.mouse.dblclick(...at(0.5));
  assert.deepEqual(await readColumns(page), whole);
  await page.mouse.wheel(0, -300);
  await page.waitForFunction('performance.now() > 0');
  assert.notDeepEqual(await readColumns(page), whole);
});

test('the picture is there as a table, reached and opened by keyboard', { skip }, async (t) => {
  const { page } = await openReport(t, scenario());
  await page.getByText('Each column of the echogram').focus();
  await page.keyboard.press('Enter');
  const rows = page.locator('#figures tbody tr');
  await rows.first().waitFor();
  assert.equal(await rows.count(), COLUMNS);
  // A row ends where the next begins: 2^23 · 33 / 32 ns.
  assert.equal(
    await rows.nth(0).innerText(),
    '0\t1\t1\t0\t0\t0\t8.65 ms\t8.65 ms\t8.65 ms\t50 µs\t–\t0\t0',
  );
  assert.equal(await rows.nth(70).innerText(), '700 ms\t1\t0\t1\t0\t1\t–\t–\t–\t50 µs\t–\t0\t0');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(
    `axe finds nothing against contrast, labels and structure of the ${colorScheme} theme`,
    { skip },
    async (t) => {
      const streams = [madeStream(40_001, 50, 1), madeStream(40_002, 50, 39)];
      const { page } = await openReport(t, scenario({ streams }), { colorScheme });
      for (const summary of await page.locator('summary').all()) await summary.click();
      assert.deepEqual(await axeFindings(page), []);
    },
  );
}

async function groundOf(page: Page): Promise<string> {
  return await page.evaluate('getComputedStyle(document.body).backgroundColor');
}

test(
  'the theme is the system’s until the button is pressed, and pictures follow',
  { skip },
  async (t) => {
    const { page } = await openReport(t, scenario(), { colorScheme: 'dark' });
    const [dark, darkPicture] = [await groundOf(page), await readColumns(page)];
    await page.getByRole('button', { name: 'Light theme' }).click();
    const light = await groundOf(page);
    assert.notEqual(light, dark);
    assert.notDeepEqual(await readColumns(page), darkPicture);
    await page.getByRole('button', { name: 'Dark theme' }).click();
    assert.equal(await groundOf(page), dark);
    await page.emulateMedia({ colorScheme: 'light' });
    assert.equal(await groundOf(page), dark);
  },
);

test('on paper it is light, without buttons, and not cut', { skip }, async (t) => {
  const { page } = await openReport(t, scenario(), { colorScheme: 'dark' });
  await page.emulateMedia({ media: 'print' });
  // Media are told to a page when it draws its next frame.
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done)))');
  assert.equal(await groundOf(page), 'rgb(255, 255, 255)');
  assert.ok(!(await page.getByRole('button').first().isVisible()));
  const gap = (await readColumns(page))[50]!;
  assert.ok(isNear(gap.ground, [213, 94, 0]), 'the picture has the colours of the light theme');
  // A4 less its margins.
  await page.setViewportSize({ width: 718, height: 1000 });
  // The plots take their new width when they are told of it, in a later frame.
  const fits = (): Promise<boolean> =>
    page.evaluate<boolean>('document.documentElement.scrollWidth <= 718');
  await until(fits, 'a page as wide as the paper');
  const pdf = await page.pdf({ format: 'A4' });
  const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? [];
  assert.ok(pages.length >= 1 && pages.length <= 4, `${pages.length} pages`);
});

test('a phone shows it without sideways scrolling', { skip }, async (t) => {
  const { page } = await openReport(t, scenario(), {
    viewport: { width: 375, height: 800 },
  });
  assert.ok(await page.evaluate<boolean>('document.documentElement.scrollWidth <= 375'));
});

test('a measurement without a reply has a page too', { skip }, async (t) => {
  const result = scenario({
    datagrams: counts({ sent: 100, lost: 100, lossRatio: 1 }),
    lossRuns: {
      count: 1,
      longest: 100,
      meanLength: 100,
      atEnd: 100,
      runsByLength: [...Array<number>(63).fill(0), 1],
    },
    rttNs: NO_VALUES,
    hostDrops: madeResult().hostDrops,
  });
  const empty = { ...result.echogram, rttRows: result.echogram.rttRows.map(() => []) };
  const { page, complaints } = await openReport(t, { ...result, echogram: empty });
  assert.equal(await page.locator('h1').innerText(), '✕\nUDP does not work.');
  assert.equal(
    await page.locator('#distribution .readout').innerText(),
    'No reply arrived in time.',
  );
  await page.getByText('64 and more').waitFor();
  assert.deepEqual(complaints, []);
});

test('a live page follows the measurement, and shows its end', { skip }, async (t) => {
  const options = { host: '127.0.0.1', port: 0, token: undefined, onFault: assert.ifError };
  await using live = await LivePage.open(options);
  const { schema, tool, config, supplied, target, startedAt } = scenario();
  live.begin({ schema, tool, config, supplied, target, startedAt }, [40_001]);
  const { page, complaints } = await openUrl(t, live.url);
  await page.getByText('Nothing is known yet.').waitFor();
  live.add(MADE_REPLY);
  await page.getByText('0 lost of 1 in the last 2 ms').waitFor();
  await live.end(scenario());
  await page.getByText('40 % lost: a run of 40').waitFor();
  // Reading canvases often is what Chromium complains of.
  assert.deepEqual(complaints, []);
  const columns = await readColumns(page);
  assert.ok(columns[0]!.echoes.length > 0);
});

test('a live page tells right now beside the whole run, and can be paused', { skip }, async (t) => {
  const options = { host: '127.0.0.1', port: 0, token: undefined, onFault: assert.ifError };
  await using live = await LivePage.open(options);
  const { schema, tool, config, supplied, target, startedAt } = scenario();
  live.begin({ schema, tool, config, supplied, target, startedAt }, [40_001]);
  live.add(MADE_REPLY);
  const { page } = await openUrl(t, live.url);
  await page.getByText(/^Last reply .* ago\.$/).waitFor();
  const headings = await page.locator('.now thead th').allInnerTexts();
  assert.match(headings.join(', '), /^Figure, Last .*, Whole run$/);
  const answered = page.locator('.now tbody tr').first();
  assert.equal(await answered.innerText(), 'Answered\t1\t1');
  await page.getByRole('button', { name: 'Pause' }).click();
  live.add({ ...MADE_REPLY, sequence: 1 } as ProbeRecord);
  await page.getByText(/^Paused, .* and 1 probe behind\. The measurement goes on\.$/).waitFor();
  assert.equal(await answered.innerText(), 'Answered\t1\t1');
  await live.end(scenario());
  await page.getByText('The measurement has ended: resume to see its result.').waitFor();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByText('40 % lost: a run of 40').waitFor();
  assert.ok(!(await page.locator('.livebar').isVisible()));
});
