// SPDX-License-Identifier: MIT
// Opens the listener of a command: what fails becomes an error with a code, and beyond loopback only one with guards opens.

import { createError, systemCodeOf } from '../errors.ts';
import { isLoopback } from '../socket/ip-address.ts';
import { HttpListener, type ListenerOptions } from './listener.ts';

/**
 * Listens until it is disposed of.
 *
 * @throws SocketError with `code` if the system refuses
 */
export async function openListener(
  options: ListenerOptions,
  code: 'ECHOGRAM_ERR_METRICS' | 'ECHOGRAM_ERR_WEB',
): Promise<HttpListener> {
  const { host, port } = options;
  try {
    return await HttpListener.open(options);
  } catch (error) {
    throw createError(code, { host, port, systemCode: systemCodeOf(error) }, error);
  }
}

/** What an error says about a listener without guards. */
interface GuardWords {
  /** What was set, such as `the host of the listener`. */
  readonly option: string;
  readonly host: string;
  /** The guards that are missing, such as `a token is set`. */
  readonly guards: string;
  readonly remedy: string;
}

/**
 * Closes a listener without guards that is reachable from other hosts. Only after listening is it known which address a
 * name stands for.
 *
 * @throws OptionError
 */
export async function keepToLoopback(listener: HttpListener, words: GuardWords): Promise<void> {
  if (isLoopback(listener.address)) return;
  await listener[Symbol.asyncDispose]();
  const { option, host, guards, remedy } = words;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option,
    rule: `a loopback address unless ${guards}`,
    value: host,
    remedy,
  });
}
