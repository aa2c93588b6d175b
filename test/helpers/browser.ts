// Chromium of the distribution, without a window, and what a page did in it.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import type { SessionResult } from '../../src/client/session/session-result.ts';
import { pageData } from '../../src/report/page-data.ts';
import { pageHtml } from '../../src/report/page-html.ts';
import { temporaryFolder } from './temporary-folder.ts';

let starting: Promise<Browser> | undefined;

/** The browser of this test file, which ends with it. */
function sharedBrowser(): Promise<Browser> {
  starting ??= startBrowser();
  return starting;
}

after(async () => {
  const browser = await starting;
  await browser?.close();
});

async function startBrowser(): Promise<Browser> {
  const { stdout } = spawnSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' });
  // Chromium's sandbox refuses root.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return await chromium.launch({ executablePath: stdout.trim(), args });
}

export interface OpenPage {
  readonly page: Page;
  /** What it complained of: errors, refused connections, dialogs. */
  readonly complaints: readonly string[];
  /** What it asked for, beside itself. */
  readonly requests: readonly string[];
}

/** Opens an address in a window of its own, which sees no network beyond this host. */
export async function openUrl(
  t: TestContext,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const viewport = { width: 1280, height: 900 };
  const browser = await sharedBrowser();
  const context = await browser.newContext({ viewport, ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url() !== url) requests.push(request.url());
  });
  await page.goto(url);
  await page.waitForSelector('.u-wrap canvas');
  return { page, complaints, requests };
}

/** Opens the page of a result as a reader would: from a file, without a network. */
export async function openReport(
  t: TestContext,
  result: SessionResult,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const folder = temporaryFolder(t);
  const file = join(folder, 'page.html');
  writeFileSync(file, pageHtml(pageData(result)));
  return await openUrl(t, pathToFileURL(file).href, { offline: true, ...options });
}
