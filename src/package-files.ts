// SPDX-License-Identifier: MIT
// Where this package keeps what it needs as a file at run time: the code of its threads, and its pages. A bundle has
// its threads beside their modules too (scripts/build-bundles.js).

import { readFileSync } from 'node:fs';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** The module of each thread, below the folder of this file. */
export const THREADS = {
  'linux-worker': 'server/engines/linux-worker',
  'linux-prober': 'client/engines/linux-prober',
  'linux-fleet-thread': 'watch/fleet/linux-fleet-thread',
  'portable-fleet-thread': 'watch/fleet/portable-fleet-thread',
  'history-worker': 'watch/history/history-worker',
  'bcrypt-worker': 'http/bcrypt-worker',
} as const;

export type ThreadName = keyof typeof THREADS;

export type PageName = 'report/page' | 'web/watch-page';

/** `.ts` as written, `.js` as compiled, `.cjs` in a bundle. */
const EXTENSION = /\.\w+$/.exec(import.meta.url)![0];

export function startThread(name: ThreadName, options: WorkerOptions = {}): Worker {
  return new Worker(new URL(`${THREADS[name]}${EXTENSION}`, import.meta.url), options);
}

/** The HTML that scripts/build-page.js made. */
export function readPage(name: PageName): string {
  return readFileSync(new URL(`${name}/page.html`, import.meta.url), 'utf8');
}
