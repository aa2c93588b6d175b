// SPDX-License-Identifier: MIT
// Whether what a file holds is a result, or a line of a recording, that a page can be made from: it comes
// from whoever sent the file, so that nothing of it is trusted. The schemas have the rules; here is what
// no schema can say, and the words.

import { RESULT_SCHEMA, type SessionResult } from '../client/session/session-result.ts';
import { ECHOGRAM_ROWS } from '../stats/echogram.ts';
import { VERSION } from '../version.ts';
import { isRecordingLine, isSessionResult } from './schema-validators.js';
import { schemaViolation } from './schema-violation.ts';

type Fields = Readonly<Record<string, unknown>>;

const SCHEMA = /^echogram\.session\/(\d{1,9})$/;

/** Three numbers, and whatever a release puts after them. */
const PROGRAM_VERSION = /^\d+\.\d+\.\d+[\w.+-]{0,40}$/;

export const NO_RESULT = 'it is neither what ping --json prints nor what --jsonl writes';

/** What keeps `value` from being a result, in words that go after "cannot show it: "; `undefined` for one. */
export function resultProblem(value: unknown): string | undefined {
  const problem = schemaProblem(value);
  if (problem !== undefined) return problem;
  const violation =
    schemaViolation(isSessionResult, value) ?? pictureProblem((value as SessionResult).echogram);
  return violation === undefined ? undefined : `${violation}; ${remedyFor(value as Fields)}`;
}

/** The same of the first line of a recording: the part of a result that is known at the start. */
export function startProblem(value: unknown): string | undefined {
  const problem = schemaProblem(value);
  if (problem !== undefined) return problem;
  const violation = schemaViolation(isRecordingLine, value);
  return violation === undefined ? undefined : `${violation}; ${remedyFor(value as Fields)}`;
}

/**
 * The same of a line after the first, as the rest of a sentence.
 *
 * @param streams  source ports there are
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
  if (schema === RESULT_SCHEMA) return undefined;
  const [, number] = SCHEMA.exec(schema) ?? [];
  const isNewer = number !== undefined && Number(number) > Number(SCHEMA.exec(RESULT_SCHEMA)![1]);
  if (!isNewer) return `its schema is ${schema.slice(0, 80)}, not ${RESULT_SCHEMA}`;
  return `its schema is ${schema}, newer than the ${RESULT_SCHEMA} of echogram ${VERSION}; use a newer echogram`;
}

/** Its lists are of one length, and a row of round-trip time is one that there is. */
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

/** Fields come and go between versions that share a schema's number; what else is wrong was not ours. */
export function remedyFor({ tool }: Fields): string {
  const version = String((tool as Fields | null | undefined)?.['version']);
  const isOther = PROGRAM_VERSION.test(version) && version !== VERSION;
  if (isOther) return `echogram ${version} wrote it and this is ${VERSION}: use that one`;
  return 'get the file again, or measure again';
}
