// Everywhere that this project states its own version. package.json is the one that counts.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is around a version in documents and manifests. */
const IN_TEXT = [
  /(?<=\bechogram-)\d+\.\d+\.\d+(?:-[\w.]+)?(?=\.tgz\b)/g,
  /(?<=\b(?:localhost|ghcr\.io\/\S+)\/echogram:)\d+\.\d+\.\d+(?:-[\w.]+)?/g,
  /(?<=\bVERSION=)\d+\.\d+\.\d+(?:-[\w.]+)?/g,
  /(?<=app\.kubernetes\.io\/version: ')[^']+/g,
];

const PLACES = [
  { file: 'src/version.ts', patterns: [/(?<=export const VERSION = ')[^']+/g] },
  { file: 'deploy/helm/echogram/Chart.yaml', patterns: [/(?<=^(?:version|appVersion): ')[^']+/gm] },
  { file: 'README.md', patterns: [/(?<=^Version )\d+\.\d+\.\d+(?:-[\w.]+)?/gm, ...IN_TEXT] },
  ...filesIn('docs', /\.md$/).map((file) => ({ file, patterns: IN_TEXT })),
  ...filesIn('deploy/kubernetes', /\.yaml$/).map((file) => ({ file, patterns: IN_TEXT })),
];

function filesIn(folder, name) {
  return readdirSync(folder)
    .filter((file) => name.test(file))
    .map((file) => join(folder, file));
}

/** Each place with the text around replaced, as far as it states another version. */
export function restated(version) {
  return PLACES.map(({ file, patterns }) => {
    const text = readFileSync(file, 'utf8');
    const changed = patterns.reduce((result, pattern) => result.replace(pattern, version), text);
    return { file, text, changed };
  }).filter(({ text, changed }) => text !== changed);
}

/** What contradicts `package.json`, in words. */
export function contradictions() {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const problems = restated(version).map(
    ({ file }) => `${file} states another version than ${version}`,
  );
  for (const locked of [lock.version, lock.packages[''].version]) {
    if (locked !== version) problems.push(`package-lock.json is of ${locked}, not of ${version}`);
  }
  for (const { file, patterns } of PLACES.slice(0, 2)) {
    const text = readFileSync(file, 'utf8');
    if (!patterns.some((pattern) => text.match(pattern)))
      problems.push(`${file} states no version`);
  }
  return problems;
}
