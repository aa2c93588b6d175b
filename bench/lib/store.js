// SPDX-License-Identifier: MIT
// Keeps a run: bench/runs/<date>-<kind>/ with README.md, raw.csv and summary.md.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const RUNS_FOLDER = fileURLToPath(new URL('../runs/', import.meta.url));

/**
 * Writes the files of a run into a folder of its own.
 *
 * @returns the folder's name under runs/
 */
export function store(kind, { readme, rows, summary }) {
  const date = new Date().toISOString().slice(0, 10);
  const taken = (name) => existsSync(`${RUNS_FOLDER}${name}`);
  let name = `${date}-${kind}`;
  for (let number = 2; taken(name); number++) name = `${date}-${kind}-${number}`;
  mkdirSync(`${RUNS_FOLDER}${name}`, { recursive: true });
  const write = (file, lines) => {
    writeFileSync(`${RUNS_FOLDER}${name}/${file}`, `${lines.join('\n')}\n`);
  };
  write('README.md', readme);
  write('summary.md', summary);
  write('raw.csv', csvOf(rows));
  return name;
}

function csvOf(rows) {
  const fields = Object.keys(rows[0]);
  return [fields.join(','), ...rows.map((row) => fields.map((field) => row[field]).join(','))];
}
