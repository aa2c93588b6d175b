// The repository's own files, for tests that hold documents and sources to their promises.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The repository's root; this file runs from .build/test/helpers. */
const ROOT = new URL('../../../', import.meta.url);

/** The full path of a file or folder of the repository. */
export function repositoryPath(path: string): string {
  return fileURLToPath(new URL(path, ROOT));
}

/** The text of a file of the repository. */
export function repositoryText(path: string): string {
  return readFileSync(repositoryPath(path), 'utf8');
}
