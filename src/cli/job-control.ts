// SPDX-License-Identifier: MIT
// Job control: a shell suspends a program on its terminal (Ctrl-Z) and resumes it (fg, bg).

import { readFileSync } from 'node:fs';
import type { Jobs } from './io.ts';

export const JOBS: Jobs = { isInForeground, signalForeground, interrupt, onSuspension };

/**
 * True if the terminal is ours. In the background (`&`, bg) it belongs to the shell, which edits a line there. Only
 * Linux reports this without a call that Node lacks; on other systems it counts as ours.
 */
function isInForeground(): boolean {
  if (process.platform !== 'linux') return true;
  try {
    // proc_pid_stat(5): after the name, in parentheses, state, parent, group, session, terminal and the
    // terminal's group, -1 if there is no terminal.
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return foreground === group || foreground === '-1';
  } catch {
    return true;
  }
}

function signalForeground(signal: 'SIGINT' | 'SIGTSTP' | 'SIGQUIT'): void {
  // Windows has no process groups, and would end this process.
  if (process.platform === 'win32') process.emit(signal, signal);
  else process.kill(0, signal);
}

function interrupt(): void {
  process.emit('SIGINT', 'SIGINT');
}

function onSuspension(before: () => void, after: () => void): () => void {
  let isToldOf = false;
  const suspend = (): void => {
    before();
    isToldOf = true;
    // If nobody listens, the system stops this process in this call.
    process.off('SIGTSTP', suspend);
    process.kill(process.pid, 'SIGTSTP');
    process.on('SIGTSTP', suspend);
    goOn();
  };
  const goOn = (): void => {
    // A process in the background gets no SIGWINCH when the size changes.
    process.emit('SIGWINCH', 'SIGWINCH');
    after();
  };
  // Something else stopped this process, such as SIGSTOP, which can't be noticed before.
  const resume = (): void => {
    if (!isToldOf) goOn();
    isToldOf = false;
  };
  process.on('SIGTSTP', suspend);
  process.on('SIGCONT', resume);
  return () => {
    process.off('SIGTSTP', suspend);
    process.off('SIGCONT', resume);
  };
}
