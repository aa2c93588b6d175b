// SPDX-License-Identifier: MIT
// Warnings for the user of a server at its start, in whole sentences.

import type { SocketBuffer } from '../socket/datagram-socket.ts';
import { formatCount } from '../quantities.ts';
import { listInterfaces } from '../socket/interfaces.ts';
import { isLoopback, type SocketAddress } from '../socket/ip-address.ts';
import type { RunningEngine } from './engines/engine.ts';
import type { ParsedOptions } from './serve-options.ts';

export function warningsFor(engine: RunningEngine, options: ParsedOptions): string[] {
  const warnings: string[] = [];
  if (listInterfaces().isRefused) {
    warnings.push(
      "the system refuses to list this host's networks, so their broadcast addresses cannot be recognized; only the system can refuse datagrams from them",
    );
  }
  const { receiveBuffer, sendBuffer } = engine;
  if (isSmall(receiveBuffer)) {
    warnings.push(smallBuffer('receive', receiveBuffer, 'bursts may be dropped', 'rmem_max'));
  }
  if (isSmall(sendBuffer)) {
    warnings.push(
      smallBuffer(
        'send',
        sendBuffer,
        'fewer replies can wait for neighbour resolution',
        'wmem_max',
      ),
    );
  }
  if (options.answerAnyPort) {
    warnings.push(
      'every source port is answered, even those of services that may answer back for ever (CVE-2024-2169); do not expose this server to open networks',
    );
  }
  const addresses = engine.services.flatMap((service) => service.addresses);
  if (options.limitPps === 0 && !areLoopback(addresses)) {
    warnings.push(
      'replies per source are not limited and echo loops are not stopped; do not expose this server to open networks, or set a limit',
    );
  }
  return warnings;
}

type SmallBuffer = SocketBuffer & { readonly grantedBytes: number };

/** True if no other host can reach any of them. */
export function areLoopback(addresses: readonly SocketAddress[]): boolean {
  return addresses.every(({ address }) => isLoopback(address));
}

function isSmall(buffer: SocketBuffer): buffer is SmallBuffer {
  const { askedBytes, grantedBytes } = buffer;
  return grantedBytes !== null && grantedBytes < askedBytes;
}

function smallBuffer(
  kind: 'receive' | 'send',
  { askedBytes, grantedBytes }: SmallBuffer,
  effect: string,
  limit: string,
): string {
  return `the ${kind} buffer is ${formatCount(grantedBytes)} bytes instead of ${formatCount(askedBytes)}, so ${effect}; raise the system limit (Linux: sysctl net.core.${limit}=${askedBytes})`;
}
