// SPDX-License-Identifier: MIT
// Loads SQLite: Node's own, or on a Node without it an optional package with the same interface. The types cover the
// part that the history uses, because the types of the oldest Node lack them.

import { systemCodeOf } from '../../errors.ts';

/** A value of a field. */
export type SqlValue = null | number | string | Uint8Array;

export type SqlRow = Readonly<Record<string, SqlValue>>;

export interface Statement {
  run(...values: readonly SqlValue[]): { readonly changes: number | bigint };
  get(...values: readonly SqlValue[]): SqlRow | undefined;
  all(...values: readonly SqlValue[]): SqlRow[];
  iterate(...values: readonly SqlValue[]): IterableIterator<SqlRow>;
}

/** Since Node 22.16: rows as arrays, which cost half as much as objects. */
interface ArrayStatement extends Statement {
  setReturnArrays?(isArray: boolean): void;
}

/** Runs a statement whose rows come as arrays of their values. */
export function inArrays(
  statement: ArrayStatement,
): (...values: readonly SqlValue[]) => readonly (readonly SqlValue[])[] {
  if (statement.setReturnArrays === undefined) {
    return (...values) => statement.all(...values).map((row) => Object.values(row));
  }
  statement.setReturnArrays(true);
  return (...values) => statement.all(...values) as unknown as SqlValue[][];
}

export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

export interface Sqlite {
  open(path: string, options?: { readonly readOnly: boolean }): Database;
}

/** Primary result codes, https://sqlite.org/rescode.html. */
export const SQLITE_CODE = {
  busy: 5,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

/** The primary result code of an error of SQLite; `undefined` for any other error. */
export function sqliteCodeOf(error: unknown): number | undefined {
  if (systemCodeOf(error) !== 'ERR_SQLITE_ERROR') return undefined;
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : undefined;
}

interface SqliteModule {
  readonly DatabaseSync: new (path: string, options?: { readonly readOnly?: boolean }) => Database;
}

/** @returns SQLite, or a text that says why there is none */
export async function loadSqlite(): Promise<Sqlite | string> {
  const module = (await loadOfNode('node:sqlite')) ?? (await loadPackage());
  if (typeof module === 'string') return module;
  const { DatabaseSync } = module;
  return { open: (path, options) => new DatabaseSync(path, options ?? {}) };
}

/**
 * Suppresses the warning that it is experimental, up to Node 24.14: what is used here has not changed since 22.13.
 *
 * @param name  a variable, because the types of the oldest Node know no such module
 */
async function loadOfNode(name: string): Promise<SqliteModule | undefined> {
  const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (...args: unknown[]) => {
    if (!String(args[0]).startsWith('SQLite is an experimental feature')) emitWarning(...args);
  };
  try {
    return (await import(name)) as SqliteModule;
  } catch {
    return undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

async function loadPackage(): Promise<SqliteModule | string> {
  try {
    return await import('@photostructure/sqlite');
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0]!;
    return `this Node has no SQLite, and the optional package @photostructure/sqlite does not load (${reason})`;
  }
}
