// dup(2) and dup2(2), for which Node has no call: to take a descriptor away and to put it back.

import koffi from 'koffi';

const libc = koffi.load(null);
const dup = libc.func('int dup(int)') as (fd: number) => number;
const dup2 = libc.func('int dup2(int, int)') as (of: number, fd: number) => number;

/** Returns another descriptor of the same open file. */
export function duplicate(fd: number): number {
  return dup(fd);
}

/** Makes `fd` a descriptor of the same open file as `of`. */
export function restore(fd: number, of: number): void {
  dup2(of, fd);
}
