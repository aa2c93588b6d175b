// SPDX-License-Identifier: MIT
// Tells the service manager how a watch does: that it probes, what `systemctl status` shows, and that its threads turn.

import { countOf } from '../quantities.ts';
import { statesInWords } from '../report/watch-text.ts';
import type { ServiceNotifier } from '../service-manager/service-notifier.ts';
import type { Watch } from '../watch/running-watch.ts';

/** How often its status is updated. */
const STATUS_MS = 10_000;

export class WatchNotices implements Disposable {
  readonly #watch: Watch;
  readonly #notifier: ServiceNotifier;
  readonly #updating: NodeJS.Timeout;
  #status: string;

  /** Call it once the watch probes, and SIGHUP does what it should. */
  constructor(watch: Watch, notifier: ServiceNotifier) {
    this.#watch = watch;
    this.#notifier = notifier;
    this.#status = this.#read();
    notifier.ready(this.#status);
    // The prober answers between two of its turns, and the main thread asks.
    notifier.feedWhile(() => watch.fleet.openColumns());
    this.#updating = setInterval(this.#update, STATUS_MS).unref();
  }

  reloading(): void {
    this.#notifier.reloading();
  }

  /** @param refusal  why the configuration stays as it was */
  reloaded(refusal?: string): void {
    this.#status = this.#read();
    this.#notifier.ready(refusal === undefined ? this.#status : `${this.#status}; ${refusal}`);
  }

  stopping(): void {
    this[Symbol.dispose]();
    this.#notifier.stopping('waiting for outstanding replies');
  }

  [Symbol.dispose](): void {
    clearInterval(this.#updating);
  }

  readonly #update = (): void => {
    const status = this.#read();
    if (status === this.#status) return;
    this.#status = status;
    this.#notifier.status(status);
  };

  #read(): string {
    const { board, engine } = this.#watch;
    const { statuses } = board;
    const states = statuses.length === 0 ? '' : `: ${statesInWords(statuses)}`;
    return `watching ${countOf(statuses.length, 'target')}${states} (${engine} engine)`;
  }
}
