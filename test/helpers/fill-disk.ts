// Takes all room that a disk has left.

import { writeFileSync } from 'node:fs';

/** @param file  what takes it; without it there is room again */
export function fillDisk(file: string): void {
  for (let size = 2 ** 20; size >= 1; size = Math.floor(size / 2)) {
    for (;;) {
      try {
        writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
      } catch {
        break;
      }
    }
  }
}
