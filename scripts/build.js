// Builds dist/ from src/, the same on every platform: clean, compile, bundle the page and the validators,
// make the program executable.

import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });

const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'];
const { status } = spawnSync(process.execPath, tsc, { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

for (const args of [
  ['scripts/build-page.js', 'dist/report/page'],
  ['scripts/build-validators.js', 'dist/report'],
]) {
  const made = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (made.status !== 0) process.exit(made.status ?? 1);
}

// npm does this on installing; here it is for a link to the checkout, or a direct call.
chmodSync('dist/cli/bin.js', 0o755);
