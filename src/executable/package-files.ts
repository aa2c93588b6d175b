// SPDX-License-Identifier: MIT
// What src/package-files.ts does, in the single executable: threads and pages are assets in it.

import { getAsset } from 'node:sea';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { PageName, ThreadName } from '../package-files.ts';

export function startThread(name: ThreadName, options: WorkerOptions = {}): Worker {
  return new Worker(getAsset(`${name}.cjs`, 'utf8'), { ...options, eval: true });
}

export function readPage(name: PageName): string {
  return getAsset(`${name}.html`, 'utf8');
}
