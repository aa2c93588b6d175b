// Compiles the schemas of schema/ to functions that check a value, in one file that imports nothing: what
// the program needs of ajv is in it. Writes schema-validators.js into the folder given.

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { buildSync } from 'esbuild';

/** The function for each schema; src/schema/schema-validators.d.ts has their types. */
const FUNCTIONS = {
  isSessionResult: 'echogram.session-1.json',
  isRecordingLine: 'echogram.record-1.json',
  isLoadResult: 'echogram.load-1.json',
  isWatchConfig: 'echogram.watch-1.json',
};

const [folder = 'dist/schema'] = process.argv.slice(2);

const ajv = new Ajv.default({
  code: { source: true, esm: true },
  // src/schema/schema-violation.ts has ours.
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
const watch = JSON.parse(readFileSync(join('schema', FUNCTIONS.isWatchConfig), 'utf8'));
const keys = `export const WATCH_CONFIG_KEYS = ${JSON.stringify(knownKeys(watch))};`;
const licence = readFileSync('node_modules/ajv/LICENSE', 'utf8').trim();
mkdirSync(folder, { recursive: true });
buildSync({
  // What ajv writes takes its helpers from its package by require, in ES modules too.
  stdin: { contents: `${standaloneCode.default(ajv, FUNCTIONS)}\n${keys}`, resolveDir: '.' },
  bundle: true,
  format: 'esm',
  charset: 'utf8',
  target: 'node20.19',
  minify: true,
  // Its notice must go where its code goes (MIT).
  banner: { js: `/*! ajv 8, https://ajv.js.org\n${licence}\n*/` },
  outfile: join(folder, 'schema-validators.js'),
});

/** The names of each object's fields by its place, where `*` stands for any name or index: `targets/*`. */
function knownKeys(schema) {
  const keys = {};
  const visit = (node, place) => {
    const { $ref, anyOf = [], properties = {}, additionalProperties, items } = node;
    if ($ref !== undefined) visit(schema.$defs[$ref.replace('#/$defs/', '')], place);
    for (const choice of anyOf) visit(choice, place);
    if (additionalProperties === false) keys[place.join('/')] = Object.keys(properties);
    for (const [name, field] of Object.entries(properties)) visit(field, [...place, name]);
    if (typeof additionalProperties === 'object') visit(additionalProperties, [...place, '*']);
    if (items !== undefined) visit(items, [...place, '*']);
  };
  visit(schema, []);
  return keys;
}
