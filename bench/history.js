// A year of a hundred targets in the history's file, fed as columns of ten seconds by a simulated clock: its size by
// tier against docs/history.md, whether the tiers hold the same, and how long the page's questions take.
//
// Each target's round-trip times spread over the rows as those of a quiet LAN, a WAN or Wi-Fi do. What a tier takes in a
// year follows from the size of its row. `--days N` (default 1) and `--targets N` (default 100) say how much is fed;
// `--once` is a short run.

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { noCounts } from '../dist/watch/counts.js';
import { encodeRttRows } from '../dist/watch/rtt-rows.js';
import { openHistory } from '../dist/watch/history/open-history.js';
import { rowLowNs, rowOf } from '../dist/stats/echogram.js';

/** Bytes of a row, as docs/history.md has them, and how many rows of a target a tier keeps. */
const TIERS = [
  ['col10', 87, (2 * 86_400) / 10],
  ['col60', 123, (14 * 86_400) / 60],
  ['col600', 227, (365 * 86_400) / 600],
  ['col3600', 297, (730 * 86_400) / 3_600],
];

const PROBES = 100;
const START_MS = Date.UTC(2026, 0, 1);

const isOnce = process.argv.includes('--once');
const daysAt = process.argv.indexOf('--days');
const days = daysAt > 0 ? Number(process.argv[daysAt + 1]) : isOnce ? 0.05 : 1;
const targetsAt = process.argv.indexOf('--targets');
const targets = targetsAt > 0 ? Number(process.argv[targetsAt + 1]) : isOnce ? 10 : 100;

let seed = 7;
const random = () => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
  return seed / 0x7fffffff;
};
const normal = () => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());

/** Round-trip time of a probe in nanoseconds: median, spread of its logarithm, and how far and often it strays. */
const PATHS = [
  { medianNs: 200e3, spread: 0.06, tail: 0.01 },
  { medianNs: 20e6, spread: 0.02, tail: 0.01 },
  { medianNs: 4e6, spread: 0.2, tail: 0.03 },
];

function rttNs({ medianNs, spread, tail }) {
  const stray = random() < tail ? 1 + 4 * random() : 1;
  return Math.max(1024, Math.round(medianNs * Math.exp(spread * normal()) * stray));
}

function column(target, startMs) {
  const path = PATHS[target % PATHS.length];
  const rows = new Map();
  const lost = random() < 0.02 ? 1 : 0;
  let [min, max, sum] = [Infinity, 0, 0];
  for (let probe = lost; probe < PROBES; probe++) {
    const rtt = rttNs(path);
    min = Math.min(min, rtt);
    max = Math.max(max, rtt);
    sum += rtt;
    rows.set(rowOf(rtt), (rows.get(rowOf(rtt)) ?? 0) + 1);
  }
  return {
    key: `target-${target} default`,
    startMs,
    widthMs: 10_000,
    counts: { ...noCounts(), received: PROBES - lost, lost },
    rttNs: { min, max, sum },
    rttRows: encodeRttRows(rows),
    hostDropped: 0,
    isFinal: true,
  };
}

const folder = mkdtempSync(join(tmpdir(), 'echogram-history-'));
try {
  await measure(join(folder, 'watch.db'));
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(path) {
  let nowMs = START_MS;
  const history = await openHistory({ path, now: () => nowMs });
  const steps = Math.round((days * 86_400) / 10);
  const began = process.hrtime.bigint();
  for (let step = 0; step < steps; step++) {
    nowMs += 10_000;
    history.write(Array.from({ length: targets }, (_, target) => column(target, nowMs - 10_000)));
    // Not faster than it writes.
    if (step % 60 === 59) await history.series();
  }
  // Until the last hour is merged.
  nowMs = START_MS + Math.ceil((days * 86_400_000) / 3_600_000) * 3_600_000 + 3_700_000;
  history.write([column(0, nowMs - 10_000)]);
  await history.series();
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  print(
    `fed ${steps * targets} columns (${days} days of ${targets} targets) in ${seconds.toFixed(1)} s`,
  );
  const endMs = START_MS + days * 86_400_000;
  await timed('target page, 3 h in 512 columns', 50, () =>
    history.columns({
      keys: ['target-1 default'],
      fromMs: endMs - 10_800_000,
      toMs: endMs,
      mostColumns: 512,
    }),
  );
  await timed('overview, 3 h in 180 columns of all', 100, () =>
    history.columns({ fromMs: endMs - 10_800_000, toMs: endMs, mostColumns: 180 }),
  );
  await history[Symbol.asyncDispose]();
  print(`file ${(statSync(path).size / 2 ** 20).toFixed(1)} MiB`);
  tellSizes(path);
}

async function timed(what, limitMs, ask) {
  const times = [];
  let columns = 0;
  for (let run = 0; run < 11; run++) {
    const began = performance.now();
    ({
      columns: { length: columns },
    } = await ask());
    times.push(performance.now() - began);
  }
  const median = times.sort((a, b) => a - b)[5];
  print(`${what}: ${columns} columns, median ${median.toFixed(1)} ms of 11 (limit ${limitMs})`);
}

/** Bytes that each table takes in pages, for each row; and the sums, which must be the same in each tier. */
function tellSizes(path) {
  const database = new DatabaseSync(path, { readOnly: true });
  const endS = START_MS / 1000 + days * 86_400;
  let year = 0;
  const sums = new Set();
  for (const [table, documented, kept] of TIERS) {
    const { n, bytes, received } = database
      .prepare(
        `SELECT count(*) AS n, sum(received) FILTER (WHERE t < ${endS}) AS received, (SELECT sum(pgsize) FROM dbstat WHERE name = '${table}') AS bytes FROM ${table}`,
      )
      .get();
    sums.add(received);
    const size = bytes / n;
    year += size * kept * 100;
    const ratio = ((100 * size) / documented - 100).toFixed(1);
    print(`${table}: ${n} rows of ${size.toFixed(1)} bytes, documented ${documented} (${ratio} %)`);
  }
  database.close();
  print(
    `tiers hold the same: ${sums.size === 1}; a year of 100 targets: ${(year / 1e9).toFixed(2)} GB`,
  );
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
