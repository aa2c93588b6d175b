// SPDX-License-Identifier: MIT
// What the admission rules need to know about the bound sockets.

import { isLoopback, type SocketAddress } from '../../socket/ip-address.ts';
import type { BoundTo } from './engine.ts';

export function boundTo(
  sockets: readonly { readonly local: SocketAddress }[],
  threads: number,
): BoundTo {
  return {
    ports: [...new Set(sockets.map(({ local }) => local.port))],
    isLoopbackOnly: sockets.every(({ local }) => isLoopback(local.address)),
    threads,
  };
}
