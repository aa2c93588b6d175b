// SPDX-License-Identifier: MIT
// Checks that a file contains a result, or a line of a recording, that a page can be made from. The file may come from
// a stranger, so nothing in it is trusted. The schemas have the rules; this file has the rules that a schema can't
// express, and the messages.

import { RESULT_SCHEMA, type SessionResult } from '../client/session/session-result.ts';
import { ECHOGRAM_ROWS } from '../stats/echogram.ts';
import { VERSION } from '../version.ts';
import { isLoadResult, isRecordingLine, isSessionResult } from '../schema/schema-validators.js';
import { schemaViolation } from '../schema/schema-violation.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The schemas that this version knows. */
const LOAD_SCHEMA = 'echogram.load/1';

const SCHEMA = /^(echogram\.(?:session|load)\/)(\d{1,9})$/;

/** Three numbers, followed by anything that a release may append. */
const PROGRAM_VERSION = /^\d+\.\d+\.\d+[\w.+-]{0,40}$/;

export const NO_RESULT = 'it is not the output of ping --json, ping --jsonl or load --json';

/** Why `value` is not a result, as words that follow "cannot show it: "; `undefined` if it is one. */
export function resultProblem(value: unknown): string | undefined {
  const problem = schemaProblem(value);
  if (problem !== undefined) return problem;
  const violation = isLoad(value as Fields) ? loadViolation(value) : sessionViolation(value);
  return violation === undefined ? undefined : `${violation}; ${remedyFor(value as Fields)}`;
}

function sessionViolation(value: unknown): string | undefined {
  return (
    schemaViolation(isSessionResult, value) ?? pictureProblem((value as SessionResult).echogram)
  );
}

function loadViolation(value: unknown): string | undefined {
  return schemaViolation(isLoadResult, value);
}

function isLoad({ schema }: Fields): boolean {
  return schema === LOAD_SCHEMA;
}

/** The same for the first line of a recording: the part of a result that is known at the start. */
export function startProblem(value: unknown): string | undefined {
  const problem = schemaProblem(value);
  if (problem !== undefined) return problem;
  const violation = schemaViolation(isRecordingLine, value);
  return violation === undefined ? undefined : `${violation}; ${remedyFor(value as Fields)}`;
}

/**
 * The same for a later line, as the rest of a sentence.
 *
 * @param streams  number of source ports
 */
export function recordProblem(value: unknown, streams: number): string | undefined {
  const { type, stream } = (value ?? {}) as Fields;
  if (typeof type !== 'string' || type === 'session') return 'is not a record';
  const violation = schemaViolation(isRecordingLine, value);
  if (violation !== undefined) return `is not a record: ${violation}`;
  if (typeof stream !== 'number' || stream < streams) return undefined;
  return `is not a record: stream must be less than ${streams}, the number of source ports, got ${stream}`;
}

function schemaProblem(value: unknown): string | undefined {
  const { schema } = (value ?? {}) as Fields;
  if (typeof schema !== 'string') return NO_RESULT;
  if (schema === RESULT_SCHEMA || schema === LOAD_SCHEMA) return undefined;
  const [, name, number] = SCHEMA.exec(schema) ?? [];
  const known = [RESULT_SCHEMA, LOAD_SCHEMA].find(
    (own) => name !== undefined && own.startsWith(name),
  );
  if (known === undefined || Number(number) <= Number(SCHEMA.exec(known)![2])) {
    return `its schema is ${schema.slice(0, 80)}, not ${known ?? `${RESULT_SCHEMA} or ${LOAD_SCHEMA}`}`;
  }
  return `its schema is ${schema}, newer than the ${known} of echogram ${VERSION}; use a newer echogram`;
}

/** Checks that its lists have equal lengths, and that its rows of round-trip time exist. */
function pictureProblem(picture: SessionResult['echogram']): string | undefined {
  const columns = picture.sent.length;
  for (const [name, list] of Object.entries(picture) as [string, unknown][]) {
    if (!Array.isArray(list) || list.length === columns) continue;
    return `echogram.${name} must have as many entries as echogram.sent, ${columns}, got a list of ${list.length}`;
  }
  const wrong = picture.rttRows.findIndex((rows) => !isRows(rows));
  if (wrong === -1) return undefined;
  return `echogram.rttRows[${wrong}] must be row, count, row, count, …, with rows from 0 to ${ECHOGRAM_ROWS - 1}, the lowest first`;
}

function isRows(rows: readonly number[]): boolean {
  let above = -1;
  for (let at = 0; at < rows.length; at += 2) {
    const row = rows[at]!;
    if (row <= above || row >= ECHOGRAM_ROWS) return false;
    above = row;
  }
  return rows.length % 2 === 0;
}

/** Fields may differ between versions that share a schema number; any other error is not ours. */
export function remedyFor({ tool }: Fields): string {
  const version = String((tool as Fields | null | undefined)?.['version']);
  const isOther = PROGRAM_VERSION.test(version) && version !== VERSION;
  if (isOther) return `echogram ${version} wrote it, and this is ${VERSION}: use that version`;
  return 'get a fresh copy of the file, or measure again';
}
