// SPDX-License-Identifier: MIT
// What scripts/build-validators.js makes of the schemas in schema/ when the package is built.

/** Whether a value from JSON is as its schema has it; `errors` tells of the last value why not. */
export interface SchemaValidator {
  (value: unknown): boolean;
  readonly errors: readonly SchemaError[] | null;
}

/** The first rule that a value breaks, after those of each choice that it does not fit. */
export interface SchemaError {
  /** JSON pointer (RFC 6901). */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** schema/echogram.session-1.json */
export const isSessionResult: SchemaValidator;

/** schema/echogram.record-1.json */
export const isRecordingLine: SchemaValidator;
