// SPDX-License-Identifier: MIT
// How a caller stops a measurement.

import { systemCodeOf } from '../errors.ts';
import type { EndCode } from './session/session-result.ts';

/** What ended a measurement that was stopped. */
interface Stop {
  readonly code: Extract<EndCode, 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'ABORTED'>;
  readonly message?: string;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How it was stopped, from the reason of the abort. */
export function stopOf(reason: unknown): Stop {
  const code = SIGNALS.find((signal) => signal === systemCodeOf(reason));
  if (code !== undefined) return { code };
  return { code: 'ABORTED', ...(reason instanceof Error ? { message: reason.message } : {}) };
}

/**
 * Acts once the signal aborts; at once if it already has, while the sockets were opened or in a listener for `start`.
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): Disposable {
  signal?.addEventListener('abort', act, { once: true });
  if (signal?.aborted === true) act();
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', act) };
}
