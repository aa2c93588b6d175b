// SPDX-License-Identifier: MIT
// What src/socket/linux/koffi.ts does, in the single executable: koffi's native part is an asset. The system loads code
// only from files, so it becomes one without a name, which is gone when this process ends, however it ends, and which no
// other user can open.

import { closeSync, constants, existsSync, openSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { getRawAsset } from 'node:sea';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import type { Koffi } from '../socket/linux/koffi.ts';

/** open(2): a file that has no name in the directory. Node has no constant for its own bit. */
const O_TMPFILE = constants.O_DIRECTORY | 0o20000000;

/** A file without a name has a path there alone. */
const OWN_FILES = '/proc/self/fd';

/** Under this name the first thread passes the descriptor on to the others. */
const SHARED_FD = 'echogram.koffi.fd';

/** @throws if the system lets none of its code run; `message` says why, and what each directory answered */
export function loadKoffi(): Koffi {
  const shared = getEnvironmentData(SHARED_FD);
  if (typeof shared === 'number') return open(shared);
  if (!existsSync(OWN_FILES)) throw new Error('/proc is not mounted, and code is loaded by it');
  const refusals: string[] = [];
  for (const directory of temporaryDirectories()) {
    try {
      return loadFrom(directory);
    } catch (error) {
      refusals.push(`${directory}: ${causeOf(error)}`);
    }
  }
  throw new Error(
    `no temporary directory takes a file whose code may run: ${refusals.join('; ')}; XDG_RUNTIME_DIR or TMPDIR can name another`,
  );
}

function temporaryDirectories(): readonly string[] {
  const { XDG_RUNTIME_DIR: own = '' } = process.env;
  return [...new Set([own, '/dev/shm', tmpdir(), '/var/tmp'])].filter((path) => path !== '');
}

function loadFrom(directory: string): Koffi {
  const fd = openSync(directory, constants.O_RDWR | O_TMPFILE, 0o600);
  try {
    writeFileSync(fd, new Uint8Array(getRawAsset('koffi.node') as ArrayBuffer));
    const koffi = open(fd);
    // It stays open for the other threads.
    setEnvironmentData(SHARED_FD, fd);
    return koffi;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function open(fd: number): Koffi {
  const module = { exports: {} };
  process.dlopen(module, `${OWN_FILES}/${fd}`);
  return module.exports as Koffi;
}

/** `/proc/self/fd/22: failed to map segment from shared object` is what a directory mounted with noexec answers. */
function causeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (message.includes('failed to map segment')) return 'mounted with noexec';
  return code !== undefined && code !== 'ERR_DLOPEN_FAILED' ? code : message;
}
