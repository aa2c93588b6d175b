// SPDX-License-Identifier: MIT
// Tells the service manager how the service does (sd_notify(3)). Without one, it does nothing.

import { systemCodeOf } from '../errors.ts';
import { escapeText } from '../printable.ts';
import type { NotifyChannel } from './notify-channel.ts';
import type { ServiceEnvironment } from './service-environment.ts';
import { Watchdog } from './watchdog.ts';

export interface ServiceNotifierOptions {
  readonly environment: ServiceEnvironment;
  /** False if the C library must not be called. */
  readonly mayUseLibc: boolean;
  /** Called once, with the first failure in words: the service goes on. */
  readonly onTrouble: (trouble: string) => void;
}

export class ServiceNotifier implements AsyncDisposable {
  readonly #options: ServiceNotifierOptions;
  readonly #channel: NotifyChannel | undefined;
  /** Notifications leave in order. */
  #sent: Promise<void> = Promise.resolve();
  #hasTrouble = false;
  #watchdog: Watchdog | undefined;

  static async open(options: ServiceNotifierOptions): Promise<ServiceNotifier> {
    const { notifySocket: socket } = options.environment;
    if (socket === undefined) return new ServiceNotifier(options, undefined);
    const { mayUseLibc } = options;
    // Loaded here: most programs have no service manager.
    const { openNotifyChannel } = await import('./notify-channel.ts');
    try {
      return new ServiceNotifier(options, await openNotifyChannel({ socket, mayUseLibc }));
    } catch (error) {
      options.onTrouble((error as Error).message);
      return new ServiceNotifier(options, undefined);
    }
  }

  private constructor(options: ServiceNotifierOptions, channel: NotifyChannel | undefined) {
    this.#options = options;
    this.#channel = channel;
  }

  /** The service works from now on, or again after a reload. */
  ready(status: string): void {
    this.#tell('READY=1', statusLine(status));
  }

  status(status: string): void {
    this.#tell(statusLine(status));
  }

  /** A reload begins; `ready` ends it. */
  reloading(): void {
    const monotonicUs = this.#options.environment.monotonicNs() / 1000n;
    this.#tell('RELOADING=1', `MONOTONIC_USEC=${monotonicUs}`);
  }

  stopping(status: string): void {
    this.#tell('STOPPING=1', statusLine(status));
  }

  /** Feeds the watchdog, if there is one, as long as `prove` resolves. */
  feedWhile(prove: () => Promise<unknown>): void {
    const timeoutMs = this.#watchdogMs();
    if (timeoutMs === undefined || this.#channel === undefined) return;
    this.#watchdog = new Watchdog({
      timeoutMs,
      prove,
      feed: () => {
        this.#tell('WATCHDOG=1');
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watchdog?.[Symbol.dispose]();
    await this.#sent;
  }

  /** @see sd_watchdog_enabled(3) */
  #watchdogMs(): number | undefined {
    const { watchdogUsec, watchdogPid, pid } = this.#options.environment;
    if (watchdogUsec === undefined) return undefined;
    if (watchdogPid !== undefined && watchdogPid !== String(pid)) return undefined;
    return /^[1-9]\d{0,15}$/.test(watchdogUsec) ? Number(watchdogUsec) / 1000 : undefined;
  }

  #tell(...lines: readonly string[]): void {
    const channel = this.#channel;
    if (channel === undefined) return;
    this.#sent = this.#sent.then(() => channel(lines)).catch(this.#note);
  }

  readonly #note = (error: unknown): void => {
    if (this.#hasTrouble) return;
    this.#hasTrouble = true;
    this.#options.onTrouble(troubleInWords(error));
  };
}

function statusLine(status: string): string {
  return `STATUS=${escapeText(status)}`;
}

function troubleInWords(error: unknown): string {
  const systemCode = systemCodeOf(error);
  if (systemCode === 'EAFNOSUPPORT') {
    return 'RestrictAddressFamilies= of the unit must have AF_UNIX (EAFNOSUPPORT)';
  }
  const { syscall = '' } = error as NodeJS.ErrnoException;
  if (systemCode === 'ENOENT' && syscall.startsWith('spawn')) {
    return 'koffi does not load, and there is no program systemd-notify';
  }
  return escapeText((error as Error).message.split('\n')[0]!);
}
