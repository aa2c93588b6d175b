// SPDX-License-Identifier: MIT
// Where a command writes a file. The name is looked at first: one that can't be written is known before
// a long measurement, not after it. Nothing is made, and nothing lost, until there is something to write.

import { constants, fstatSync } from 'node:fs';
import { access, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { createError, systemCodeOf } from '../errors.ts';
import type { Io } from './io.ts';
import type { Output } from './output.ts';

/** Names of what the program was given open, which is written on, whatever is behind it. */
const DESCRIPTOR = /^\/(?:dev\/(?:fd\/|stderr$)|proc\/(?:self|\d+)\/fd\/)/;

/** Linux follows as many symbolic links, path_resolution(7). */
const MOST_LINKS = 40;

/** A file that is open or will be, and what it is called in a message. */
export interface NamedFile {
  readonly name: string;
  readonly path: string;
  /** `undefined` for anything but a regular file. */
  readonly identity: string | undefined;
}

/** `there`: a regular file. `new`: none yet. `special`: a device, a pipe, or what is open already. */
export type OutputKind = 'there' | 'new' | 'special';

/** A name of a file to be written. */
export interface OutputFile extends NamedFile {
  readonly kind: OutputKind;
  /** Where links lead from `path`. */
  readonly target: string;
}

/**
 * Devices and pipes may be given twice; two writers of one file would write over each other.
 *
 * @param files     of which none may be another, or one of `standing`
 * @param standing  what is not ours to choose, such as standard output
 * @throws OptionError where two are the same file, by whichever names
 */
export function requireDistinct(
  files: readonly NamedFile[],
  standing: readonly NamedFile[] = [],
): void {
  const names = new Map<string, string>();
  for (const { name, identity } of standing) if (identity !== undefined) names.set(identity, name);
  for (const { name, path, identity } of files) {
    if (identity === undefined) continue;
    const other = names.get(identity);
    if (other !== undefined) {
      const rule = `another file than ${other}`;
      throw createError('ECHOGRAM_ERR_OPTION_VALUE', { option: name, rule, value: path });
    }
    names.set(identity, name);
  }
}

/** Standard output and standard error, where the shell made files of them. */
export function standardOutputs({ stdout, stderr }: Io): readonly NamedFile[] {
  const named = (name: string, { stream }: Output): NamedFile => {
    const { fd } = stream as { fd?: number };
    return { name, path: '-', identity: fd === undefined ? undefined : identityOf(fd) };
  };
  return [named('standard output', stdout), named('standard error', stderr)];
}

/** What a regular file alone has while it is open; `undefined` for anything else. */
export function identityOf(fd: number): string | undefined {
  const stats = fstatSync(fd, { bigint: true });
  return stats.isFile() ? `${stats.dev} ${stats.ino}` : undefined;
}

/** @throws OptionError where the file can't be written */
export async function findOutput(flag: string, path: string): Promise<OutputFile> {
  try {
    return { name: flag, path, ...(await lookAt(path)) };
  } catch (error) {
    throw cannotBeWritten(flag, path, error);
  }
}

export function cannotBeWritten(flag: string, path: string, error: unknown): Error {
  return createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: flag,
    rule: `a file that can be written (${systemCodeOf(error)})`,
    value: path,
  });
}

type Place = Pick<OutputFile, 'kind' | 'target' | 'identity'>;

async function lookAt(path: string): Promise<Place> {
  const stats = await stat(path, { bigint: true }).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT' && path !== '') return undefined;
    throw error;
  });
  if (stats === undefined) return await lookAtNew(path);
  if (stats.isDirectory()) throw systemError('EISDIR');
  await access(path, constants.W_OK);
  const identity = stats.isFile() ? `${stats.dev} ${stats.ino}` : undefined;
  if (!stats.isFile() || DESCRIPTOR.test(path)) return { kind: 'special', target: path, identity };
  return { kind: 'there', target: await realpath(path), identity };
}

/** A link may lead to what is not there yet. */
async function lookAtNew(path: string): Promise<Place> {
  const target = await linkTarget(path);
  if (/[/\\]$/.test(path) || basename(target) === '') throw systemError('EISDIR');
  const folder = dirname(target);
  await access(folder, constants.W_OK | constants.X_OK);
  const { dev, ino } = await stat(folder, { bigint: true });
  return { kind: 'new', target, identity: `${dev} ${ino} ${basename(target)}` };
}

async function linkTarget(path: string): Promise<string> {
  let target = resolve(path);
  for (let links = 0; links < MOST_LINKS; links++) {
    const next = await readlink(target).catch(() => undefined);
    if (next === undefined) return target;
    target = resolve(dirname(target), next);
  }
  throw systemError('ELOOP');
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
