// SPDX-License-Identifier: MIT
// The output of a command that runs until it is stopped, and continues if its output fails.

import { countOf } from '../quantities.ts';
import type { Io } from './io.ts';
import type { Output } from './output.ts';

/**
 * Keeps such a command running if its output can't be written: it reports that and continues.
 *
 * @param goesOn  what it continues to do: `the server keeps answering`
 */
export function keepLog({ stdout, stderr }: Io, goesOn: string): void {
  stdout.keepLog({
    onFailure: (systemCode, isForGood) => {
      const what = isForGood
        ? `any more (${systemCode}); ${goesOn} without it`
        : `(${systemCode}); ${goesOn} and retries every second`;
      stderr.data(`echogram: warning: standard output can't be written ${what}`);
    },
    onRecovery: (lines) => {
      const missing = `${countOf(lines, 'line')} ${lines === 1 ? 'is' : 'are'} missing`;
      stderr.data(`echogram: standard output works again; ${missing}`);
    },
  });
}

/** Writes an event as a line of JSON. */
type WriteEvent = (event: string, fields: object) => void;

/** Writes events as lines of JSON: `write` drops and counts them while the reader is slow; `writeOnce` never drops. */
export function jsonEvents(stdout: Output): { write: WriteEvent; writeOnce: WriteEvent } {
  const line = (event: string, fields: object): string =>
    JSON.stringify({ event, time: new Date().toISOString(), ...fields });
  stdout.describeMissing = (lines, systemCode) => line('dropped', { lines, systemCode });
  return {
    write: (event, fields) => {
      stdout.narrate(line(event, fields));
    },
    // An event that occurs once is data: a slow reader gets it late, but gets it.
    writeOnce: (event, fields) => {
      stdout.data(line(event, fields));
    },
  };
}
