#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// The only file that touches the process: arguments, signals, streams, exit code.

import type { Terminal } from './io.ts';
import { Output } from './output.ts';
import { run } from './run.ts';

/** By convention a process ended by signal N exits with 128 + N. */
const SIGNAL_EXIT_CODE = { SIGINT: 130, SIGTERM: 143 } as const;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(SIGNAL_EXIT_CODE[signal]);
    stop.abort(Object.assign(new Error(`stopped by ${signal}`), { code: signal }));
  });
}

// A terminal stopped with Ctrl-S, or a slow one, would otherwise block the whole thread in write(2):
// Node makes terminals blocking. Pipes and sockets don't block, files never wait for a reader.
for (const stream of [process.stdout, process.stderr]) {
  const { _handle: handle } = stream as { _handle?: { setBlocking?: (isOn: boolean) => number } };
  if (stream.isTTY) handle?.setBlocking?.(false);
}

function terminalOf({ stdout, env }: NodeJS.Process): Terminal | undefined {
  // https://no-color.org: whatever it is set to, but not the empty string.
  const wantsPlain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  if (!stdout.isTTY || wantsPlain) return undefined;
  return {
    get columns() {
      return stdout.columns;
    },
    get rows() {
      return stdout.rows;
    },
    hasColour: stdout.hasColors(256),
  };
}

const exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: new Output(process.stdout),
  stderr: new Output(process.stderr),
  terminal: terminalOf(process),
  stop: stop.signal,
});
// A reader that has stopped would keep the process alive with what it has not taken.
process.exit(exitCode);
