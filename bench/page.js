// SPDX-License-Identifier: MIT
// The page of a long run: how large it is, and how long a browser takes from opening the file to the picture.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { announce } from './lib/machine.js';
import { whyMissing } from './lib/programs.js';
import { spread } from './lib/statistics.js';
import { store } from './lib/store.js';
import { aligned, withEnds } from './lib/tables.js';
import { ECHOGRAM } from './lib/variants.js';

const { values: flags } = parseArgs({
  options: {
    probes: { type: 'string', default: '1000000' },
    rate: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '10' },
    once: { type: 'boolean', default: false },
    store: { type: 'boolean', default: false },
  },
});

/** Fills many rows of the picture, and gives it gaps. */
const IMPAIRMENT = 'loss=1%,delay=5ms±4ms,seed=42';

const TARGETS = { megabytes: 3, ms: 1000 };

await main();

async function main() {
  const header = announce([`Chromium: ${versionOfChromium()}`]);
  const missing = whyMissing('chromium');
  if (missing !== undefined) {
    console.log(`\nSkipped: all of it: ${missing}`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'echogram-page-'));
  const file = join(folder, 'page.html');
  try {
    await writePage(file);
    const bytes = statSync(file).size;
    const rows = (await openingsOf(file)).map((ms, index) => ({ round: index + 1, bytes, ms }));
    report(rows, header);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function versionOfChromium() {
  const { stdout, status } = spawnSync('chromium', ['--version'], { encoding: 'utf8' });
  return status === 0 ? /[\d.]+/.exec(stdout)[0] : 'absent';
}

/** A real measurement, through a bad network. */
async function writePage(file) {
  const probes = flags.once ? '2000' : flags.probes;
  const args = [
    ...['serve', '--host', '127.0.0.1', '--port', '0'],
    ...['--impair', IMPAIRMENT, '--json'],
  ];
  const server = spawn(process.execPath, [ECHOGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = await once(server.stdout.setEncoding('utf8'), 'data');
    server.stdout.resume();
    const { port } = JSON.parse(line.split('\n')[0]);
    const ping = ['ping', `127.0.0.1:${port}`, '--rate', flags.rate, '-c', probes, '--quiet'];
    const { status } = spawnSync(process.execPath, [ECHOGRAM, ...ping, '--report', file], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) throw new Error(`echogram ping ended with ${status}`);
  } finally {
    server.kill();
  }
}

/** Milliseconds from the opening to the second frame after the picture is there, in a new window each. */
async function openingsOf(file) {
  const args = process.getuid() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
  const openings = [];
  try {
    const rounds = flags.once ? 1 : Number(flags.rounds);
    for (let round = 1; round <= rounds; round++) {
      const context = await browser.newContext({ offline: true });
      const page = await context.newPage();
      const startedAt = performance.now();
      await page.goto(pathToFileURL(file).href);
      await page.waitForSelector('.u-wrap canvas');
      await page.evaluate(
        () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
      );
      openings.push(performance.now() - startedAt);
      await context.close();
    }
  } finally {
    await browser.close();
  }
  return openings;
}

function report(rows, header) {
  const ms = spread(rows.map((row) => row.ms));
  const megabytes = rows[0].bytes / 1e6;
  const summary = [
    ...aligned([
      ['probes', 'size MB', 'open ms, median (min–max)'],
      [
        flags.once ? '2000' : flags.probes,
        megabytes.toFixed(2),
        withEnds(ms, (value) => value.toFixed(0)),
      ],
    ]),
    '',
    `Aimed at: below ${TARGETS.megabytes} MB, and below ${TARGETS.ms} ms.`,
  ];
  console.log(['', ...summary].join('\n'));
  if (!flags.store) return;
  const readme = [
    '# A page run',
    '',
    `Command: \`npm run page -- ${process.argv.slice(2).join(' ')}\` in bench/`,
    '',
    `The server impairs: \`${IMPAIRMENT}\`. ${flags.rate} probes a second were asked for.`,
    '',
    ...header.map((line) => `- ${line}`),
  ];
  console.log(`\nstored in runs/${store('page', { readme, rows, summary })}`);
}
