// SPDX-License-Identifier: MIT
// A server's service as its user sees it.

import type { SocketAddress } from '../socket/ip-address.ts';
import type { ServerCounters } from './counters.ts';
import type { DropTally } from './drop-tally.ts';
import type { RunningService } from './engines/engine.ts';
import type { ServiceName } from './service.ts';

/** One of a server's services. */
export interface Service {
  readonly name: ServiceName;
  /** The port, the same on each address. */
  readonly port: number;
  /** The addresses it listens on, one per socket. */
  readonly addresses: readonly SocketAddress[];
  /** Its current counters. */
  readonly counters: ServerCounters;
}

export function serviceOf(service: RunningService, drops: DropTally): Service {
  return {
    name: service.plan.name,
    port: service.addresses[0]!.port,
    addresses: service.addresses,
    get counters() {
      return service.block().read(drops.causesOf(service.kernelDrops()), service.seesFragments);
    },
  };
}
