// Validates against our schemas with ajv, as another program that reads our JSON would.

import { Ajv2020 } from 'ajv/dist/2020.js';
import type { VerdictCode } from '../../src/client/session/session-result.ts';
import { repositoryText } from './repository.ts';

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
for (const file of ['echogram.session-1.json', 'echogram.record-1.json']) {
  ajv.addSchema(schemaOf(file));
}

/** A schema as it is shipped. */
export function schemaOf(file: string): object {
  return JSON.parse(repositoryText(`schema/${file}`)) as object;
}

/** The codes of a verdict, in the order in which they are looked for. */
export function verdictCodes(): readonly VerdictCode[] {
  const { $defs } = schemaOf('echogram.session-1.json') as {
    $defs: { verdictCode: { enum: readonly VerdictCode[] } };
  };
  return $defs.verdictCode.enum;
}

/** What is wrong with a result, each with its place; empty where it is valid. */
export function resultViolations(value: unknown): readonly string[] {
  return violations('echogram.session-1.json', value);
}

/** The same of a line of a recording. */
export function lineViolations(value: unknown): readonly string[] {
  return violations('echogram.record-1.json', value);
}

function violations(schema: string, value: unknown): readonly string[] {
  if (ajv.validate(schema, value)) return [];
  return (ajv.errors ?? []).map(({ instancePath, message = '' }) => `${instancePath} ${message}`);
}
