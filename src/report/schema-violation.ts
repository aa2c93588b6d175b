// SPDX-License-Identifier: MIT
// Which rule of its schema a value breaks, and where, in words.

import type { SchemaError, SchemaValidator } from './schema-validators.js';

/** A message shows no more of a value, nor of a name, that stands in a file. */
const SHOWN_CHARACTERS = 40;

/** Nor of the values that it might have. */
const SHOWN_CHOICES = 8;

const TYPE_IN_WORDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  object: 'an object',
  string: 'a text',
};

/** The rule of each keyword that the schemas use, to go after "must". */
const RULES: Readonly<Record<string, (params: SchemaError['params']) => string>> = {
  type: ({ type }) => `be ${[type].flat().map(typeInWords).join(' or ')}`,
  const: ({ allowedValue }) => `be ${shown(allowedValue)}`,
  enum: ({ allowedValues }) => oneOf(allowedValues as unknown[]),
  minimum: ({ limit }) => `be at least ${String(limit)}`,
  maximum: ({ limit }) => `be at most ${String(limit)}`,
  exclusiveMinimum: ({ limit }) => `be more than ${String(limit)}`,
  maxLength: ({ limit }) => `have at most ${String(limit)} characters`,
  minItems: ({ limit }) => `have ${String(limit)} or more entries`,
  maxItems: ({ limit }) => `have ${String(limit)} entries or fewer`,
  maxProperties: ({ limit }) => `have at most ${String(limit)} fields`,
  pattern: ({ pattern }) => `match ${String(pattern)}`,
};

/**
 * `datagrams.lossRatio must be at most 1, got 1.5`; `undefined` for what is as the schema has it.
 *
 * @param value  out of JSON
 */
export function schemaViolation(validate: SchemaValidator, value: unknown): string | undefined {
  if (validate(value)) return undefined;
  const errors = validate.errors ?? [];
  const place = deepest(errors.map(placeOf));
  const [first, ...others] = errors.filter((error) => placeOf(error) === place);
  return first === undefined ? 'it is not as its schema has it' : inWords(first, others, value);
}

/** Of a value that fits no choice, what keeps it from that which it comes closest to. */
function deepest(places: readonly string[]): string | undefined {
  const depthOf = (place: string): number => place.split('/').length;
  return places.toSorted((a, b) => depthOf(b) - depthOf(a))[0];
}

/** Where what is wrong would stand, or stands. */
function placeOf({ instancePath, params }: SchemaError): string {
  const field = params['missingProperty'] ?? params['additionalProperty'] ?? params['propertyName'];
  return typeof field === 'string' ? `${instancePath}/${pointerPart(field)}` : instancePath;
}

function inWords(error: SchemaError, others: readonly SchemaError[], value: unknown): string {
  const place = placeInWords(placeOf(error));
  switch (error.keyword) {
    case 'required':
      return `${place} is missing`;
    case 'additionalProperties':
    case 'propertyNames':
      return `${place} is not a known field`;
  }
  const types = [error, ...others].flatMap(({ keyword, params }) =>
    keyword === 'type' ? [params['type']].flat() : [],
  );
  const params = error.keyword === 'type' ? { type: types } : error.params;
  const rule = RULES[error.keyword]?.(params) ?? 'be as its schema has it';
  return `${place} must ${rule}, got ${shown(valueAt(value, error.instancePath))}`;
}

/** `/echogram/rttRows/3` as `echogram.rttRows[3]`. */
function placeInWords(pointer: string): string {
  if (pointer === '') return 'it';
  const words = partsOf(pointer).map((part) =>
    /^\d+$/.test(part) ? `[${part}]` : `.${cut(part)}`,
  );
  return words.join('').replace(/^\./, '');
}

function valueAt(value: unknown, pointer: string): unknown {
  return partsOf(pointer).reduce<unknown>(
    (inner, part) => (inner as Readonly<Record<string, unknown>>)[part],
    value,
  );
}

function partsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function pointerPart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function typeInWords(type: unknown): string {
  return TYPE_IN_WORDS[String(type)] ?? String(type);
}

function oneOf(values: readonly unknown[]): string {
  return values.length > SHOWN_CHOICES ? 'be a known one' : `be one of ${values.join(', ')}`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? JSON.stringify(cut(value)) : String(value);
}

function cut(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
