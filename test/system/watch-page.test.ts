// The pages of a watch that really runs: what it measures is what they show, as it happens.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiTargetDetails } from '../../src/web/watch-api.ts';
import { openUrl } from '../helpers/browser.ts';
import { until } from '../helpers/deadline.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { startEchogram } from '../helpers/programs.ts';
import { needsProgram } from '../helpers/skips.ts';

const skip = needsProgram('chromium');

test(
  'a target that dies turns red without a reload, and a watch that ends turns all grey',
  { skip },
  async (t) => {
    const [one, other] = [await PlainEcho.open(), await PlainEcho.open()];
    t.after(() => one[Symbol.asyncDispose]());
    const targets = [one, other].map(({ port }) => `127.0.0.1:${port}`);
    const watch = startEchogram(t, [
      'watch',
      ...targets,
      '-i',
      '50ms',
      '-W',
      '1s',
      '--listen',
      '0',
    ]);
    await watch.untilStderr(/page at http:\S+,/);
    const url = /page at (\S+),/.exec(watch.stderr)![1]!;
    const { page, complaints, requests } = await openUrl(t, url);
    const headline = async (): Promise<string> =>
      (await page.locator('h1').innerText()).split('\n').at(-1)!;
    await until(async () => (await headline()) === 'All 2 targets work', 'replies of both');

    await other[Symbol.asyncDispose]();
    await until(async () => (await headline()) === '1 of 2 targets is down', 'the death of one');
    assert.equal(await page.locator('.row .name a').first().innerText(), targets[1]);
    assert.equal(await page.locator('.row').first().getAttribute('data-tone'), 'down');

    await page.locator('.row .name a').first().click();
    await page.waitForSelector('#counts td');
    await until(
      async () => (await page.locator('.legend li').count()) > 0,
      'losses in the picture',
    );
    const key = new URL(page.url()).searchParams.get('key')!;
    const answer = await fetch(`${url}api/v1/target?${new URLSearchParams({ key }).toString()}`);
    const { counts } = (await answer.json()) as ApiTargetDetails;
    assert.ok(counts.received > 0 && counts.lost > 0);
    assert.deepEqual(complaints, []);
    assert.ok(
      requests.every((request) => request.startsWith(url)),
      requests.join(' '),
    );

    watch.child.kill('SIGINT');
    await watch.ended();
    const isGrey = async (): Promise<boolean> =>
      (await page.locator('.summary.unknown').count()) === 1;
    await until(isGrey, 'half a minute without news');
    assert.match(await page.locator('.sentence').innerText(), /^No news from the watch/);
  },
);
