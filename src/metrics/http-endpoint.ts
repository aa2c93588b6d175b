// SPDX-License-Identifier: MIT
// Serves metrics over HTTP: GET /metrics for Prometheus, GET /healthz for whoever restarts us.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createError, systemCodeOf } from '../errors.ts';
import { HttpListener } from '../http/listener.ts';
import { isRead, ONLY_READ, send, type Reply } from '../http/reply.ts';
import type { EchoServer } from '../server/echo-server.ts';
import { ServerExposition } from './server-exposition.ts';

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
 * @param names  what it may be asked by, beside addresses, `localhost`, the host and this host's own name
 * @throws SocketError `ECHOGRAM_ERR_METRICS`
 */
export async function openMetricsEndpoint(
  host: string,
  port: number,
  names: readonly string[] = [],
): Promise<MetricsEndpoint> {
  const nameRemedy = 'ask by an address, or start the server with --metrics-name and this name';
  const options = { host, port, names, nameRemedy };
  const listener = await HttpListener.open(options).catch((error: unknown) => {
    throw createError(
      'ECHOGRAM_ERR_METRICS',
      { host, port, systemCode: systemCodeOf(error) },
      error,
    );
  });
  let routes: Routes = STARTING;
  listener.handle((request, response) => {
    void answer(request, response, routes);
  });
  return {
    port: listener.port,
    origin: `http://${listener.authority}`,
    publish: (server) => {
      routes = routesOf(server, listener);
    },
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

type Routes = Readonly<Record<string, () => Reply | Promise<Reply>>>;

const NOT_YET: Reply = { status: 503, body: 'the server is starting\n' };

const STARTING: Routes = { '/metrics': () => NOT_YET, '/healthz': () => NOT_YET };

function routesOf(server: EchoServer, listener: HttpListener): Routes {
  const exposition = new ServerExposition(server, listener.cut);
  return {
    '/metrics': async () => ({ type: exposition.contentType, body: await exposition.read() }),
    '/healthz': () => health(server),
  };
}

function health(server: EchoServer): Reply {
  const { isHealthy, findings } = server.health;
  return { status: isHealthy ? 200 : 503, body: `${findings.join('\n')}\n` };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Routes,
): Promise<void> {
  const path = request.url?.split('?')[0] ?? '';
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  send(response, isRead(request) ? await replyOf(route) : ONLY_READ);
}

function replyOf(route: Routes[string] | undefined): Reply | Promise<Reply> {
  return route?.() ?? { status: 404, body: 'here are /metrics and /healthz\n' };
}
