// Makes docs/pictures/ anew: real measurements on loopback against a server that impairs them, and their
// pages photographed in Chromium. Needs dist/ (npm run build) and chromium. About half a minute.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const BIN = 'dist/cli/bin.js';
const FOLDER = 'docs/pictures';

const IMPAIRMENT = 'loss=2%,delay=12ms±4ms,duplicate=1%,reorder=2%,corrupt=0.3%,seed=42';

const work = mkdtempSync(join(tmpdir(), 'echogram-pictures-'));
try {
  mkdirSync(FOLDER, { recursive: true });
  const page = await measure();
  await photograph(page);
} finally {
  rmSync(work, { recursive: true });
}

/** A server that stands still for a moment in the middle; returns the path of the page. */
async function measure() {
  const server = await serve(0, IMPAIRMENT);
  const page = join(work, 'page.html');
  const args = ['--rate', '250', '-w', '12s', '-W', '300ms', '--flows', '16'];
  const target = `127.0.0.1:${server.port}`;
  const ping = spawn(
    process.execPath,
    [BIN, 'ping', target, ...args, '--quiet', '--report', page],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const ended = once(ping, 'exit');
  await sleep(6000);
  server.child.kill('SIGSTOP');
  await sleep(900);
  server.child.kill('SIGCONT');
  await ended;
  server.child.kill('SIGKILL');
  return page;
}

async function serve(port, plan) {
  const args = [
    'serve',
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--quiet',
    '--impair',
    plan,
  ];
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.setEncoding('utf8');
  let said = '';
  while (!/port \d+\n/.test(said)) said += (await once(child.stderr, 'data'))[0];
  child.stderr.resume();
  return { child, port: Number(/port (\d+)/.exec(said)[1]) };
}

async function photograph(page) {
  const { stdout } = spawnSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' });
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath: stdout.trim(), args });
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({
      viewport: { width: 1200, height: 860 },
      colorScheme,
    });
    const view = await context.newPage();
    await view.goto(pathToFileURL(page).href);
    await view.waitForSelector('.u-wrap canvas');
    await view.screenshot({ path: join(FOLDER, `page-${colorScheme}.png`) });
    const picture = view.locator('#echogram');
    await picture.screenshot({ path: join(FOLDER, `echogram-${colorScheme}.png`) });
    await context.close();
  }
  await browser.close();
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
