// Writes src/client/session/result-types.ts from the schema of a result, which is the one source of its
// types and of the code that checks it. With --check it writes nothing and fails if the file is stale.

import { readFileSync } from 'node:fs';
import { compile } from 'json-schema-to-typescript';
import { format, resolveConfig } from 'prettier';
import ts from 'typescript';
import { writePage } from './generated-page.js';

const SCHEMA = 'schema/echogram.session-1.json';
const FILE = 'src/client/session/result-types.ts';

const HEAD = `// SPDX-License-Identifier: MIT
// The types of ${SCHEMA}, written by \`npm run docs:schema\`: change that file, not this one.
`;

/** What a type can't say. A list of at least one would be a tuple. */
const LIMITS = [
  ...['minimum', 'maximum', 'exclusiveMinimum', 'maxLength', 'pattern'],
  ...['minItems', 'maxItems', 'maxProperties', 'propertyNames'],
];

/** Columns of a comment's text. */
const WIDTH = 110;

const schema = JSON.parse(readFileSync(SCHEMA, 'utf8'));
const definitions = schema.$defs;
const shape = shapeOf({ ...schema, $id: undefined, $defs: {} });
shape.$defs = Object.fromEntries(
  Object.entries(definitions)
    .filter(([name]) => isNamed(name))
    .map(([name, definition]) => [name, shapeOf(definition)]),
);
const types = await compile({ ...shape, title: 'SessionResult' }, 'SessionResult', {
  bannerComment: HEAD,
  format: false,
});
const records = types.replaceAll(
  /\{\s*\[k: string\]: (\w+);?\s*\}/g,
  'Readonly<Record<string, $1>>',
);
const text = readonly(records).replaceAll(/^( *)\/\*\*\n((?: *\* .*\n)+) *\*\/$/gm, wrapped);
const style = { ...(await resolveConfig(FILE)), filepath: FILE };
const formatted = await format(text, style);
const spaced = formatted.replaceAll(/^(\S.*[;}]|}| {2}\| .*;)\n(?=\/\*\*|export)/gm, '$1\n\n');
writePage(FILE, spaced, 'npm run docs:schema');

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
  const name = $ref.replace('#/$defs/', '');
  const described = description === undefined ? {} : { description };
  if (!isNamed(name)) {
    const { description: _ofLimits, ...definition } = definitions[name];
    return { ...shapeOf(definition), ...described };
  }
  return description === undefined ? { $ref } : { ...described, allOf: [{ $ref }] };
}

/** A result is nobody's to change. */
function readonly(code) {
  const source = ts.createSourceFile(FILE, code, ts.ScriptTarget.Latest, true);
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
