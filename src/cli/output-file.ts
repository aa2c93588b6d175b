// SPDX-License-Identifier: MIT
// A file that a command writes. The name is checked first, so that an unwritable file is reported before a long
// measurement, not after it. Nothing is created, and nothing lost, until there is something to write.

import { constants, fstatSync } from 'node:fs';
import { access, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { createError, systemCodeOf } from '../errors.ts';
import type { Io } from './io.ts';
import type { Output } from './output.ts';

/** Names of descriptors that the program inherited, which are written to whatever they refer to. */
const DESCRIPTOR = /^\/(?:dev\/(?:fd\/|stderr$)|proc\/(?:self|\d+)\/fd\/)/;

/** The number of symbolic links that Linux follows, path_resolution(7). */
const MOST_LINKS = 40;

/** A file that is open or will be opened, and its name in messages. */
export interface NamedFile {
  readonly name: string;
  readonly path: string;
  /** `undefined` for anything but a regular file. */
  readonly identity: string | undefined;
}

/** `there`: a regular file. `new`: no file yet. `special`: a device, a pipe, or a descriptor that is already open. */
export type OutputKind = 'there' | 'new' | 'special';

/** A file to be written. */
export interface OutputFile extends NamedFile {
  readonly kind: OutputKind;
  /** Where symbolic links lead from `path`. */
  readonly target: string;
}

/**
 * Devices and pipes may be given twice; two writers of one file would write over each other.
 *
 * @param files     must all differ, also from those in `standing`
 * @param standing  files that we can't choose, such as standard output
 * @throws OptionError if two are the same file, even under different names
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
      const rule = `a different file from ${other}`;
      throw createError('ECHOGRAM_ERR_OPTION_VALUE', { option: name, rule, value: path });
    }
    names.set(identity, name);
  }
}

/** Standard output and standard error, if the shell redirected them to files. */
export function standardOutputs({ stdout, stderr }: Io): readonly NamedFile[] {
  const named = (name: string, { stream }: Output): NamedFile => {
    const { fd } = stream as { fd?: number };
    return { name, path: '-', identity: fd === undefined ? undefined : identityOf(fd) };
  };
  return [named('standard output', stdout), named('standard error', stderr)];
}

/** Identifies an open regular file; `undefined` for anything else. */
export function identityOf(fd: number): string | undefined {
  const stats = fstatSync(fd, { bigint: true });
  return stats.isFile() ? `${stats.dev} ${stats.ino}` : undefined;
}

/** @throws OptionError if the file can't be written */
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

/** A link may lead to a file that does not exist yet. */
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
