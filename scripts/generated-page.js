// A page that a script makes from the program itself: written, or with --check compared.

import { readFileSync, writeFileSync } from 'node:fs';

/** Writes the page; with --check on the command line, fails where the file is another one. */
export function writePage(file, page, remedy) {
  if (!process.argv.includes('--check')) writeFileSync(file, page);
  else if (readFileSync(file, 'utf8') !== page) {
    process.stderr.write(`${file} is not what the program says; run ${remedy}\n`);
    process.exitCode = 1;
  }
}
