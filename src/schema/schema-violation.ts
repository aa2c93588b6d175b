// SPDX-License-Identifier: MIT
// Says which rule of its schema a value breaks, and where.

import type { SchemaError, SchemaValidator } from './schema-validators.js';

/** Maximum characters of a value or name from a file that a message shows. */
const SHOWN_CHARACTERS = 40;

/** Maximum permitted values that a message lists. */
const SHOWN_CHOICES = 8;

const TYPE_IN_WORDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  object: 'an object',
  string: 'a text',
};

/** The rule of each keyword that the schemas use, as words that follow "must". */
const RULES: Readonly<Record<string, (params: SchemaError['params']) => string>> = {
  type: ({ type }) => `be ${[type].flat().map(typeInWords).join(' or ')}`,
  const: ({ allowedValue }) => `be ${shown(allowedValue)}`,
  enum: ({ allowedValues }) => oneOf(allowedValues as unknown[]),
  minimum: ({ limit }) => `be at least ${String(limit)}`,
  maximum: ({ limit }) => `be at most ${String(limit)}`,
  exclusiveMinimum: ({ limit }) => `be more than ${String(limit)}`,
  minLength: ({ limit }) => `have ${String(limit)} or more characters`,
  maxLength: ({ limit }) => `have at most ${String(limit)} characters`,
  minItems: ({ limit }) => `have ${String(limit)} or more entries`,
  maxItems: ({ limit }) => `have ${String(limit)} entries or fewer`,
  maxProperties: ({ limit }) => `have at most ${String(limit)} fields`,
  pattern: ({ pattern }) => `match ${String(pattern)}`,
};

/** A rule of a schema, and what breaks it. */
export interface Violation {
  /** Names and indexes from the outermost value to what is wrong, or missing. */
  readonly path: readonly string[];
  /** `must be at most 1`, `is missing`. */
  readonly problem: string;
  /** The value as a message shows it; `undefined` if there is none. */
  readonly shown: string | undefined;
  readonly keyword: string;
  /** Of the rule in its schema, as ajv has it. */
  readonly schemaPath: string;
}

/**
 * `datagrams.lossRatio must be at most 1, got 1.5`; `undefined` if the value conforms to the schema.
 *
 * @param value  from JSON
 */
export function schemaViolation(validate: SchemaValidator, value: unknown): string | undefined {
  const violation = findViolation(validate, value);
  if (violation === undefined) return undefined;
  const { path, problem, shown } = violation;
  return `${placeInWords(path)} ${problem}${shown === undefined ? '' : `, got ${shown}`}`;
}

/**
 * The same, in parts.
 *
 * @param value  from JSON
 */
export function findViolation(validate: SchemaValidator, value: unknown): Violation | undefined {
  if (validate(value)) return undefined;
  const errors = validate.errors ?? [];
  const place = deepest(errors.map(placeOf));
  const [first, ...others] = errors.filter((error) => placeOf(error) === place);
  if (first !== undefined) return violationOf(first, others, value);
  const problem = 'does not match its schema';
  return { path: [], problem, shown: undefined, keyword: '', schemaPath: '#' };
}

/** For a value that matches no alternative: why it does not match the closest one. */
function deepest(places: readonly string[]): string | undefined {
  const depthOf = (place: string): number => place.split('/').length;
  return places.toSorted((a, b) => depthOf(b) - depthOf(a))[0];
}

/** The place of the wrong or missing value. */
function placeOf({ instancePath, params }: SchemaError): string {
  const field = params['missingProperty'] ?? params['additionalProperty'] ?? params['propertyName'];
  return typeof field === 'string' ? `${instancePath}/${pointerPart(field)}` : instancePath;
}

function violationOf(
  error: SchemaError,
  others: readonly SchemaError[],
  value: unknown,
): Violation {
  const { keyword, schemaPath } = error;
  const about = { path: partsOf(placeOf(error)), keyword, schemaPath };
  switch (keyword) {
    case 'required':
      return { ...about, problem: 'is missing', shown: undefined };
    case 'additionalProperties':
    case 'propertyNames':
      return { ...about, problem: 'is not a known field', shown: undefined };
  }
  const types = [error, ...others].flatMap(({ keyword, params }) =>
    keyword === 'type' ? [params['type']].flat() : [],
  );
  const params = keyword === 'type' ? { type: types } : error.params;
  const problem = `must ${RULES[keyword]?.(params) ?? 'match its schema'}`;
  return { ...about, problem, shown: shown(valueAt(value, error.instancePath)) };
}

/** `echogram.rttRows[3]`; `it` for the outermost value. */
export function placeInWords(path: readonly (string | number)[]): string {
  if (path.length === 0) return 'it';
  const words = path.map((part) =>
    /^\d+$/.test(String(part)) ? `[${part}]` : `.${cut(String(part))}`,
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
  return values.length > SHOWN_CHOICES ? 'be a known value' : `be one of ${values.join(', ')}`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? JSON.stringify(cut(value)) : String(value);
}

function cut(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
