// SPDX-License-Identifier: MIT
// The JSON schema of the settings of a result, which scripts/write-settings-schema.js writes into schema/.

import type { JsonSchema } from './kind.ts';
import type { Option, OptionTable } from './option.ts';
import { placed } from './settings.ts';

/** The JSON schema of what `settingsOf` returns. */
export function settingsSchema(table: OptionTable): JsonSchema {
  const properties = placed(table).map(([, setting, option]) => [setting, schemaOf(option)]);
  return {
    description: 'The effective settings.',
    type: 'object',
    required: properties.map(([setting]) => setting),
    properties: Object.fromEntries(properties) as JsonSchema,
    additionalProperties: false,
  };
}

function schemaOf({ kind, default: value, placeMeans }: Option): JsonSchema {
  const shown = kind.shown!;
  const mayBeNull = value === undefined && shown.of(undefined) === null;
  return {
    ...(placeMeans === undefined ? {} : { description: placeMeans }),
    ...shown.schema,
    ...(mayBeNull ? orNull(shown.schema) : {}),
  };
}

function orNull({ type, enum: values }: JsonSchema): JsonSchema {
  return Array.isArray(values)
    ? { enum: [...(values as unknown[]), null] }
    : { type: [type, 'null'] };
}
