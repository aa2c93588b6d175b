// SPDX-License-Identifier: MIT
// The metrics of a running server as text for Prometheus, in the format of prom-client.

import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { Registry, type Metric } from 'prom-client';
import type { EchoServer } from '../server/echo-server.ts';
import { isClockSynchronised } from './host-clock.ts';
import type { HttpCut } from './sample.ts';
import { LOOP_DELAY_RESOLUTION_MS, SERVER_METRICS } from './server-metrics.ts';
import { SharedRendering } from './shared-rendering.ts';

/** A server's metrics as text, at most a tenth of a second old. */
export class ServerExposition {
  readonly #registry = new Registry();
  readonly #server: EchoServer;
  readonly #httpCut: HttpCut;
  readonly #rendering = new SharedRendering(() => this.#render());
  readonly #loopDelay: IntervalHistogram | null;

  constructor(server: EchoServer, httpCut: HttpCut) {
    this.#server = server;
    this.#httpCut = httpCut;
    this.#loopDelay = server.engine === 'portable' ? watchLoopDelay(server) : null;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The bytes are shared and must not be written to. */
  read(): Promise<Uint8Array> {
    return this.#rendering.read();
  }

  /** Reads all counters once. */
  async #render(): Promise<Uint8Array> {
    const server = this.#server;
    const isSynchronised = await isClockSynchronised(server.engine);
    const reading = {
      counters: server.counters,
      server,
      echoPlus: server.udpEchoPlusCounters,
      loopDelay: this.#loopDelay,
      httpCut: this.#httpCut,
      isClockSynchronised: isSynchronised,
    };
    this.#registry.clear();
    for (const { name, help, type, read } of SERVER_METRICS) {
      const values = read(reading);
      // prom-client's own classes do the counting; existing counts are passed as a metric that is only a name and its
      // values.
      const metric = { name, get: () => ({ name, help, type, values }) };
      this.#registry.registerMetric(metric as unknown as Metric);
    }
    return Buffer.from(await this.#registry.metrics());
  }
}

/** It wakes the thread a hundred times a second. */
function watchLoopDelay(server: EchoServer): IntervalHistogram {
  const loopDelay = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS });
  loopDelay.enable();
  server.on('close', () => {
    loopDelay.disable();
  });
  return loopDelay;
}
