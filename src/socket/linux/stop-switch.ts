// SPDX-License-Identifier: MIT
// Ends every worker of a server or a client at once: a flag for those that are busy, an eventfd for those that wait.

// Only to hear of the exit, see `switches`.
import process from 'node:process';
import { EFD_CLOEXEC, EFD_NONBLOCK } from './constants.ts';
import { systemError, type Libc } from './libc.ts';

/**
 * Those not yet released. A thread in a system call keeps process.exit() from returning, so they are
 * all pressed there; one listener does for any number of servers.
 */
const switches = new Set<StopSwitch>();

function pressAll(): void {
  for (const stop of switches) stop.press();
}

export class StopSwitch {
  /** One shared cell that is 1 once the switch is pressed. */
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

  press(): void {
    Atomics.store(this.flag, 0, 1);
    const one = BigUint64Array.of(1n);
    this.#libc.write(this.fd, this.#libc.address(one), one.byteLength);
  }

  /** Gives the descriptor back, once nobody waits on it. */
  release(): void {
    switches.delete(this);
    if (switches.size === 0) process.off('exit', pressAll);
    this.#libc.close(this.fd);
  }
}
