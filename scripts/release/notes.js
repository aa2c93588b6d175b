// Prints what a version has changed, as CHANGELOG.md says: node scripts/release/notes.js 1.2.3

import { readFileSync } from 'node:fs';
import { sectionsOf } from './changelog.js';

const [wanted] = process.argv.slice(2);
const section = sectionsOf(readFileSync('CHANGELOG.md', 'utf8')).find(
  ({ version }) => version === wanted,
);
if (section === undefined || section.text === '') {
  process.stderr.write(`CHANGELOG.md says nothing of ${wanted}\n`);
  process.exit(1);
}
process.stdout.write(`${section.text}\n`);
