// SPDX-License-Identifier: MIT
// Replaces a file's content atomically: readers find either the old text or the new one, and if the new one can't be
// written, the old one stays.

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { systemCodeOf } from '../errors.ts';

/** Errors if the folder accepts no new file, or the file is a mount point: then it is overwritten. */
const NOTHING_BESIDE = new Set(['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EXDEV']);

/**
 * Writes a temporary file beside the file and renames it, with the owner and mode of the old file as far as they can be
 * kept. If no temporary file can be created, the file is overwritten. It is synchronous, so that no signal interrupts
 * it.
 *
 * @param target  not a symbolic link, because a rename would replace the link
 */
export function replaceFile(target: string, text: string): void {
  const old = statSync(target, { throwIfNoEntry: false });
  try {
    writeBeside(target, text, old);
  } catch (error) {
    if (old === undefined || !NOTHING_BESIDE.has(systemCodeOf(error))) throw error;
    writeFileSync(target, text);
  }
}

interface Owned {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

function writeBeside(target: string, text: string, old: Owned | undefined): void {
  // Nobody can guess the name and put a link there.
  const beside = join(dirname(target), `.echogram-${randomBytes(8).toString('hex')}.tmp`);
  const fd = openSync(beside, 'wx');
  try {
    try {
      if (old !== undefined) keepOwner(fd, old);
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/**
 * Somebody else's file becomes ours unless we are root. The mode is set last, because changing the owner clears some of
 * its bits.
 */
function keepOwner(fd: number, { mode, uid, gid }: Owned): void {
  try {
    fchownSync(fd, uid, gid);
  } catch {
    // Its mode is kept nevertheless.
  }
  fchmodSync(fd, mode & 0o777);
}
