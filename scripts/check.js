// Runs every check:* script of package.json in its order, shows the output of those that fail, and
// goes on after a failure, so that one run tells all. Words choose checks: npm run check lint types

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const PREFIX = 'check:';

const npm = process.env.npm_execpath;
if (npm === undefined) {
  process.stderr.write('run it through npm: npm run check\n');
  process.exit(2);
}

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
const known = Object.keys(scripts).filter((name) => name.startsWith(PREFIX));
const wanted = process.argv.slice(2).map((word) => PREFIX + word);
const unknown = wanted.find((name) => !known.includes(name));
if (unknown !== undefined) {
  process.stderr.write(`${unknown} is not a script; known are ${known.join(', ')}\n`);
  process.exit(2);
}

const failed = known
  .filter((name) => wanted.length === 0 || wanted.includes(name))
  .filter((name) => !passes(name));
if (failed.length > 0) {
  process.stdout.write(`failed: ${failed.join(', ')}\n`);
  process.exitCode = 1;
}

function passes(name) {
  const startedAt = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [npm, 'run', '--silent', name], {
    encoding: 'utf8',
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`);
  if (status !== 0) process.stdout.write(`${stdout}${stderr}`);
  return status === 0;
}
