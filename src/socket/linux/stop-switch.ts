// SPDX-License-Identifier: MIT
// Ends the threads of a server or a client: a flag for those that are busy or pause, an eventfd for those
// that wait in a system call.

import { EFD_CLOEXEC, EFD_NONBLOCK } from './constants.ts';
import { systemError, type Libc } from './libc.ts';
import { STOP } from '../stop-wish.ts';

/**
 * The switches not yet released. A thread in a system call keeps process.exit() from returning, so all switches are
 * pressed on exit; one listener serves any number of servers.
 */
const switches = new Set<StopSwitch>();

function pressAll(): void {
  for (const stop of switches) stop.press();
}

export class StopSwitch {
  /** One shared cell: 0, or the requested value of `STOP`. */
  readonly flag = new Int32Array(new SharedArrayBuffer(4));
  /** An eventfd that is readable once the switch is pressed. */
  readonly fd: number;
  readonly #libc: Libc;

  /** @throws the system's error in Node's shape, such as EMFILE */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.fd = libc.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (this.fd < 0) throw systemError('eventfd', libc.errno());
    if (switches.size === 0) process.on('exit', pressAll);
    switches.add(this);
  }

  press(wish: number = STOP.now): void {
    Atomics.store(this.flag, 0, wish);
    Atomics.notify(this.flag, 0);
    this.wake();
  }

  /** Wakes a waiting thread without ending it. */
  wake(): void {
    wakeUp(this.#libc, this.fd);
  }

  /** Closes the descriptor, once nobody waits on it. */
  release(): void {
    switches.delete(this);
    if (switches.size === 0) process.off('exit', pressAll);
    this.#libc.close(this.fd);
  }
}

/** Makes an eventfd readable. */
export function wakeUp(libc: Libc, fd: number): void {
  const one = BigUint64Array.of(1n);
  libc.write(fd, libc.address(one), one.byteLength);
}

/** For a thread that continues: makes its eventfd wait for the next press. */
export function rearm(libc: Libc, fd: number): void {
  const count = new BigUint64Array(1);
  libc.read(fd, libc.address(count), count.byteLength);
}
