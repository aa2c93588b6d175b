// SPDX-License-Identifier: MIT
// Measures what the other threads of this process do while one thread never sleeps: mostly V8's compilers and garbage
// collectors.

import { monotonicNs } from '../../time.ts';

/** @returns their processor time, in nanoseconds, while `run` keeps this thread busy */
export async function helperCpuNs(run: () => Promise<void>): Promise<number> {
  const startedAtNs = monotonicNs();
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1e3 - (monotonicNs() - startedAtNs);
}
