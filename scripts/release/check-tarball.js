// What the tarball for npm holds: nothing but what it is meant to, and within a size. From `npm pack --json`:
//
//   npm pack --dry-run --json | node scripts/release/check-tarball.js

import { readFileSync } from 'node:fs';

/** Each file of the tarball is one of these; each of these has a file. */
const MEANT = [
  /^(?:CHANGELOG|CONTRIBUTING|README|SECURITY)\.md$/,
  /^LICENSE$/,
  /^package\.json$/,
  /^dist\/(?:[a-z0-9-]+\/)*[A-Za-z0-9-]+(?:\.d\.ts|\.js|\.cjs|\.html|\.css)$/,
  /^dist\/cli\/LICENSES\.txt$/,
  /^docs\/[a-z-]+\.md$/,
  /^docs\/pictures\/[a-z-]+\.(?:png|svg)$/,
  /^schema\/echogram\.[a-z-]+-\d+\.json$/,
  /^bench\/runs\/.+/,
  /^examples\/watch\.yaml$/,
];

/** A quarter more than in November 2026. */
const MOST_BYTES = { size: 3_600_000, unpackedSize: 11_500_000 };

const [tarball] = JSON.parse(readFileSync(0, 'utf8'));
const paths = tarball.files.map(({ path }) => path);
const problems = [
  ...paths.filter((path) => !MEANT.some((one) => one.test(path))).map((path) => `stray: ${path}`),
  ...MEANT.filter((one) => !paths.some((path) => one.test(path))).map((one) => `none is ${one}`),
  ...Object.entries(MOST_BYTES)
    .filter(([name, most]) => tarball[name] > most)
    .map(([name, most]) => `${name} must be at most ${most} bytes, got ${tarball[name]}`),
];
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`${tarball.filename}: ${paths.length} files, ${tarball.size} bytes\n`);
if (problems.length > 0) process.exitCode = 1;
