// SPDX-License-Identifier: MIT
// What the user of a server should know as it starts, in whole sentences.

import type { SocketBuffer } from '../socket/datagram-socket.ts';
import { listInterfaces } from '../socket/interfaces.ts';
import { isLoopback } from '../socket/ip-address.ts';
import type { RunningEngine } from './engines/engine.ts';
import type { ParsedOptions } from './serve-options.ts';

export function warningsFor(engine: RunningEngine, options: ParsedOptions): string[] {
  const warnings: string[] = [];
  if (listInterfaces().isRefused) {
    warnings.push(
      "the system refuses to list this host's networks, so broadcast addresses of theirs are not known as such; it is left to the system to refuse what comes from them",
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
        'replies that wait for a neighbour have less room',
        'wmem_max',
      ),
    );
  }
  if (options.answerAnyPort) {
    warnings.push(
      'every source port is answered, also those of services that may answer back for ever (CVE-2024-2169); keep this server off open networks',
    );
  }
  const addresses = engine.services.flatMap((service) => service.addresses);
  if (options.limitPps === 0 && !addresses.every(({ address }) => isLoopback(address))) {
    warnings.push(
      'nothing limits how much one source is answered, and no echo loop is cut; keep this server off open networks, or set a limit',
    );
  }
  return warnings;
}

function isSmall({ askedBytes, grantedBytes }: SocketBuffer): boolean {
  return grantedBytes !== null && grantedBytes < askedBytes;
}

function smallBuffer(
  kind: 'receive' | 'send',
  { askedBytes, grantedBytes }: SocketBuffer,
  effect: string,
  limit: string,
): string {
  return `the ${kind} buffer is ${grantedBytes} bytes instead of ${askedBytes}, so ${effect}; raise the system's limit (Linux: sysctl net.core.${limit}=${askedBytes})`;
}
