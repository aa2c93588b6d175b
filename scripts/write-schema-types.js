// Writes the types of a result and of the configuration of a watch from their schemas, each of which is the one source
// of its types and of the code that checks it. With --check it writes nothing and fails if a file is stale.

import { readFileSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import { compile } from 'json-schema-to-typescript';
import { format, resolveConfig } from 'prettier';
import ts from 'typescript';
import { writePage } from './generated-page.js';

/** Each schema, the file of its types, and the name of the whole. */
const WRITTEN = [
  ['schema/echogram.session-1.json', 'src/client/session/result-types.ts', 'SessionResult'],
  ['schema/echogram.load-1.json', 'src/load/result-types.ts', 'LoadResult'],
  ['schema/echogram.mtu-1.json', 'src/mtu/result-types.ts', 'MtuResult'],
  ['schema/echogram.watch-1.json', 'src/watch/config/watch-config.ts', 'WatchConfig'],
];

/** What a type can't say. A list of at least one would be a tuple. */
const LIMITS = [
  ...['minimum', 'maximum', 'exclusiveMinimum', 'minLength', 'maxLength', 'pattern'],
  ...['minItems', 'maxItems', 'maxProperties', 'propertyNames'],
];

/** Columns of a comment's text. */
const WIDTH = 110;

/** Those of the schema at hand. */
let definitions = {};

/** The types of other schemas that the schema at hand names, by their file. */
let borrowed = new Map();

for (const [schema, file, title] of WRITTEN) await writeTypes(schema, file, title);

async function writeTypes(source, file, title) {
  const schema = JSON.parse(readFileSync(source, 'utf8'));
  definitions = schema.$defs;
  borrowed = new Map();
  const shape = shapeOf({ ...schema, $id: undefined, $defs: {} });
  shape.$defs = Object.fromEntries(
    Object.entries(definitions)
      .filter(([name]) => isNamed(name))
      .map(([name, definition]) => [name, shapeOf(definition)]),
  );
  const imports = [...borrowed].map(
    ([from, names]) =>
      `import type { ${[...names].sort().join(', ')} } from '${relativePath(file, from)}';\n`,
  );
  const types = await compile({ ...shape, title }, title, {
    bannerComment: `// SPDX-License-Identifier: MIT
// The types of ${source}, written by \`npm run docs:schema\`: change that file, not this one.
${imports.length > 0 ? '\n' : ''}${imports.join('')}`,
    format: false,
  });
  const records = types.replaceAll(
    /\{\s*\[k: string\]: (\w+);?\s*\}/g,
    'Readonly<Record<string, $1>>',
  );
  const text = readonly(records).replaceAll(/^( *)\/\*\*\n((?: *\* .*\n)+) *\*\/$/gm, wrapped);
  const style = { ...(await resolveConfig(file)), filepath: file };
  const formatted = await format(text, style);
  const spaced = formatted.replaceAll(/^(\S.*[;}]|}| {2}\| .*;)\n(?=\/\*\*|export)/gm, '$1\n\n');
  writePage(file, spaced, 'npm run docs:schema');
}

/** Objects and enumerations have names of their own; a number with limits is a number. */
function isNamed(name) {
  return definitions[name].type === 'object' || definitions[name].enum !== undefined;
}

function shapeOf(node) {
  if (Array.isArray(node)) return node.map(shapeOf);
  if (node === null || typeof node !== 'object') return node;
  if (node.$ref !== undefined) return referred(node);
  const { anyOf, ...others } = node;
  const kept = Object.entries(others).filter(([key]) => !LIMITS.includes(key));
  // `null` is read last.
  const choices = anyOf?.toSorted((one, other) => isNull(one) - isNull(other));
  if (choices !== undefined) kept.push(['anyOf', choices]);
  return Object.fromEntries(kept.map(([key, value]) => [key, shapeOf(value)]));
}

function isNull({ type }) {
  return Number(type === 'null');
}

/** A description beside a `$ref` would make another type of it, with a number in its name. */
function referred({ $ref, description }) {
  if (!$ref.startsWith('#')) return ofAnotherSchema($ref, description);
  const name = $ref.replace('#/$defs/', '');
  const described = description === undefined ? {} : { description };
  if (!isNamed(name)) {
    const { description: _ofLimits, ...definition } = definitions[name];
    return { ...shapeOf(definition), ...described };
  }
  return description === undefined ? { $ref } : { ...described, allOf: [{ $ref }] };
}

/** An object or an enumeration of another schema has its type there; anything else is copied. */
function ofAnotherSchema(reference, description) {
  const [file, pointer] = reference.split('#');
  const [source, types] = WRITTEN.find(([source]) => basename(source) === file);
  const path = pointer.split('/').slice(1);
  const schema = JSON.parse(readFileSync(source, 'utf8'));
  const definition = path.reduce((node, key) => node[key], schema);
  const described = description === undefined ? {} : { description };
  const isType = path[0] === '$defs' && (definition.type === 'object' || definition.enum);
  if (isType) return { ...described, tsType: borrow(types, path[1]) };
  const { description: itsOwn, ...rest } = definition;
  const kept = path[0] === '$defs' || itsOwn === undefined ? {} : { description: itsOwn };
  const outer = definitions;
  definitions = schema.$defs;
  const shape = shapeOf(rest);
  definitions = outer;
  return { ...shape, ...kept, ...described };
}

/** @returns the name of the type */
function borrow(file, name) {
  const type = name[0].toUpperCase() + name.slice(1);
  borrowed.set(file, (borrowed.get(file) ?? new Set()).add(type));
  return type;
}

function relativePath(from, to) {
  return relative(dirname(from), to);
}

/** A result is nobody's to change. */
function readonly(code) {
  const source = ts.createSourceFile('types.ts', code, ts.ScriptTarget.Latest, true);
  const edits = [];
  const visit = (node) => {
    const isProperty = ts.isPropertySignature(node) || ts.isIndexSignatureDeclaration(node);
    const isNested = ts.isArrayTypeNode(node) && ts.isArrayTypeNode(node.parent);
    if (isNested) edits.push([node.getStart(), '(readonly '], [node.getEnd(), ')']);
    else if (isProperty || ts.isArrayTypeNode(node)) edits.push([node.getStart(), 'readonly ']);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return edits
    .sort(([one], [other]) => one - other)
    .reduceRight((made, [at, text]) => made.slice(0, at) + text + made.slice(at), code);
}

/** A comment on one line, where it fits. */
function wrapped(_comment, indent, lines) {
  const words = lines
    .replaceAll(/^ *\* /gm, '')
    .trim()
    .split(/\s+/);
  const rows = [];
  for (const word of words) {
    const row = `${rows.at(-1)} ${word}`;
    if (rows.length > 0 && row.length + indent.length <= WIDTH) rows[rows.length - 1] = row;
    else rows.push(word);
  }
  if (rows.length === 1) return `${indent}/** ${rows[0]} */`;
  return [`${indent}/**`, ...rows.map((row) => `${indent} * ${row}`), `${indent} */`].join('\n');
}
