// Chromium of the distribution, without a window, and what a page did in it.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import type { SessionResult } from '../../src/client/session/session-result.ts';
import type { LoadResult } from '../../src/load/load-result.ts';
import { loadPageData } from '../../src/report/load-page-data.ts';
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
  const opened = await openWindow(t, options);
  await opened.page.goto(url);
  await opened.page.waitForSelector('#summary');
  return opened;
}

/** A window that shows nothing yet. */
export async function openWindow(
  t: TestContext,
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
    if (!request.isNavigationRequest()) requests.push(request.url());
  });
  return { page, complaints, requests };
}

/** Opens the page of a result as a reader would: from a file, without a network. */
export async function openReport(
  t: TestContext,
  result: SessionResult,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  return await openHtml(t, pageHtml(pageData(result)), options);
}

/** The same for a load. */
export async function openLoadReport(
  t: TestContext,
  result: LoadResult,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  return await openHtml(t, pageHtml(loadPageData(result)), options);
}

async function openHtml(
  t: TestContext,
  html: string,
  options: BrowserContextOptions,
): Promise<OpenPage> {
  const folder = temporaryFolder(t);
  const file = join(folder, 'page.html');
  writeFileSync(file, html);
  return await openUrl(t, pathToFileURL(file).href, { offline: true, ...options });
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: unknown; readonly failureSummary: string }[];
}

/** What axe finds against contrast, labels and structure of what a page shows. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<{ violations: readonly Violation[] }>('axe.run()');
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes[0]!.failureSummary} ${JSON.stringify(nodes[0]!.target)}`,
  );
}
