// SPDX-License-Identifier: MIT
// Processes under measurement: started on one CPU, their CPU time read, ended with their children.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Servers run here, whoever asks them. */
export const SERVER_CPU = 0;

/** All CPUs, for programs that may have several threads. */
export const ALL_CPUS = `0-${cpus().length - 1}`;

/** USER_HZ: fixed in Linux's interface to user space, whatever the kernel ticks at. */
const TICK_NS = 1e7;

/** Time given to a program to end by SIGTERM. */
const END_MS = 3000;

/**
 * Starts a program on one CPU, or on those of a list such as `0-3`.
 *
 * @param {number | string} cpu
 * @param {readonly string[]} command
 */
export function startPinned(cpu, command) {
  const child = spawn('taskset', ['--cpu-list', String(cpu), ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stderr.setEncoding('utf8');
  let complaints = '';
  child.stderr.on('data', (text) => {
    complaints = (complaints + text).slice(-2000);
  });
  return {
    child,
    pid: child.pid,
    complaints: () => complaints,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
  };
}

/**
 * Waits for a program to end by itself.
 *
 * @param atMostMs  then it is ended, and that is an error, as its failing is
 * @returns what it printed
 */
export async function finish(program, atMostMs) {
  const { child, complaints } = program;
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  let isTooLong = false;
  const timer = setTimeout(() => {
    isTooLong = true;
    void end(program);
  }, atMostMs);
  const [status] = await once(child, 'close');
  clearTimeout(timer);
  if (isTooLong) throw new Error(`it takes more than ${atMostMs} ms`);
  if (status !== 0) throw new Error(`it ends with ${status}: ${complaints().trim()}`);
  return printed;
}

/** Ends a program and all that it started. */
export async function end({ child, pid, hasEnded }) {
  const pids = [pid, ...descendantsOf(pid)];
  if (!hasEnded()) {
    const ended = once(child, 'exit');
    for (const each of pids) signal(each, 'SIGTERM');
    const timer = setTimeout(() => signal(pid, 'SIGKILL'), END_MS);
    await ended;
    clearTimeout(timer);
  }
  for (const each of pids.slice(1)) signal(each, 'SIGKILL');
}

/**
 * CPU time, user and system, of a process and all that it started, those that ended and were
 * waited for included.
 */
export function cpuTimeNs(pid) {
  return [pid, ...descendantsOf(pid)].reduce((sum, each) => sum + ownCpuTimeNs(each), 0);
}

/** CPU time that all programs and the kernel have used, and the hypervisor has taken. */
export function machineTimeNs() {
  // proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal.
  const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n')[0]
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * TICK_NS;
}

/**
 * That of a process alone, which takes a fraction of the time to find out. In nanoseconds where the
 * kernel tells: in ticks, a server of 64 processes loses 64 remainders.
 */
export function ownCpuTimeNs(pid) {
  // proc_pid_stat(5): fields 14 to 17 are utime, stime, cutime, cstime.
  const fields = statOf(pid);
  if (fields === undefined) return 0;
  const [user, system, childUser, childSystem] = fields.slice(14 - 3, 18 - 3).map(Number);
  const ticks = childUser + childSystem;
  const threadsNs = threadTimesNs(pid);
  if (threadsNs === undefined) return (ticks + user + system) * TICK_NS;
  return ticks * TICK_NS + threadsNs;
}

/** The first field of schedstat is the time spent on the CPU (Documentation/scheduler/sched-stats). */
function threadTimesNs(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'))
      .reduce((sum, text) => sum + Number(text.split(' ')[0]), 0);
  } catch {
    return undefined;
  }
}

function descendantsOf(pid) {
  const children = new Map();
  for (const name of readdirSync('/proc')) {
    const fields = /^\d+$/.test(name) ? statOf(name) : undefined;
    if (fields === undefined) continue;
    const parent = Number(fields[4 - 3]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [...(children.get(pid) ?? [])];
  for (const each of found) found.push(...(children.get(each) ?? []));
  return found;
}

/** The fields of /proc/PID/stat from the third on, or `undefined` if it has ended. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}
