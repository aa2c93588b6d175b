// SPDX-License-Identifier: MIT
// The C programs: servers, load generator, prober and packet capture.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where they are compiled to. */
export const BUILD_FOLDER = fileURLToPath(new URL('../.build', import.meta.url));

const SOURCE_FOLDER = fileURLToPath(new URL('../c/', import.meta.url));
const C_FLAGS = ['-O2', '-Wall', '-Wextra'];

/** Programs that need a library, and the header without which they are passed over. */
const LIBRARIES = {
  'server-stamp.c': { flags: ['-lcrypto'], header: '/usr/include/openssl/hmac.h' },
};

/** Why a program is passed over, or `undefined`. */
export function missingLibrary(source) {
  const header = LIBRARIES[source]?.header;
  return header === undefined || existsSync(header) ? undefined : `${header} is not there`;
}

/** Compiles all of them that can be. */
export function compile() {
  mkdirSync(BUILD_FOLDER, { recursive: true });
  const sources = readdirSync(SOURCE_FOLDER).filter(
    (name) => name.endsWith('.c') && missingLibrary(name) === undefined,
  );
  for (const source of sources) {
    const program = `${BUILD_FOLDER}/${source.slice(0, -2)}`;
    const args = [
      ...C_FLAGS,
      '-o',
      program,
      SOURCE_FOLDER + source,
      ...(LIBRARIES[source]?.flags ?? []),
    ];
    const { status, stderr, error } = spawnSync('gcc', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`gcc fails on ${source}: ${error?.message ?? stderr}`);
  }
}
