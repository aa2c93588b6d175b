// SPDX-License-Identifier: MIT
// Reports the start and end of servers and runs to observability tools, on channels of node:diagnostics_channel
// (docs/diagnostics.md).

import { channel } from 'node:diagnostics_channel';

const CHANNELS = {
  serverStarted: channel('echogram:server:started'),
  serverClosed: channel('echogram:server:closed'),
  runStarted: channel('echogram:run:started'),
  runEnded: channel('echogram:run:ended'),
};

/** Publishes what `make` returns; it is called only if there are subscribers. */
export function publish(name: keyof typeof CHANNELS, make: () => object): void {
  if (CHANNELS[name].hasSubscribers) CHANNELS[name].publish(make());
}
