// Compiles what test/types expects of the packed package in strict programs that check its declarations too:
// with each supported compiler and each @types/node, as ES modules and CommonJS, with a browser's
// declarations and without. Run it through npm: npm run check-declarations, which takes each compiler and each
// @types/node at least once; npm run check-declarations -- --all takes every pair.
//
// A pair whose @types/node does not compile by itself says nothing about this package, and is left out.

import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { install, withPackedPackage } from './packed-package.js';

/** The last release of each minor. Exact, so that a run says the same tomorrow. */
const COMPILERS = ['5.4.5', '5.5.4', '5.6.3', '5.7.3', '5.8.3', '5.9.3', '6.0.3', '7.0.2'];

/** Of each major that the supported versions of Node have had. */
const NODE_TYPES = ['20.19.43', '22.20.5', '24.19.2', '25.9.9', '26.6.6'];

const TYPES = join('test', 'types');
const WITHOUT_DOM = ['ES2022'];
const WITH_DOM = ['ES2022', 'DOM'];
const MODULE_SETTINGS = [
  { file: 'module.mts', module: 'nodenext', lib: WITHOUT_DOM },
  { file: 'module.mts', module: 'nodenext', lib: WITH_DOM },
  { file: 'module.mts', module: 'node16', lib: WITHOUT_DOM },
  { file: 'module.mts', module: 'bundler', lib: WITH_DOM },
];
const COMMONJS_SETTINGS = { file: 'commonjs.cts', module: 'nodenext', lib: WITHOUT_DOM };

await withPackedPackage(async (folder, tarball) => {
  const compilers = join(folder, 'compilers');
  mkdirSync(compilers);
  install(
    compilers,
    ...COMPILERS.map((compiler) => `${aliasOf(compiler)}@npm:typescript@${compiler}`),
  );
  for (const nodeTypes of NODE_TYPES) makeProgram(join(folder, nodeTypes), nodeTypes, tarball);

  const tried = [];
  const pairs = process.argv.includes('--all') ? everyPair() : somePairs();
  await eachLimited(pairs, async (pair) => {
    const { faults, leftOut } = await tryPair(folder, pair);
    report(pair, faults, leftOut);
    if (leftOut === undefined) tried.push(pair);
    if (faults.length > 0) process.exitCode = 1;
  });
  requireEachTried(tried);
});

function aliasOf(version) {
  return `typescript-${version}`;
}

function makeProgram(program, nodeTypes, tarball) {
  mkdirSync(program);
  install(program, tarball, `@types/node@${nodeTypes}`);
  writeFileSync(join(program, 'alone.mts'), 'export {};\n');
  copyFileSync(join(TYPES, 'public-api.test-d.ts'), join(program, 'module.mts'));
  copyFileSync(join(TYPES, 'commonjs.test-d.cts'), join(program, 'commonjs.cts'));
}

function everyPair() {
  return COMPILERS.flatMap((compiler) => NODE_TYPES.map((nodeTypes) => ({ compiler, nodeTypes })));
}

/** The corners and a diagonal: each compiler is there, and each @types/node. */
function somePairs() {
  const lastCompiler = COMPILERS.length - 1;
  const lastTypes = NODE_TYPES.length - 1;
  return everyPair().filter(({ compiler, nodeTypes }) => {
    const [c, t] = [COMPILERS.indexOf(compiler), NODE_TYPES.indexOf(nodeTypes)];
    const isCorner = (c === 0 || c === lastCompiler) && (t === 0 || t === lastTypes);
    return isCorner || t === Math.round((c / lastCompiler) * lastTypes);
  });
}

async function tryPair(folder, pair) {
  const faults = [];
  for (const settings of settingsFor(pair)) {
    const fault = await compile(folder, pair, settings);
    if (fault === undefined) continue;
    const alone = await compile(folder, pair, { ...settings, file: 'alone.mts' });
    if (alone !== undefined) return { faults: [], leftOut: alone };
    faults.push(`${settings.file}, ${settings.module}, ${settings.lib.join(' ')}\n${fault}`);
  }
  return { faults };
}

function settingsFor({ compiler }) {
  // Earlier ones refuse to `require` any ES module, whatever Node does.
  const [major, minor] = compiler.split('.').map(Number);
  const knowsRequire = major > 5 || minor >= 8;
  return knowsRequire ? [...MODULE_SETTINGS, COMMONJS_SETTINGS] : MODULE_SETTINGS;
}

/** Returns what the compiler said, or `undefined` if it was content. */
function compile(folder, { compiler, nodeTypes }, { file, module, lib }) {
  const program = join(folder, nodeTypes);
  const { compilerOptions } = JSON.parse(readFileSync(join(TYPES, 'strict-program.json'), 'utf8'));
  const moduleOptions =
    module === 'bundler' ? { module: 'esnext', moduleResolution: module } : { module };
  const config = join(program, `${compiler}-${file}-${module}-${lib.length}.json`);
  const options = { ...compilerOptions, ...moduleOptions, lib };
  writeFileSync(config, JSON.stringify({ compilerOptions: options, files: [file] }));

  const tsc = join(folder, 'compilers', 'node_modules', aliasOf(compiler), 'bin', 'tsc');
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, '-p', config], { cwd: program }, (error, stdout, stderr) => {
      resolve(error === null ? undefined : `${stdout}${stderr}`);
    });
  });
}

/** As many at a time as there are processors. */
async function eachLimited(items, work) {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

function report({ compiler, nodeTypes }, faults, leftOut) {
  const pair = `TypeScript ${compiler}, @types/node ${nodeTypes}`;
  if (leftOut !== undefined) {
    process.stdout.write(`left out ${pair}, which by itself says ${leftOut.split('\n', 1)[0]}\n`);
  } else if (faults.length === 0) {
    process.stdout.write(`ok       ${pair}\n`);
  } else {
    process.stdout.write(`FAILED   ${pair}\n${faults.join('\n')}\n`);
  }
}

/** What was left out everywhere was not tried at all. */
function requireEachTried(pairs) {
  for (const version of COMPILERS) {
    assert.ok(
      pairs.some(({ compiler }) => compiler === version),
      `TypeScript ${version} was not tried`,
    );
  }
  for (const version of NODE_TYPES) {
    assert.ok(
      pairs.some(({ nodeTypes }) => nodeTypes === version),
      `@types/node ${version} was not tried`,
    );
  }
}
