// SPDX-License-Identifier: MIT
// What a figure depends on beside the code: machine, versions, load. No names and no paths.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { bunPath } from './variants.js';

/** Above this one-minute load average another program takes part in the measurement. */
const QUIET_LOAD = 0.5;

/** One-minute load average, and whether the machine is quiet enough for figures to be kept. */
function load() {
  const [oneMinute] = loadavg();
  return { oneMinute, isQuiet: oneMinute < QUIET_LOAD };
}

/**
 * Prints what is to be known of the machine before a run, `name: value` a line, and returns it.
 *
 * @param {readonly string[]} more  lines of the run's own
 */
export function announce(more = []) {
  const { oneMinute, isQuiet } = load();
  const lines = [
    ...machineLines(),
    `Load average over the minute before: ${oneMinute.toFixed(2)}`,
    ...more,
  ];
  console.log(lines.join('\n'));
  if (!isQuiet) {
    console.log(
      `The load is above ${QUIET_LOAD}: other programs take part, keep no figure of this.`,
    );
  }
  return lines;
}

function machineLines() {
  const [cpu] = cpus();
  return [
    `CPU: ${cpu.model}, ${cpus().length} cores${isVirtual() ? ', virtual machine' : ''}`,
    `Governor: ${readOr('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor', 'not shown')}`,
    `Memory: ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Kernel: Linux ${release()}`,
    `net.core.rmem_max: ${readOr('/proc/sys/net/core/rmem_max', 'unknown')}`,
    `Node: ${process.version}`,
    `gcc: ${versionOf('gcc', ['-dumpfullversion'])}`,
    `Python: ${versionOf('/usr/bin/python3', ['--version'])}`,
    `Bun: ${bunPath === undefined ? 'absent' : versionOf(bunPath, ['--version'])}`,
    `socat: ${versionOf('socat', ['-V'])}`,
    `sockperf: ${versionOf('sockperf', ['--version'])}`,
    `irtt: ${versionOf('irtt', ['version'])}`,
  ];
}

function versionOf(command, args) {
  const { stdout, status } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? (/\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? 'unknown') : 'absent';
}

function isVirtual() {
  return readFileSync('/proc/cpuinfo', 'utf8').includes('hypervisor');
}

function readOr(path, otherwise) {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return otherwise;
  }
}
