// SPDX-License-Identifier: MIT
// How a notification reaches the service manager: through the C library, or through the program systemd-notify where
// koffi does not load. A datagram to a Unix socket is not among Node's own calls.

import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { systemCodeOf } from '../errors.ts';
import { loadLibc, unsupportedReason, type Libc } from '../socket/linux/libc.ts';
import { encodeUnixAddress, sendUnixDatagram } from '../socket/linux/unix-datagram.ts';

/** Sends one notification, `NAME=value` lines. @throws what the system says */
export type NotifyChannel = (lines: readonly string[]) => Promise<void>;

interface ChannelOptions {
  /** The value of NOTIFY_SOCKET. */
  readonly socket: string;
  /** False if the C library must not be called. */
  readonly mayUseLibc: boolean;
}

/** @throws Error, which says in words why there is none */
export async function openNotifyChannel({
  socket,
  mayUseLibc,
}: ChannelOptions): Promise<NotifyChannel> {
  const address = encodeUnixAddress(socket);
  if (address === undefined) {
    throw new Error('NOTIFY_SOCKET must be a path, or @ and a name, of at most 108 bytes');
  }
  const libc = mayUseLibc ? await libcIfAny() : undefined;
  if (libc === undefined) return (lines) => runNotifyProgram(socket, lines);
  return (lines) => sendPatiently(libc, address, Buffer.from(lines.join('\n')));
}

async function libcIfAny(): Promise<Libc | undefined> {
  if (unsupportedReason() !== undefined) return undefined;
  try {
    return await loadLibc();
  } catch {
    return undefined;
  }
}

/** A manager that is busy has no room for another datagram for a moment. */
const TRIES = 50;
const RETRY_MS = 20;

async function sendPatiently(libc: Libc, address: Uint8Array, payload: Uint8Array): Promise<void> {
  for (let triesLeft = TRIES; ; triesLeft--) {
    try {
      sendUnixDatagram(libc, address, payload);
      return;
    } catch (error) {
      if (systemCodeOf(error) !== 'EAGAIN' || triesLeft === 1) throw error;
    }
    await pause(RETRY_MS);
  }
}

const PROGRAM = 'systemd-notify';
const PROGRAM_PATH = '/usr/local/bin:/usr/bin:/bin';

/** Starting it takes some milliseconds, and it waits until the manager has read the message. */
const PROGRAM_TIMEOUT_MS = 5000;

async function runNotifyProgram(socket: string, lines: readonly string[]): Promise<void> {
  const env = { PATH: PROGRAM_PATH, NOTIFY_SOCKET: socket };
  await promisify(execFile)(PROGRAM, lines, { env, timeout: PROGRAM_TIMEOUT_MS });
}
