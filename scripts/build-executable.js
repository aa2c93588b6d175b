// Builds build/echogram-linux-ARCH, the program as one executable file that needs no Node: Node's single executable
// application (https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html) with the command line, its
// threads, its pages and koffi in it. Beside it goes echogram-linux-ARCH.licenses.txt. Run it on x64 Linux, through npm;
// dist/ must be built. Needs nothing of the network but the npm registry.
// usage: npm run build:executable [-- --arch x64|arm64]

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { arch as hostArch, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, licencesOf, THREADS, VALIDATORS } from './bundle.js';

/**
 * The Node that is in it: long-term support, with SQLite. The file is made by the same version, because another one
 * may lay out what it embeds in another way. Node 26 could make it without postject, but is no long-term support yet.
 */
const NODE = '24.21.0';

/** Marks the place in Node that says whether an application is in it; from Node's documentation. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const PAGES = ['report/page', 'web/watch-page'];

/**
 * What the executable does in another way than the package: a file of its own for each of these. Nothing is left to load
 * from a package: a thread that is no file would look for it in the working directory, where others may have put it.
 */
const IN_EXECUTABLE = {
  name: 'in executable',
  setup({ onResolve, onLoad }) {
    for (const file of ['package-files.ts', 'koffi.ts']) {
      const path = resolve('src/executable', file);
      onResolve({ filter: new RegExp(String.raw`/${file}$`) }, () => ({ path }));
    }
    const filter = /^@photostructure\/sqlite$/;
    onResolve({ filter }, ({ path }) => ({ path, namespace: 'left out' }));
    onLoad({ filter, namespace: 'left out' }, () => ({
      contents: 'throw new Error("not in the executable");',
    }));
  },
};

const { values: flags } = parseArgs({ options: { arch: { type: 'string', default: hostArch() } } });
const { arch } = flags;
if (!['x64', 'arm64'].includes(arch)) {
  process.stderr.write(`--arch must be x64 or arm64, got ${arch}\n`);
  process.exit(2);
}

mkdirSync('build', { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), 'echogram-executable-'));
try {
  await build(resolve(`build/echogram-linux-${arch}`));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function build(executable) {
  const koffi = JSON.parse(readFileSync('package.json', 'utf8')).optionalDependencies.koffi;
  const target = install(arch, `node-linux-${arch}@${NODE}`, `koffi@${koffi}`);
  const tool =
    arch === hostArch() ? target : install(hostArch(), `node-linux-${hostArch()}@${NODE}`);
  const { assets, main, packages } = await bundleAll(target);
  const config = {
    main,
    output: join(scratch, 'blob'),
    disableExperimentalSEAWarning: true,
    // It is for one architecture.
    useCodeCache: arch === hostArch(),
    assets,
  };
  writeFileSync(join(scratch, 'config.json'), JSON.stringify(config));
  const node = join(tool, `node-linux-${hostArch()}`, 'bin/node');
  execFileSync(node, ['--experimental-sea-config', join(scratch, 'config.json')]);
  const base = join(target, `node-linux-${arch}`);
  copyFileSync(join(base, 'bin/node'), executable);
  chmodSync(executable, 0o755);
  const inject = ['postject', executable, 'NODE_SEA_BLOB', config.output, '--sentinel-fuse', FUSE];
  // It warns of sections that it does not know, which it leaves as they are; what it says is shown if it fails.
  execFileSync(process.execPath, ['scripts/run-tool.js', ...inject], { stdio: 'pipe' });
  const licences = licencesOf([base, ...packages, join(target, 'koffi')]);
  writeFileSync(`${executable}.licenses.txt`, licences);
  process.stdout.write(`${executable}\n`);
}

/** Installs packages for Linux on `cpu`. @returns their node_modules */
function install(cpu, ...packages) {
  const prefix = join(scratch, cpu);
  const platform = [`--cpu=${cpu}`, '--os=linux', '--libc=glibc'];
  const quietly = ['--silent', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  // Node's own package is for another processor than this one's: npm calls that an error.
  npm('install', '--force', '--prefix', prefix, ...platform, ...quietly, ...packages);
  return join(prefix, 'node_modules');
}

function npm(...args) {
  const program = process.env.npm_execpath;
  if (program === undefined) throw new Error('run it through npm: npm run build:executable');
  execFileSync(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}

async function bundleAll(nodeModules) {
  const packages = new Set();
  const write = async (entry, name) => {
    const file = join(scratch, `${name}.cjs`);
    const made = await bundle(entry, file, {
      plugins: [IN_EXECUTABLE, VALIDATORS],
      target: 'node24',
      minify: true,
    });
    for (const folder of made.packages) packages.add(folder);
    writeFileSync(file, made.code);
    return file;
  };
  const main = await write('src/cli/bin.ts', 'main');
  const assets = {};
  for (const [name, path] of Object.entries(THREADS)) {
    assets[`${name}.cjs`] = await write(`src/${path}.ts`, name);
  }
  for (const page of PAGES) assets[`${page}.html`] = resolve(`dist/${page}/page.html`);
  assets['koffi.node'] = join(nodeModules, `@koromix/koffi-linux-${arch}/linux_${arch}/koffi.node`);
  return { assets, main, packages: [...packages] };
}
