// Runs the compiled tests: every *.test.js under .build/test, or those whose path contains a word given.
// Node 20 takes no globs after --test and Node 22 takes no folders, so the files are listed here.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const words = process.argv.slice(2);
const files = readdirSync('.build/test', { recursive: true })
  .map((file) => join('.build/test', file))
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort();

if (files.length === 0) {
  process.stderr.write(`no test file's path contains ${words.join(' or ')}\n`);
  process.exit(2);
}

const nodeFlags = [
  '--throw-deprecation',
  '--enable-source-maps',
  '--test',
  '--test-timeout=120000',
];
const { status } = spawnSync(process.execPath, [...nodeFlags, ...files], { stdio: 'inherit' });
process.exit(status ?? 1);
