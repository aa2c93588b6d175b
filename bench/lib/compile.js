// SPDX-License-Identifier: MIT
// The C programs: servers, load generator, prober and packet capture.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where they are compiled to. */
export const BUILD_FOLDER = fileURLToPath(new URL('../.build', import.meta.url));

const SOURCE_FOLDER = fileURLToPath(new URL('../c/', import.meta.url));
const C_FLAGS = ['-O2', '-Wall', '-Wextra'];

/** Compiles all of them. */
export function compile() {
  mkdirSync(BUILD_FOLDER, { recursive: true });
  const sources = readdirSync(SOURCE_FOLDER).filter((name) => name.endsWith('.c'));
  for (const source of sources) {
    const program = `${BUILD_FOLDER}/${source.slice(0, -2)}`;
    const args = [...C_FLAGS, '-o', program, SOURCE_FOLDER + source];
    const { status, stderr, error } = spawnSync('gcc', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`gcc fails on ${source}: ${error?.message ?? stderr}`);
  }
}
