// SPDX-License-Identifier: MIT
// Notices when the address that a channel's sockets are bound to no longer belongs to this host, or is no longer the
// one that the system sends from. Replaces the sockets with sockets bound to the new address, under the same
// descriptors, so that code that holds a descriptor needs no change.

import { maySucceed } from '../address-change.ts';
import type { ProbeChannelOptions } from '../probe-channel.ts';
import { localAddress, openUdp } from './bind.ts';
import { EADDRNOTAVAIL, O_CLOEXEC } from './constants.ts';
import type { Libc } from './libc.ts';
import { openProbeSocket, type OpenProbeSocket } from './open-probe-socket.ts';
import { encodeSockaddr } from './sockaddr.ts';
import { openStrayListener } from './stray-listener.ts';

export interface AddressFollowerParts {
  readonly libc: Libc;
  readonly sockets: readonly OpenProbeSocket[];
  /** One for each of the first sockets. */
  readonly listeners: readonly number[];
  /** The options that the sockets were opened with. */
  readonly options: ProbeChannelOptions;
}

export class AddressFollower {
  readonly #parts: AddressFollowerParts;
  #address: string;

  constructor(parts: AddressFollowerParts) {
    this.#parts = parts;
    this.#address = localAddress(parts.libc, parts.sockets[0]!.fd).address;
  }

  /**
   * @param isSilent  also leave an address that this host still has, if the system would choose another one
   * @param onLeave   called before the sockets are replaced; what they hold is lost afterwards
   * @returns the addresses before and after; `undefined` if nothing changes
   */
  look(
    isSilent: boolean,
    onLeave: () => void,
  ): { readonly from: string; readonly to: string } | undefined {
    const from = this.#address;
    if (!isSilent && !isGone(this.#parts.libc, from)) return undefined;
    const to = this.#nextAddress();
    if (to === undefined || !maySucceed(from, to)) return undefined;
    const fresh = this.#openAt(to);
    if (fresh === undefined) return undefined;
    onLeave();
    if (!this.#replace(fresh)) return undefined;
    this.#address = to;
    return { from, to };
  }

  /** The address from which the system would now reach the peer. */
  #nextAddress(): string | undefined {
    const { libc, options } = this.#parts;
    const socket = attempt(() => openProbeSocket(libc, options));
    if (socket === undefined) return undefined;
    const { address } = localAddress(libc, socket.fd);
    libc.close(socket.fd);
    return address;
  }

  /** @returns a new socket for each of the channel's sockets; `undefined` if one can't be opened */
  #openAt(address: string): readonly OpenProbeSocket[] | undefined {
    const { libc, sockets, options } = this.#parts;
    const fresh: OpenProbeSocket[] = [];
    for (const { localPort: port } of sockets) {
      const socket =
        attempt(() => openProbeSocket(libc, options, { address, port })) ??
        attempt(() => openProbeSocket(libc, options));
      if (socket === undefined) {
        for (const { fd } of fresh) libc.close(fd);
        return undefined;
      }
      fresh.push(socket);
    }
    return fresh;
  }

  /** @returns false if the system refuses it; if it refuses at all, it refuses the first one */
  #replace(fresh: readonly OpenProbeSocket[]): boolean {
    const { libc, sockets, listeners } = this.#parts;
    let isReplaced = true;
    for (const [at, socket] of fresh.entries()) {
      isReplaced &&= libc.dup3(socket.fd, sockets[at]!.fd, O_CLOEXEC) >= 0;
      libc.close(socket.fd);
    }
    if (!isReplaced) return false;
    for (const [at, fd] of listeners.entries()) {
      const listener = openStrayListener(libc, sockets[at]!);
      if (listener === undefined) continue;
      libc.dup3(listener, fd, O_CLOEXEC);
      libc.close(listener);
    }
    return true;
  }
}

/** True if this host no longer has the address: binding to it fails. */
function isGone(libc: Libc, address: string): boolean {
  return (
    attempt(() => {
      const name = encodeSockaddr({ address, port: 0 });
      const fd = openUdp(libc, address.includes(':'));
      const isRefused = libc.bind(fd, libc.address(name), name.length) < 0;
      const isGoneFromHere = isRefused && libc.errno() === EADDRNOTAVAIL;
      libc.close(fd);
      return isGoneFromHere;
    }) ?? false
  );
}

/** @returns `undefined` if the system refuses it; the measurement then continues unchanged */
function attempt<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
