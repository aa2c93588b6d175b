// SPDX-License-Identifier: MIT
// The configuration file, followed while it is edited, replaced, or swapped by changing its link.

import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { FolderHints, LOOK_AGAIN_MS } from './folder-hints.ts';
import { parseWatchConfig, readConfigText } from './load-config.ts';
import type { WatchConfig } from './watch-config.ts';

/** A change counts once it is seen twice, because a file may be half written. */
const SETTLE_MS = 200;

export class ConfigFile implements Disposable {
  readonly #file: string;
  #onChange: ((config: Promise<WatchConfig>) => void) | undefined;
  #hints: FolderHints | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** A hash of what was last read or reported, or why there was nothing. */
  #known = '';
  #seen = '';
  #isLooking = false;

  constructor(file: string) {
    this.#file = resolve(file);
  }

  /** @throws OptionError `ECHOGRAM_ERR_WATCH_CONFIG` */
  async read(): Promise<WatchConfig> {
    const text = await this.#text();
    this.#known = stampOf(text);
    if (text instanceof Error) throw text;
    return await parseWatchConfig(this.#file, text);
  }

  /**
   * Checks the contents every 5 s and whenever the folder changes.
   *
   * @param onChange  called with what the file has after a change; rejects as `read` does
   */
  follow(onChange: (config: Promise<WatchConfig>) => void): void {
    this.#onChange = onChange;
    this.#hints = new FolderHints([dirname(this.#file)], () => void this.#look());
    this.#lookIn(LOOK_AGAIN_MS);
  }

  [Symbol.dispose](): void {
    this.#onChange = undefined;
    clearTimeout(this.#timer);
    this.#hints?.[Symbol.dispose]();
  }

  #lookIn(pauseMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), pauseMs);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const text = await this.#text();
    this.#isLooking = false;
    if (this.#onChange === undefined) return;
    const stamp = stampOf(text);
    const isSettled = stamp === this.#known || stamp === this.#seen;
    this.#seen = stamp;
    this.#lookIn(isSettled ? LOOK_AGAIN_MS : SETTLE_MS);
    if (!isSettled || stamp === this.#known) return;
    this.#known = stamp;
    const config =
      text instanceof Error ? Promise.reject(text) : parseWatchConfig(this.#file, text);
    // The listener may await it later.
    config.catch(() => undefined);
    this.#onChange(config);
  }

  async #text(): Promise<string | Error> {
    try {
      return await readConfigText(this.#file);
    } catch (error) {
      return error as Error;
    }
  }
}

function stampOf(text: string | Error): string {
  if (text instanceof Error) return text.message;
  return createHash('sha256').update(text).digest('hex');
}
