// SPDX-License-Identifier: MIT
// Reports when a file may have changed. This is only a hint: a network file system reports nothing, and Kubernetes'
// atomic writer changes a link beside the file. So readers also check every few seconds.

import { watch, type FSWatcher } from 'node:fs';

/** The interval at which a file is read again without a hint. */
export const LOOK_AGAIN_MS = 5000;

/** A writer causes several events for one change. */
const SETTLE_MS = 100;

export class FolderHints implements Disposable {
  readonly #watchers: readonly FSWatcher[];
  readonly #onHint: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(folders: Iterable<string>, onHint: () => void) {
    this.#onHint = onHint;
    this.#watchers = [...new Set(folders)].flatMap((folder) => this.#watch(folder));
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  /** Empty if the folder does not exist, or the system has no watches left. */
  #watch(folder: string): readonly FSWatcher[] {
    try {
      const watcher = watch(folder, { persistent: false }, () => {
        this.#hint();
      });
      watcher.on('error', () => {
        watcher.close();
      });
      return [watcher];
    } catch {
      return [];
    }
  }

  #hint(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#onHint();
    }, SETTLE_MS);
    this.#timer.unref();
  }
}
