// Makes docs/pictures/ anew: real measurements on loopback against a server that impairs them; their pages and the live
// view photographed in Chromium; and the pages of a watch, whose past is made up, as hours are needed for it. Needs dist/
// and .build/ (npm run pretest), chromium and tmux, and UDP port 10000. Half a minute.
// usage: node scripts/take-pictures.js [page] [live-view] [watch]

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { terminalSvg } from './terminal-svg.js';

const BIN = 'dist/cli/bin.cjs';
const FOLDER = 'docs/pictures';

const IMPAIRMENT = 'loss=2%,delay=12ms±4ms,duplicate=1%,reorder=2%,corrupt=0.3%,seed=42';

const PICTURES = { page: takePage, 'live-view': takeLiveView, watch: takeWatch };

const asked = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), 'echogram-pictures-'));
try {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, take] of Object.entries(PICTURES)) {
    if (asked.length === 0 || asked.includes(name)) await take();
  }
} finally {
  rmSync(work, { recursive: true });
}

/** A server that stands still for a moment in the middle. */
async function takePage() {
  const server = await serve(IMPAIRMENT);
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
  await holdUp(server, 900);
  await ended;
  server.child.kill('SIGKILL');
  await photographPage(page);
}

/** A terminal of a real size, in which the measurement runs from its first probe to its verdict. */
async function takeLiveView() {
  const server = await serve('loss=2%,delay=12ms±4ms,seed=5', 10_000);
  const args = ['--rate', '50', '-w', '20s', '-W', '300ms'];
  const target = '127.0.0.1';
  const size = ['-x', '96', '-y', '32'];
  const command = ['env', 'LANG=C.UTF-8', process.execPath, BIN, 'ping', target, ...args];
  const keep = ['set', '-g', 'remain-on-exit', 'on', ';', 'set', '-g', 'status', 'off', ';'];
  const terminal = ['set', '-g', 'default-terminal', 'tmux-256color', ';'];
  tmux(
    '-f',
    '/dev/null',
    'start-server',
    ';',
    ...terminal,
    ...keep,
    'new-session',
    '-d',
    ...size,
    ...command,
  );
  try {
    await sleep(9000);
    await holdUp(server, 1500);
    while (tmux('display-message', '-p', '#{pane_dead}').trim() !== '1') await sleep(200);
    const screen = linesOf(tmux('capture-pane', '-p', '-e'));
    await photographTerminal(screen, `echogram ping ${target} ${args.join(' ')}`);
  } finally {
    tmux('kill-server');
    server.child.kill('SIGKILL');
  }
}

/** The scene of the tests: a target in each state. */
async function takeWatch() {
  const helpers = '../.build/test/helpers';
  const { serveWatchPages } = await import(`${helpers}/watch-pages.js`);
  const { scene } = await import(`${helpers}/made-scene.js`);
  const pages = await serveWatchPages({ after: () => undefined }, scene());
  const paths = { overview: '', target: 'target?key=lisbon+default&last=6h', matrix: 'matrix' };
  await inBothThemes({ width: 1200, height: 860 }, 1, async (view, theme) => {
    // The documents show them in one.
    if (theme === 'dark') return;
    for (const [name, path] of Object.entries(paths)) {
      await view.goto(`${pages.url}${path}`);
      await view.waitForSelector('canvas[aria-label], .legend b, .matrix');
      await view.screenshot({ path: join(FOLDER, `watch-${name}-${theme}.png`) });
    }
  });
  await pages.stop();
}

/** From the picture's title on, without the blank lines at the end, and what tmux says there. */
function linesOf(screen) {
  const lines = screen
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('Pane is dead'));
  while (lines.at(-1) === '') lines.pop();
  return lines.slice(lines.findIndex((line) => / port \d+, /.test(line)));
}

function tmux(...args) {
  return execFileSync('tmux', ['-S', join(work, 'tmux'), ...args], { encoding: 'utf8' });
}

async function holdUp({ child }, ms) {
  child.kill('SIGSTOP');
  await sleep(ms);
  child.kill('SIGCONT');
}

async function serve(plan, port = 0) {
  const args = ['serve', '--host', '127.0.0.1', '--port', String(port), '--impair', plan];
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  child.stdout.setEncoding('utf8');
  let said = '';
  while (!/ port \d+\n/.test(said)) said += (await once(child.stdout, 'data'))[0];
  child.stdout.resume();
  return { child, port: Number(/ port (\d+)/.exec(said)[1]) };
}

async function photographPage(page) {
  await inBothThemes({ width: 1200, height: 860 }, 1, async (view, theme) => {
    await view.goto(pathToFileURL(page).href);
    await view.waitForSelector('.u-wrap canvas');
    await view.screenshot({ path: join(FOLDER, `page-${theme}.png`) });
    await view.locator('#echogram').screenshot({ path: join(FOLDER, `echogram-${theme}.png`) });
  });
}

async function photographTerminal(screen, title) {
  await inBothThemes({ width: 1200, height: 900 }, 1.5, async (view, theme) => {
    await view.setContent(`<body style="margin:0">${terminalSvg(screen, title, theme)}</body>`);
    const path = join(FOLDER, `live-view-${theme}.png`);
    await view.locator('svg').screenshot({ path, omitBackground: true });
  });
}

async function inBothThemes(viewport, deviceScaleFactor, photograph) {
  const { stdout } = spawnSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' });
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath: resolve(stdout.trim()), args });
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ viewport, deviceScaleFactor, colorScheme });
    await photograph(await context.newPage(), colorScheme);
    await context.close();
  }
  await browser.close();
}

function sleep(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
