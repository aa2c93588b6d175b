// SPDX-License-Identifier: MIT
// Replaces what a file holds, as a whole: whoever opens it finds the old text or the new one, and where
// that can't be written, the old one stays.

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

/** A folder that takes no new file, or a file that is a mount of its own: it is written in its place. */
const NOTHING_BESIDE = new Set(['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EXDEV']);

/**
 * Writes beside the file and renames, with the owner and the mode of what was there, where they can be
 * kept; a file that nothing can be put beside is overwritten. At once, so that no signal comes between.
 *
 * @param target  of no symbolic link, as a rename would replace that
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
  // Nobody can guess the name, and have put a link there.
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

/** Another's file becomes ours unless we are root; the mode comes last, as a new owner takes bits from it. */
function keepOwner(fd: number, { mode, uid, gid }: Owned): void {
  try {
    fchownSync(fd, uid, gid);
  } catch {
    // Its mode is kept all the same.
  }
  fchmodSync(fd, mode & 0o777);
}
