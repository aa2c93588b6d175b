// SPDX-License-Identifier: MIT
// Notices that the address which a channel's sockets are bound to is no longer this host's, or no longer the one that
// the system sends from, and puts sockets on the new one in their places: under the same descriptors, so that whoever
// knows these need not know.

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
  /** As the sockets were opened. */
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
   * @param isSilent  an address that this host still has is left too, where the system would choose another
   * @param onLeave   called before the sockets are replaced: what they hold is gone afterwards
   * @returns the addresses before and after; `undefined` where all stays as it is
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

  /** The address that the system reaches the peer from now. */
  #nextAddress(): string | undefined {
    const { libc, options } = this.#parts;
    const socket = attempt(() => openProbeSocket(libc, options));
    if (socket === undefined) return undefined;
    const { address } = localAddress(libc, socket.fd);
    libc.close(socket.fd);
    return address;
  }

  /** @returns a socket for each of the channel's; `undefined` where one can't be had */
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

  /** @returns false where the system refuses it: from the first one on, if at all */
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

/** True where this host no longer has the address: nothing can be bound to it. */
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

/** @returns `undefined` where the system refuses it: the measurement goes on as it is */
function attempt<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
