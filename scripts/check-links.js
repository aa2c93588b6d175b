// Finds links of this project's Markdown files that lead nowhere in it.

import { brokenLinks } from './markdown-links.js';

const broken = brokenLinks(process.cwd());
if (broken.length > 0) {
  process.stderr.write(`links that lead nowhere:\n${broken.join('\n')}\n`);
  process.exitCode = 1;
}
