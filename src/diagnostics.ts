// SPDX-License-Identifier: MIT
// Tells observability tools of the lives of servers and runs, on channels of node:diagnostics_channel
// (docs/diagnostics.md).

import { channel } from 'node:diagnostics_channel';

const CHANNELS = {
  serverStarted: channel('echogram:server:started'),
  serverClosed: channel('echogram:server:closed'),
  runStarted: channel('echogram:run:started'),
  runEnded: channel('echogram:run:ended'),
};

/** Publishes what `make` returns, which is made for subscribers alone. */
export function publish(name: keyof typeof CHANNELS, make: () => object): void {
  if (CHANNELS[name].hasSubscribers) CHANNELS[name].publish(make());
}
