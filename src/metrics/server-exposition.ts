// SPDX-License-Identifier: MIT
// The metrics of a running server as text for Prometheus, in the format of prom-client.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Registry, type Metric } from 'prom-client';
import type { EchoServer } from '../server/echo-server.ts';
import { LOOP_DELAY_RESOLUTION_MS, SERVER_METRICS, type HttpCut } from './server-metrics.ts';

/** A rendering serves whoever asks within this time: a scrape costs about as much as 1,000 echoes. */
const FRESH_MS = 100;

/** A server's metrics as text, at most a tenth of a second old. */
export class ServerExposition {
  readonly #registry = new Registry();
  readonly #server: EchoServer;
  readonly #httpCut: HttpCut;
  #rendering: Promise<Uint8Array> | undefined;
  #renderedAtMs = 0;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS });

  constructor(server: EchoServer, httpCut: HttpCut) {
    this.#server = server;
    this.#httpCut = httpCut;
    this.#loopDelay.enable();
    server.on('close', () => {
      this.#loopDelay.disable();
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The bytes are shared: not to be written to. */
  read(): Promise<Uint8Array> {
    const nowMs = performance.now();
    if (this.#rendering === undefined || nowMs - this.#renderedAtMs >= FRESH_MS) {
      this.#renderedAtMs = nowMs;
      this.#rendering = this.#render();
    }
    return this.#rendering;
  }

  /** Reads all counters once. */
  async #render(): Promise<Uint8Array> {
    const server = this.#server;
    const reading = {
      counters: server.counters,
      server,
      echoPlus: server.udpEchoPlusCounters,
      loopDelay: this.#loopDelay,
      httpCut: this.#httpCut,
    };
    this.#registry.clear();
    for (const { name, help, type, read } of SERVER_METRICS) {
      const values = read(reading);
      // prom-client's own classes count by themselves; ready-made counts enter as a metric that is
      // nothing but a name and its values.
      const metric = { name, get: () => ({ name, help, type, values }) };
      this.#registry.registerMetric(metric as unknown as Metric);
    }
    return Buffer.from(await this.#registry.metrics());
  }
}
