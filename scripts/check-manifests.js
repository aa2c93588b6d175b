// Checks rendered manifests as an API server would, without one: node scripts/check-manifests.js FOLDER FILE…
//
// FOLDER has node_modules with the types of Kubernetes and of the Prometheus operator (tools/chart). Each document is
// validated by them, and compiled as a typed literal, which finds unknown keys too. Pods must meet the level
// "restricted" of Pod Security, and what one object says of another must be so. Writes FOLDER/manifests.ts.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { podFindings } from './pod-security.js';
import { referenceFindings } from './manifest-references.js';

const OPERATOR = 'monitoring.coreos.com/';

const TYPE_CHECK = {
  compilerOptions: {
    noEmit: true,
    skipLibCheck: true,
    strict: true,
    module: 'nodenext',
    types: [],
  },
  files: ['manifests.ts'],
};

const [folder = '', ...files] = process.argv.slice(2);
if (files.length === 0) {
  process.stderr.write('usage: node scripts/check-manifests.js FOLDER FILE…\n');
  process.exit(2);
}

const documents = files.flatMap(documentsOf);
const findings = [
  ...(await Promise.all(documents.map(modelFindings))).flat(),
  ...literalFindings(),
  ...documents.flatMap(({ file, content }) =>
    podFindings(content).map((what) => `${file}: ${what}`),
  ),
  ...files.flatMap((file) =>
    referenceFindings(
      documents.filter((one) => one.file === file).map(({ content }) => content),
    ).map((what) => `${file}: ${what}`),
  ),
];
for (const finding of findings) process.stdout.write(`${finding}\n`);
process.stdout.write(`${documents.length} objects, ${findings.length} findings\n`);
process.exitCode = findings.length === 0 ? 0 : 1;

function documentsOf(file) {
  return parseAllDocuments(readFileSync(file, 'utf8'))
    .map((document) => ({ file, content: document.toJS() }))
    .filter(({ content }) => content !== null);
}

function nameOf({ file, content: { kind, metadata } }) {
  return `${file}: ${kind} ${metadata.name}`;
}

function packageOf({ apiVersion }) {
  const base = apiVersion.startsWith(OPERATOR)
    ? '@kubernetes-models/prometheus-operator'
    : 'kubernetes-models';
  return `${base}/${apiVersion}`;
}

/** Wrong types and values, and what is missing; these models let unknown keys pass. */
async function modelFindings(document) {
  const { content } = document;
  const module = resolve(folder, 'node_modules', packageOf(content), 'index.js');
  const models = await import(pathToFileURL(module).href);
  const Model = models[content.kind];
  if (Model === undefined) return [`${nameOf(document)}: no such kind in ${content.apiVersion}`];
  try {
    new Model(content).validate();
    return [];
  } catch (error) {
    return [`${nameOf(document)}: ${error.message}`];
  }
}

/** Unknown keys; of each document the first. */
function literalFindings() {
  const literals = documents.map(({ content }, index) => {
    const type = `import('${packageOf(content)}').I${content.kind}`;
    return `export const manifest${index}: ${type} = ${JSON.stringify(content)};\n`;
  });
  writeFileSync(join(folder, 'manifests.ts'), literals.join(''));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TYPE_CHECK));
  const tsc = resolve('node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '--pretty', 'false', '-p', folder], {
    encoding: 'utf8',
  });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(withNameOfDocument);
}

/** tsc says where: in `manifests.ts(LINE,COLUMN): error CODE: `, and each literal is a line. */
function withNameOfDocument(line) {
  const { at, what } =
    /manifests\.ts\((?<at>\d+),\d+\): error \w+: (?<what>.*)/.exec(line)?.groups ?? {};
  return at === undefined ? line : `${nameOf(documents[at - 1])}: ${what}`;
}
