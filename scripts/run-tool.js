// Runs a program of tools/, as its lock has it, or a script of that folder; installs tools/ first where the lock has changed
// since. They are apart from the devDependencies as only these checks need them, and as one is another TypeScript.
//
// npm run check:unused is: node scripts/run-tool.js knip

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LOCK = join('tools', 'package-lock.json');
/** What was installed: the hash of the lock. */
const INSTALLED = join('tools', 'node_modules', '.echogram-lock');

const [program, ...args] = process.argv.slice(2);
installOnce();
if (program.endsWith('.js')) {
  process.exitCode = statusOf(process.execPath, [join('tools', program), ...args]);
} else {
  const path = join('tools', 'node_modules', '.bin', program);
  process.exitCode = statusOf(path, args, { shell: process.platform === 'win32' });
}

function installOnce() {
  const hash = createHash('sha256').update(readFileSync(LOCK)).digest('hex');
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === hash) return;
  const npm = process.env.npm_execpath;
  if (npm === undefined) {
    process.stderr.write('run it through npm: npm run check\n');
    process.exit(2);
  }
  const status = statusOf(process.execPath, [npm, 'ci', '--silent', '--prefix', 'tools']);
  if (status !== 0) process.exit(status);
  writeFileSync(INSTALLED, hash);
}

function statusOf(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (error !== undefined) process.stderr.write(`${command}: ${error.message}\n`);
  return status ?? 1;
}
