// SPDX-License-Identifier: MIT
// The result of one measurement as data, from which every output is made. Its types are those of its schema.

import type { SessionResult } from './result-types.ts';

export type * from './result-types.ts';

/** Schema of a result; its number increases when a field changes its meaning or is removed. */
export const RESULT_SCHEMA = 'echogram.session/1' satisfies SessionResult['schema'];

/** What is known about a session before its first probe. */
export type SessionStart = Pick<
  SessionResult,
  'schema' | 'tool' | 'config' | 'supplied' | 'target' | 'startedAt'
>;

/** A result before it is judged. */
export type Measured = Omit<SessionResult, 'verdict' | 'thresholds'>;
