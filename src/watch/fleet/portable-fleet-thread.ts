// SPDX-License-Identifier: MIT
// The prober's thread on the portable engine: no other work of this program delays its probes.

import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { ProberData } from './fleet-messages.ts';
import { runPortableProber } from './portable-prober.ts';

if (parentPort !== null) void probe(parentPort);

async function probe(port: MessagePort): Promise<void> {
  await runPortableProber(workerData as ProberData, port);
  // An open port would keep this thread alive.
  port.close();
}
