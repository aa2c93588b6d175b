// Bundles the command line: the program, each command and each thread as one file beside the module that it begins
// with, such as dist/cli/commands/ping.cjs, and dist/cli/LICENSES.txt. With --source-maps for tests.

import { readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { bundle, LATE_MODULES, licencesOf, THREADS, VALIDATORS } from './bundle.js';

/** Left as packages: native, or needed by few. */
const EXTERNAL = ['koffi', '@photostructure/sqlite', 'yaml', 'prom-client', 'bcryptjs'];

const COMMANDS = readdirSync('src/cli/commands').map((file) => `cli/commands/${file}`);

const threads = Object.values(THREADS).map((path) => `${path}.ts`);

const isWithMaps = process.argv.includes('--source-maps');

/** An import of another bundle stays one. */
const OTHER_BUNDLES = {
  name: 'other bundles',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/(?:main|commands\/\w+)\.ts$/ }, ({ path, kind }) =>
      kind === 'dynamic-import'
        ? { path: path.replace(/\.ts$/, '.cjs'), external: true }
        : undefined,
    );
  },
};

const bundled = await Promise.all([
  ...['cli/bin.ts', 'cli/main.ts', ...COMMANDS].map((part) => write(part, [LATE_MODULES])),
  ...threads.map((part) => write(part, [])),
]);
const packages = [...new Set(bundled.flat())];
writeFileSync('dist/cli/LICENSES.txt', licencesOf(packages));

async function write(part, plugins) {
  const file = part.replace(/\.ts$/, '.cjs');
  const { code, packages } = await bundle(join('src', part), join('dist', file), {
    external: EXTERNAL,
    plugins: [OTHER_BUNDLES, VALIDATORS, ...plugins],
    define: { 'import.meta.url': 'PACKAGE_FILES_URL' },
    banner: { js: urlOfPackageFiles(file) },
    sourcemap: isWithMaps ? 'inline' : false,
  });
  writeFileSync(join('dist', file), code);
  return packages;
}

/** For src/package-files.ts, the only file that needs to know where it is. */
function urlOfPackageFiles(file) {
  const path = relative(dirname(file), 'package-files.cjs');
  return `const PACKAGE_FILES_URL = require('node:url').pathToFileURL(require('node:path').join(__dirname, '${path}')).href;`;
}
