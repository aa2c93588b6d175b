// Writes the version that `npm version` has put into package.json wherever else it is stated, and gives it the section of
// what was unreleased in CHANGELOG.md. npm runs it, and commits and tags what it has changed.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { withRelease } from './changelog.js';
import { restated } from './stated-versions.js';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const today = new Date().toISOString().slice(0, 10);

const files = restated(version);
for (const { file, changed } of files) writeFileSync(file, changed);
const changelog = withRelease(readFileSync('CHANGELOG.md', 'utf8'), version, today);
writeFileSync('CHANGELOG.md', changelog);

const changed = ['CHANGELOG.md', ...files.map(({ file }) => file)];
process.exitCode = spawnSync('git', ['add', '--', ...changed], { stdio: 'inherit' }).status ?? 1;
