// Bundles a part of the program into one CommonJS file, because loading a hundred modules takes longer than a short
// measurement. Names stay as they are, so that a stack trace can be read.

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

/** The threads, as src/package-files.ts names them: the module of each, below src. */
export const THREADS = {
  'linux-worker': 'server/engines/linux-worker',
  'linux-prober': 'client/engines/linux-prober',
  'linux-fleet-thread': 'watch/fleet/linux-fleet-thread',
  'portable-fleet-thread': 'watch/fleet/portable-fleet-thread',
  'history-worker': 'watch/history/history-worker',
  'bcrypt-worker': 'http/bcrypt-worker',
};

/** Made by build-validators.js. */
export const VALIDATORS = {
  name: 'validators',
  setup({ onResolve }) {
    onResolve({ filter: /\/schema-validators\.js$/ }, () => ({
      path: resolve('dist/schema/schema-validators.js'),
    }));
  },
};

/**
 * Modules of Node that take a millisecond or more to load, and that few commands use: together 13 ms, half of Node's
 * own start. A bundle loads each when it is first used.
 */
const LOADED_LATE = [
  'node:child_process',
  'node:crypto',
  'node:dns/promises',
  'node:fs/promises',
  'node:perf_hooks',
  'node:worker_threads',
];

/** Not for the threads: their loops would look each function up again. */
export const LATE_MODULES = {
  name: 'late modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) =>
      LOADED_LATE.includes(path) || path === 'node:process'
        ? { path, namespace: 'late' }
        : undefined,
    );
    // Loading it would call every getter of the global, which opens the standard streams.
    onLoad({ filter: /^node:process$/, namespace: 'late' }, () => ({
      contents: 'module.exports = process;',
    }));
    onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({
      contents: `
        const late = (name) => ({
          configurable: true,
          enumerable: true,
          get() {
            const value = process.getBuiltinModule('${path}')[name];
            Object.defineProperty(this, name, { value });
            return value;
          },
        });
        module.exports = {};
        for (const name of ${JSON.stringify(Object.keys(process.getBuiltinModule(path)))}) {
          Object.defineProperty(module.exports, name, late(name));
        }`,
    }));
  },
};

/**
 * @param entry  the module that it begins with
 * @param file  where it will be: its source map says where its sources are from there
 * @param options  of esbuild, in addition
 * @returns { code, packages }: the file's text, and the folders of the packages that are in it
 */
export async function bundle(entry, file, options = {}) {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    outfile: file,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    // A dynamic import of another bundle is a call of require, which loads it in a third of the time.
    supported: { 'dynamic-import': false },
    // V8 reads all of it before it runs any: half the bytes are half the time.
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'warning',
    ...options,
  });
  const code = outputFiles.find(({ path }) => path.endsWith('.cjs')).text;
  const packages = Object.keys(metafile.inputs).flatMap(
    (file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
  );
  return { code: inAscii(code), packages: [...new Set(packages)] };
}

/** V8 keeps a text with any other character in twice the memory, and reads it more slowly. */
function inAscii(code) {
  // What is left of them is in regular expressions and comments.
  return code.replaceAll(
    /[^\0-\x7F]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The licences of packages, as the notices that must go where their code goes. */
export function licencesOf(packages) {
  return packages
    .toSorted()
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt'].find((file) =>
        existsSync(join(folder, file)),
      );
      return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
    })
    .join(`\n${'-'.repeat(72)}\n\n`);
}
