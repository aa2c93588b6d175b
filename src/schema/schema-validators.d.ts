// SPDX-License-Identifier: MIT
// The validators that scripts/build-validators.js generates from the schemas in schema/ when the package is built.

/** Returns whether a JSON value conforms to its schema; `errors` says why the last value did not. */
export interface SchemaValidator {
  (value: unknown): boolean;
  readonly errors: readonly SchemaError[] | null;
}

/** The first rule that a value breaks, after the errors of each alternative that it does not match. */
export interface SchemaError {
  /** JSON pointer (RFC 6901). */
  readonly instancePath: string;
  readonly keyword: string;
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** schema/echogram.session-1.json */
export const isSessionResult: SchemaValidator;

/** schema/echogram.record-1.json */
export const isRecordingLine: SchemaValidator;

/** schema/echogram.load-1.json */
export const isLoadResult: SchemaValidator;

/** schema/echogram.watch-1.json */
export const isWatchConfig: SchemaValidator;

/** The names of each of its objects' fields by the object's place, where `*` stands for any name or index: `targets/*`. */
export const WATCH_CONFIG_KEYS: Readonly<Record<string, readonly string[]>>;
