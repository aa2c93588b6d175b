// SPDX-License-Identifier: MIT
// The environment variables through which a service manager speaks to a service.

/** @see sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3) */
const NAMES = {
  notifySocket: 'NOTIFY_SOCKET',
  watchdogUsec: 'WATCHDOG_USEC',
  watchdogPid: 'WATCHDOG_PID',
  listenFds: 'LISTEN_FDS',
  listenPid: 'LISTEN_PID',
  listenFdNames: 'LISTEN_FDNAMES',
} as const;

/** The variables as they were, and what is needed to understand and answer them. */
export type ServiceEnvironment = { readonly [Name in keyof typeof NAMES]: string | undefined } & {
  /** Of this process: variables may be meant for another one. */
  readonly pid: number;
  /** CLOCK_MONOTONIC. */
  readonly monotonicNs: () => bigint;
};

/** A process, as far as it matters here. */
interface Host {
  readonly env: Record<string, string | undefined>;
  readonly pid: number;
  readonly hrtime: { bigint(): bigint };
}

/** Takes the variables out of the environment: they are meant for this process alone, not for its children. */
export function takeServiceEnvironment({ env, pid, hrtime }: Host): ServiceEnvironment {
  const take = (name: string): string | undefined => {
    const value = env[name];
    Reflect.deleteProperty(env, name);
    return value === '' ? undefined : value;
  };
  return {
    pid,
    monotonicNs: () => hrtime.bigint(),
    notifySocket: take(NAMES.notifySocket),
    watchdogUsec: take(NAMES.watchdogUsec),
    watchdogPid: take(NAMES.watchdogPid),
    listenFds: take(NAMES.listenFds),
    listenPid: take(NAMES.listenPid),
    listenFdNames: take(NAMES.listenFdNames),
  };
}
