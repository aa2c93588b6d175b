// SPDX-License-Identifier: MIT
// Replaces the configuration of a running watch, one change at a time, and remembers the outcome.

import { EchogramError } from '../errors.ts';
import type { WatchConfig } from './config/watch-config.ts';
import type { WatchEvent, WatchEventKind } from './watch-event.ts';
import type { ConfigStatus } from './watch-view.ts';

interface ReloadHooks {
  /** @throws if it is refused; then nothing has changed */
  readonly apply: (config: WatchConfig) => Promise<void>;
  readonly onEvent: (event: WatchEvent) => void;
}

export class Reloads {
  readonly #hooks: ReloadHooks;
  #status: ConfigStatus = { isGood: true, lastGoodAtMs: Date.now(), error: null };
  /** The previous change: two at once could leave half of each. */
  #running: Promise<void> = Promise.resolve();

  constructor(hooks: ReloadHooks) {
    this.#hooks = hooks;
  }

  get status(): ConfigStatus {
    return this.#status;
  }

  reload(config: WatchConfig | Promise<WatchConfig>): Promise<void> {
    const asked = Promise.resolve(config);
    // It may reject before its turn comes.
    asked.catch(() => undefined);
    const reloaded = this.#running.then(() => this.#replace(asked));
    this.#running = reloaded.catch(() => undefined);
    return reloaded;
  }

  async #replace(config: Promise<WatchConfig>): Promise<void> {
    try {
      await this.#hooks.apply(await config);
    } catch (error) {
      const message = EchogramError.is(error) ? error.message : String(error);
      this.#status = { ...this.#status, isGood: false, error: message };
      this.#tell('config_refused', message);
      throw error;
    }
    this.#status = { isGood: true, lastGoodAtMs: Date.now(), error: null };
    this.#tell('config_reloaded', 'the configuration was replaced');
  }

  #tell(kind: WatchEventKind, detail: string): void {
    this.#hooks.onEvent({ atMs: Date.now(), key: null, kind, detail });
  }
}
