// Runs the compiled tests. Without words: the quick suite, which is every test/**/*.test.ts but those in
// test/system. With --system: those alone. Words choose, from both suites, the files whose path contains
// one; after --system from that one.
//
// Node 20 takes no globs after --test and Node 22 takes no folders, so the files are listed here, from
// the sources: a renamed test leaves its old output in .build.
//
// ECHOGRAM_ALLOWED_SKIPS names a file of reasons, one a line; a skip for any other reason then fails
// the run. Without it every skip passes, as on a laptop that lacks root or another tool.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, sep } from 'node:path';

/** Of a file as a whole too. Each wait of a test has a deadline of its own, far shorter. */
const TIMEOUT_MS = { quick: 300_000, system: 900_000 };

/**
 * Files at a time. Half of a quick test is waiting for a program or a timeout, so two files a processor
 * keep it busy. A system test floods, or sets what the whole machine shares: it runs alone.
 */
const FILES_AT_A_TIME = { quick: 2 * availableParallelism(), system: 1 };

const SYSTEM_FOLDER = join('.build', 'test', 'system') + sep;

const [isSystemRun, words] = parse(process.argv.slice(2));
const files = testFiles(isSystemRun, words);
if (files.length === 0) {
  process.stderr.write(`no test file's path contains ${words.join(' or ')}\n`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'echogram-test-'));
try {
  const skipsFile = join(folder, 'skips.jsonl');
  const status = runTests(files, skipsFile);
  const mayPass = reportSkips(skipsFile);
  process.exitCode = status === 0 && !mayPass ? 1 : status;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function parse([first, ...rest]) {
  if (first === '--system') return [true, rest];
  return [false, first === undefined ? [] : [first, ...rest]];
}

function testFiles(isSystemRun, words) {
  const isWanted = (file) => {
    if (words.length > 0 && !words.some((word) => file.includes(word))) return false;
    return isSystemTest(file) ? isSystemRun || words.length > 0 : !isSystemRun;
  };
  return readdirSync('test', { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join('.build', 'test', file.replace(/\.ts$/, '.js')))
    .filter(isWanted)
    .sort();
}

function isSystemTest(file) {
  return file.startsWith(SYSTEM_FOLDER);
}

function runTests(files, skipsFile) {
  const suite = files.some(isSystemTest) ? 'system' : 'quick';
  const flags = [
    '--throw-deprecation',
    '--enable-source-maps',
    '--test',
    `--test-timeout=${TIMEOUT_MS[suite]}`,
    `--test-concurrency=${FILES_AT_A_TIME[suite]}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=./scripts/skips-reporter.js',
    `--test-reporter-destination=${skipsFile}`,
  ];
  return spawnSync(process.execPath, [...flags, ...files], { stdio: 'inherit' }).status ?? 1;
}

/** Prints what was skipped and why; false if the list of allowed reasons forbids it. */
function reportSkips(skipsFile) {
  const skips = linesOf(skipsFile).map((line) => JSON.parse(line));
  const allowed = allowedReasons();
  const forbidden = skips.filter(({ reason }) => allowed !== undefined && !allowed.has(reason));
  for (const { title, reason } of skips) process.stdout.write(`skipped: ${title} (${reason})\n`);
  if (forbidden.length === 0) return true;
  process.stderr.write(
    `${forbidden.length} of ${skips.length} skips have a reason that is not in ${process.env.ECHOGRAM_ALLOWED_SKIPS}\n`,
  );
  return false;
}

function allowedReasons() {
  const listFile = process.env.ECHOGRAM_ALLOWED_SKIPS;
  if (listFile === undefined || listFile === '') return undefined;
  return new Set(linesOf(listFile).filter((line) => !line.startsWith('#')));
}

function linesOf(file) {
  return readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '');
}
