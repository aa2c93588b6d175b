// SPDX-License-Identifier: MIT
// What a shell does to a program on its terminal: suspends it (Ctrl-Z), lets it go on (fg, bg).

import { readFileSync } from 'node:fs';
import type { Jobs } from './io.ts';

export const JOBS: Jobs = { isInForeground, onSuspension };

/**
 * Whether the terminal is ours. In the background (`&`, bg) it is the shell's, which edits a line there.
 * Only Linux tells without a call that Node lacks; elsewhere it is taken to be ours.
 */
function isInForeground(): boolean {
  if (process.platform !== 'linux') return true;
  try {
    // proc_pid_stat(5): after the name, in parentheses, state, parent, group, session, terminal and the
    // terminal's group, -1 where there is no terminal.
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return foreground === group || foreground === '-1';
  } catch {
    return true;
  }
}

function onSuspension(before: () => void, after: () => void): () => void {
  let isToldOf = false;
  const suspend = (): void => {
    before();
    isToldOf = true;
    // Where nobody listens, the system stops us, in this call.
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
  // Something else stopped us, such as SIGSTOP, which can't be noticed before.
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
