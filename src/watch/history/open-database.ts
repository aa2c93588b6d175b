// SPDX-License-Identifier: MIT
// Opens the file of a history, for one writer at a time. Faults are reported before anything is written.

import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { systemCodeOf } from '../../errors.ts';
import { APPLICATION_ID, FIRST_PRAGMAS, SCHEMA, SCHEMA_VERSION } from './schema.ts';
import { SQLITE_CODE, sqliteCodeOf, type Database, type Sqlite } from './sqlite.ts';

/** A file breaks a rule; with the remedy. */
export class HistoryRefused extends Error {
  readonly rule: string;
  readonly remedy: string | undefined;

  constructor(rule: string, remedy?: string, cause?: unknown) {
    super(rule, cause === undefined ? undefined : { cause });
    this.rule = rule;
    this.remedy = remedy;
  }
}

/** A later version wrote the file. It is left unchanged. */
export class HistoryTooNew extends Error {
  constructor(version: number) {
    super(
      `it was written by a later version of echogram (schema ${version}, this version knows ${SCHEMA_VERSION}); it is kept as it is`,
    );
  }
}

/** How long a write waits for another program, such as sqlite3. */
const BUSY_TIMEOUT_MS = 2_000;

/** The size to which the write-ahead log is truncated after a checkpoint, if the file may be large. */
const LOG_LIMIT_BYTES = 8 * 1024 * 1024;

const PAGE_BYTES = 4096;

/** The log limit for a maximum size of file and log. A checkpoint begins when the log is half as long. */
export function logLimitOf(maxBytes: number): number {
  return Math.min(LOG_LIMIT_BYTES, Math.floor(maxBytes / 8));
}

export interface OpenedDatabase extends Disposable {
  readonly database: Database;
  /** The path after following symbolic links. */
  readonly path: string;
}

/**
 * @throws HistoryRefused if the file can't be used
 * @throws HistoryTooNew
 */
export function openDatabase(sqlite: Sqlite, givenPath: string, maxBytes: number): OpenedDatabase {
  const path = placeOf(givenPath);
  const lock = lockFile(sqlite, `${path}-lock`);
  let database: Database | undefined;
  try {
    database = sqlite.open(path);
    prepareDatabase(database, logLimitOf(maxBytes));
    return { database, path, [Symbol.dispose]: () => { closeAll(database!, lock); } }; // prettier-ignore
  } catch (error) {
    database?.close();
    lock.close();
    throw refusalOf(error);
  }
}

/** Opens the file for reading beside the writer. @throws HistoryRefused if it is not a history; HistoryTooNew */
export function openForReading(sqlite: Sqlite, path: string): Database {
  requireFile(path);
  let database: Database | undefined;
  try {
    database = sqlite.open(path, { readOnly: true });
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    if (isNew(database)) throw foreign();
    return database;
  } catch (error) {
    database?.close();
    throw refusalOf(error);
  }
}

function requireFile(path: string): void {
  try {
    if (!statSync(path).isFile()) throw new HistoryRefused('a file');
    accessSync(path, constants.R_OK);
  } catch (error) {
    if (error instanceof HistoryRefused) throw error;
    throw new HistoryRefused(`a file that can be read (${systemCodeOf(error)})`, undefined, error);
  }
}

function closeAll(database: Database, lock: Database): void {
  try {
    database.close();
  } finally {
    lock.close();
  }
}

/**
 * Checks the path, because SQLite's only error is that it can't open it. Nothing is opened here, because closing it
 * would drop SQLite's locks.
 */
function placeOf(given: string): string {
  try {
    const path = realPathOf(given);
    if (path === undefined) return resolveNew(given);
    if (!statSync(path).isFile()) throw new HistoryRefused('a file');
    accessSync(path, constants.R_OK | constants.W_OK);
    // Its log and its lock are created beside it.
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    return path;
  } catch (error) {
    if (error instanceof HistoryRefused) throw error;
    throw new HistoryRefused(
      `a file that can be written, in a folder that can be written (${systemCodeOf(error)})`,
      undefined,
      error,
    );
  }
}

function realPathOf(given: string): string | undefined {
  try {
    return realpathSync(given);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function resolveNew(given: string): string {
  const path = resolve(given);
  const folder = realpathSync(dirname(path));
  accessSync(folder, constants.W_OK | constants.X_OK);
  return join(folder, basename(path));
}

/**
 * Locks a separate, empty database, because a lock on the history itself would keep readers out. The system releases
 * the lock with the process, however the process ends. The file stays, because removing it could remove another
 * process's lock.
 */
function lockFile(sqlite: Sqlite, path: string): Database {
  let lock: Database | undefined;
  try {
    lock = sqlite.open(path);
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if (sqliteCodeOf(error) !== SQLITE_CODE.busy) throw refusalOf(error);
    throw new HistoryRefused(
      'a file that no other watch writes',
      'give each watch a file of its own',
      error,
    );
  }
}

function prepareDatabase(database: Database, logBytes: number): void {
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  const isEmpty = isNew(database);
  if (isEmpty) database.exec(FIRST_PRAGMAS);
  database.exec(`
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA wal_autocheckpoint = ${Math.ceil(logBytes / 2 / PAGE_BYTES)};
PRAGMA journal_size_limit = ${logBytes};
PRAGMA cache_size = -16384;
`);
  if (isEmpty) database.exec(`BEGIN; ${SCHEMA} COMMIT`);
}

/** @throws HistoryRefused if it belongs to another program; HistoryTooNew */
function isNew(database: Database): boolean {
  const id = pragma(database, 'application_id');
  const version = pragma(database, 'user_version');
  const tables = Number(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()!['n']);
  // If the power failed, only the first pragmas may have been written.
  if (tables === 0 && version === 0 && (id === 0 || id === APPLICATION_ID)) return true;
  if (id !== APPLICATION_ID) throw foreign();
  if (version > SCHEMA_VERSION) throw new HistoryTooNew(version);
  return false;
}

function foreign(cause?: unknown): HistoryRefused {
  return new HistoryRefused(
    'a history of echogram, or a file that does not exist yet',
    'choose another name, or move the file away',
    cause,
  );
}

/** The value of a pragma that returns one number. */
export function pragma(database: Database, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()![name]);
}

function refusalOf(error: unknown): unknown {
  const code = sqliteCodeOf(error);
  if (code === undefined) return error;
  if (code === SQLITE_CODE.notADatabase) return foreign(error);
  const reason = (error as Error).message;
  if (code === SQLITE_CODE.corrupt) {
    return new HistoryRefused(
      `a database without damage (${reason})`,
      'move the file away, and save what can be saved with `sqlite3 FILE .recover`',
      error,
    );
  }
  return new HistoryRefused(`a file that SQLite can open and write (${reason})`, undefined, error);
}
