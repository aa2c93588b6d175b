// Version, changelog and schemas in step. With --tag v1.2.3 also whether this commit can be released as that:
//
//   node scripts/release/check.js [--tag TAG] [--repository OWNER/NAME]

import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { sectionsOf } from './changelog.js';
import { schemaProblems } from './schema-problems.js';
import { contradictions } from './stated-versions.js';

const NOT_YET = /not in (?:the npm|a) registry yet|, not released\./;

const options = { tag: { type: 'string' }, repository: { type: 'string' } };
const { tag, repository } = parseArgs({ options }).values;
const problems = [...contradictions(), ...schemaProblems(), ...changelogProblems()];
if (tag !== undefined) problems.push(...tagProblems(tag));
if (repository !== undefined) problems.push(...repositoryProblems(repository));
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;

function changelogProblems() {
  const sections = sectionsOf(readFileSync('CHANGELOG.md', 'utf8'));
  const [first, ...released] = sections;
  const versions = sections.map(({ version }) => version);
  const problems = released
    .filter(({ date, text }) => date === undefined || text === '')
    .map(({ version }) => `CHANGELOG.md: ${version} needs a date and what has changed`);
  if (first?.version !== 'Unreleased') problems.push('CHANGELOG.md must begin with [Unreleased]');
  if (new Set(versions).size !== versions.length) problems.push('CHANGELOG.md has a version twice');
  return problems;
}

function tagProblems(name) {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const [, latest] = sectionsOf(readFileSync('CHANGELOG.md', 'utf8'));
  const problems = [];
  if (name !== `v${version}`) problems.push(`the tag must be v${version}, got ${name}`);
  if (latest?.version !== version) {
    problems.push(`CHANGELOG.md: the latest release must be ${version}, got ${latest?.version}`);
  }
  for (const file of ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)]) {
    if (file.endsWith('.md') && NOT_YET.test(readFileSync(file, 'utf8'))) {
      problems.push(`${file} says that it is not released yet`);
    }
  }
  return problems;
}

/** npm compares it with the identity of the run before it takes a provenance. */
function repositoryProblems(wanted) {
  const { repository: stated } = JSON.parse(readFileSync('package.json', 'utf8'));
  const url = typeof stated === 'string' ? stated : stated?.url;
  if (url?.replace(/\.git$/, '').endsWith(`/${wanted}`)) return [];
  return [`package.json: repository.url must be that of ${wanted}, got ${url}`];
}
