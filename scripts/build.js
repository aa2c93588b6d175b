// Builds dist/ from src/, the same on every platform: clean, compile, bundle the pages, the validators and the
// command line, make the program executable.
//
// With --tests it also compiles the sources and the tests to .build/, at the same time. That checks the types of
// all, so dist/ is then written without checking them once more.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, rmSync } from 'node:fs';

const TSC = 'node_modules/typescript/bin/tsc';
const PAGES = ['report/page', 'web/watch-page'];
const MADE = [...PAGES.map((page) => `${page}/page.html`), 'schema/schema-validators.js'];

const isWithTests = process.argv.includes('--tests');
rmSync('dist', { recursive: true, force: true });

const made = await Promise.all([
  run(TSC, '-p', 'tsconfig.build.json', ...(isWithTests ? ['--noCheck'] : [])),
  ...(isWithTests ? [run(TSC, '-p', 'tsconfig.test.json')] : []),
  ...PAGES.map((page) => run('scripts/build-page.js', `src/${page}`, `dist/${page}`)),
  run('scripts/build-validators.js', 'dist/schema'),
]);
const failed = made.find((status) => status !== 0);
if (failed !== undefined) process.exit(failed);

const bundled = await run('scripts/build-bundles.js', ...(isWithTests ? ['--source-maps'] : []));
if (bundled !== 0) process.exit(bundled);

if (isWithTests) {
  for (const file of MADE) cpSync(`dist/${file}`, `.build/src/${file}`);
}
// npm does this on installing; here it is for a link to the checkout, or a direct call.
chmodSync('dist/cli/bin.cjs', 0o755);

/** Resolves with the exit code of a program of Node's. */
async function run(...args) {
  const [status] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
  return status ?? 1;
}
