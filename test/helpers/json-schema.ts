// Validates against the part of JSON Schema (draft 2020-12) that our schemas use; any other keyword
// fails, so that none is silently ignored.

interface Schema {
  readonly [keyword: string]: unknown;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

const KNOWN = new Set([
  ...['$schema', '$defs', '$ref', 'title', 'description', 'type', 'properties', 'required'],
  ...['additionalProperties', 'items', 'anyOf', 'enum', 'const', 'minimum', 'maximum', 'pattern'],
]);

/** What is wrong with the value, each with its place; empty where it is valid. */
export function violations(root: Schema, value: unknown): readonly string[] {
  return new Validator(root).check(root, '$', value);
}

class Validator {
  readonly #root: Schema;

  constructor(root: Schema) {
    this.#root = root;
  }

  check(written: Schema, at: string, given: unknown): readonly string[] {
    const schema = this.#resolved(written, at);
    const { anyOf } = schema;
    const fits = anyOf?.some((choice) => this.check(choice, at, given).length === 0) ?? true;
    const wrong = fits ? wrongValue(schema, given) : 'fits no choice';
    if (wrong !== undefined) return [`${at}: ${wrong}, got ${JSON.stringify(given)}`];
    if (Array.isArray(given)) return this.#checkItems(schema, at, given);
    return isOfType(given, 'object') ? this.#checkObject(schema, at, given as object) : [];
  }

  #resolved(schema: Schema, at: string): Schema {
    const unknown = Object.keys(schema).filter((keyword) => !KNOWN.has(keyword));
    if (unknown.length > 0) throw new Error(`${at}: keywords ${unknown.join(', ')}`);
    if (schema.$ref === undefined) return schema;
    const target = this.#root.$defs?.[schema.$ref.replace('#/$defs/', '')];
    if (target === undefined) throw new Error(`${at}: no ${schema.$ref}`);
    return target;
  }

  #checkItems({ items }: Schema, at: string, given: readonly unknown[]): readonly string[] {
    if (items === undefined) return [];
    return given.flatMap((item, index) => this.check(items, `${at}[${index}]`, item));
  }

  #checkObject(schema: Schema, at: string, given: object): readonly string[] {
    const { properties = {}, required = [], additionalProperties = true } = schema;
    const missing = required.filter((name) => !Object.hasOwn(given, name));
    const found = Object.entries(given).flatMap(([name, item]) => {
      const own = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
      if (own === true || own === undefined) return [];
      if (own === false) return [`${at}.${name}: not in the schema`];
      return this.check(own, `${at}.${name}`, item);
    });
    return [...missing.map((name) => `${at}.${name}: missing`), ...found];
  }
}

/** Why the value itself is wrong, whatever is in it. */
function wrongValue(schema: Schema, given: unknown): string | undefined {
  if ('const' in schema && schema['const'] !== given) return `not ${String(schema['const'])}`;
  if (schema.enum?.includes(given) === false) return 'none of the enum';
  const types = [schema.type ?? []].flat();
  if (types.length > 0 && !types.some((type) => isOfType(given, type))) {
    return `not of type ${types.join(' or ')}`;
  }
  if (typeof given === 'number') return wrongNumber(schema, given);
  if (typeof given !== 'string' || schema.pattern === undefined) return undefined;
  return new RegExp(schema.pattern, 'u').test(given) ? undefined : `unlike ${schema.pattern}`;
}

function wrongNumber(
  { minimum = -Infinity, maximum = Infinity }: Schema,
  given: number,
): string | undefined {
  if (given < minimum) return 'below the minimum';
  return given > maximum ? 'above the maximum' : undefined;
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
