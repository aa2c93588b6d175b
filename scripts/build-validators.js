// Compiles the schemas of schema/ to functions that check a value, in one file that imports nothing: what
// the program needs of ajv is in it. Writes schema-validators.js into the folder given.

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { buildSync } from 'esbuild';

/** The function for each schema; src/report/schema-validators.d.ts has their types. */
const FUNCTIONS = {
  isSessionResult: 'echogram.session-1.json',
  isRecordingLine: 'echogram.record-1.json',
};

const [folder = 'dist/report'] = process.argv.slice(2);

const ajv = new Ajv.default({
  code: { source: true, esm: true },
  // src/report/schema-violation.ts has ours.
  messages: false,
  inlineRefs: false,
  strict: true,
  allowUnionTypes: true,
  // Not what every object inherits: a field may have any name.
  ownProperties: true,
});
for (const file of Object.values(FUNCTIONS)) {
  ajv.addSchema(JSON.parse(readFileSync(join('schema', file), 'utf8')));
}
const licence = readFileSync('node_modules/ajv/LICENSE', 'utf8').trim();
mkdirSync(folder, { recursive: true });
buildSync({
  // What ajv writes takes its helpers from its package by require, in ES modules too.
  stdin: { contents: standaloneCode.default(ajv, FUNCTIONS), resolveDir: '.' },
  bundle: true,
  format: 'esm',
  charset: 'utf8',
  target: 'node20.19',
  minify: true,
  // Its notice must go where its code goes (MIT).
  banner: { js: `/*! ajv 8, https://ajv.js.org\n${licence}\n*/` },
  outfile: join(folder, 'schema-validators.js'),
});
