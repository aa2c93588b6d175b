// SPDX-License-Identifier: MIT
// Serves metrics over HTTP: GET /metrics for Prometheus, GET /healthz for whoever restarts us.

import { createError, systemCodeOf } from '../errors.ts';
import { HttpListener } from '../http/listener.ts';
import type { Reply } from '../http/reply.ts';
import { Router } from '../http/router.ts';
import type { EchoServer } from '../server/echo-server.ts';
import { ServerExposition } from './server-exposition.ts';

export interface MetricsOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What it may be asked by, beside addresses, `localhost`, the host and this host's own name. */
  readonly names?: readonly string[];
  /** Is told of the first request that can't be answered by a fault of ours. */
  readonly onFault: (error: unknown) => void;
}

export interface MetricsEndpoint extends AsyncDisposable {
  readonly port: number;
  /** `http://…`, without a path. */
  readonly origin: string;
  /** Serves this server's metrics from now on; until then every request gets 503. */
  publish(server: EchoServer): void;
}

/**
 * Listens until it is disposed of.
 *
 * @throws SocketError `ECHOGRAM_ERR_METRICS`
 */
export async function openMetricsEndpoint(options: MetricsOptions): Promise<MetricsEndpoint> {
  const { host, port } = options;
  const nameRemedy = 'ask by an address, or start the server with --metrics-name and this name';
  const listener = await HttpListener.open({ ...options, nameRemedy }).catch((error: unknown) => {
    throw createError(
      'ECHOGRAM_ERR_METRICS',
      { host, port, systemCode: systemCodeOf(error) },
      error,
    );
  });
  const router = new Router().get('/metrics', () => NOT_YET).get('/healthz', () => NOT_YET);
  listener.serve(router);
  return {
    port: listener.port,
    origin: `http://${listener.authority}`,
    publish: (server) => {
      const exposition = new ServerExposition(server, listener.cut);
      router.get('/metrics', () => metrics(exposition)).get('/healthz', () => health(server));
    },
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

const NOT_YET: Reply = { status: 503, body: 'the server is starting\n' };

async function metrics(exposition: ServerExposition): Promise<Reply> {
  return { type: exposition.contentType, body: await exposition.read() };
}

function health(server: EchoServer): Reply {
  const { isHealthy, findings } = server.health;
  return { status: isHealthy ? 200 : 503, body: `${findings.join('\n')}\n` };
}
