// Validates against our schemas with ajv, as another program that reads our JSON would.

import { Ajv2020 } from 'ajv/dist/2020.js';
import type { VerdictCode } from '../../src/client/session/session-result.ts';
import type { LoadVerdictCode } from '../../src/load/load-result.ts';
import { repositoryText } from './repository.ts';

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
for (const file of [
  'echogram.session-1.json',
  'echogram.record-1.json',
  'echogram.load-1.json',
  'echogram.mtu-1.json',
]) {
  ajv.addSchema(schemaOf(file));
}

/** A schema as it is shipped. */
export function schemaOf(file: string): object {
  return JSON.parse(repositoryText(`schema/${file}`)) as object;
}

/** The codes of the verdict on a load. */
export function loadVerdictCodes(): readonly LoadVerdictCode[] {
  const { $defs } = schemaOf('echogram.load-1.json') as {
    $defs: { loadVerdictCode: { enum: readonly LoadVerdictCode[] } };
  };
  return $defs.loadVerdictCode.enum;
}

/** Of the search for a path MTU, in the schema's order. */
export function mtuVerdictCodes(): readonly string[] {
  const { $defs } = schemaOf('echogram.mtu-1.json') as {
    $defs: { mtuVerdictCode: { enum: readonly string[] } };
  };
  return $defs.mtuVerdictCode.enum;
}

/** What is wrong with the result of a load; empty if it is valid. */
export function loadViolations(value: unknown): readonly string[] {
  return violations('echogram.load-1.json', value);
}

/** What is wrong with the result of a search for the path MTU; empty if it is valid. */
export function mtuViolations(value: unknown): readonly string[] {
  return violations('echogram.mtu-1.json', value);
}

/** The codes of a verdict, in the order in which they are looked for. */
export function verdictCodes(): readonly VerdictCode[] {
  const { $defs } = schemaOf('echogram.session-1.json') as {
    $defs: { verdictCode: { enum: readonly VerdictCode[] } };
  };
  return $defs.verdictCode.enum;
}

/** What is wrong with a result, each with its place; empty if it is valid. */
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
