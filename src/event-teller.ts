// SPDX-License-Identifier: MIT
// Emits the events of an object that runs in the background, so that no listener disturbs it and no warning is missed.

import type { EventEmitter } from 'node:events';
import { callListeners } from './listeners.ts';
import { UntoldWarnings } from './untold-warnings.ts';

type EventMap<Events> = Record<keyof Events, unknown[]>;

/** The events of an object that has warnings and may fail. */
interface TroubleEvents {
  warning: [message: string];
  error: [error: Error];
}

export class EventTeller<Events extends EventMap<Events> & TroubleEvents> {
  readonly #emitter: EventEmitter;
  readonly #untoldWarnings: UntoldWarnings;

  /**
   * @param emitter   emits the events; its constructor creates the teller, before anybody listens
   * @param warnings  those from its start
   */
  constructor(emitter: EventEmitter<Events>, warnings: readonly string[] = []) {
    this.#emitter = emitter as EventEmitter;
    this.#untoldWarnings = new UntoldWarnings(warnings);
    this.#emitter.on('newListener', (event) => {
      // The listener is added only after this event.
      if (event === 'warning') queueMicrotask(this.#tellWarnings);
    });
  }

  /**
   * Emits an event. An exception of a listener becomes an uncaught one, after the caller is done. An `error` without a
   * listener is not emitted: it would end the process.
   */
  tell<Name extends keyof Events & string>(name: Name, ...args: Events[Name]): void {
    if (name === 'error' && this.#emitter.listenerCount(name) === 0) return;
    callListeners(() => this.#emitter.emit(name, ...args));
  }

  /** Emits a warning, or keeps it for the first listener: the newest 100. */
  readonly warn = (message: string): void => {
    this.#untoldWarnings.add(message);
    this.#tellWarnings();
  };

  readonly #tellWarnings = (): void => {
    this.#untoldWarnings.tell(
      () => this.#emitter.listenerCount('warning') > 0,
      (message) => {
        callListeners(() => this.#emitter.emit('warning', message));
      },
    );
  };
}
