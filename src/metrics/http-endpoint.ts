// SPDX-License-Identifier: MIT
// Serves metrics over HTTP: GET /metrics for Prometheus, GET /healthz for whoever restarts us.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createError, systemCodeOf } from '../errors.ts';
import type { EchoServer } from '../server/echo-server.ts';
import { ServerExposition } from './server-metrics.ts';

/** A scrape is one short request; whoever takes longer is cut off. */
const REQUEST_TIMEOUT_MS = 10_000;

export interface MetricsEndpoint extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** Serves this server's metrics from now on; until then every request gets 503. */
  publish(server: EchoServer): void;
}

/**
 * Listens until it is disposed of.
 *
 * @throws SocketError `ECHOGRAM_ERR_METRICS`
 */
export async function openMetricsEndpoint(host: string, port: number): Promise<MetricsEndpoint> {
  let routes: Routes = STARTING;
  const options = {
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Node looks for requests that take too long that often; its own default is 30 s.
    connectionsCheckingInterval: REQUEST_TIMEOUT_MS,
  };
  const http = createServer(options, (request, response) => {
    void answer(request, response, routes);
  });
  http.listen({ host, port, exclusive: true });
  try {
    await once(http, 'listening');
  } catch (error) {
    const systemCode = systemCodeOf(error);
    throw createError('ECHOGRAM_ERR_METRICS', { host, port, systemCode }, error);
  }
  const bound = http.address() as AddressInfo;
  return {
    address: bound.address,
    port: bound.port,
    publish: (server) => {
      routes = routesOf(server);
    },
    [Symbol.asyncDispose]: () => close(http),
  };
}

/** Serves a running server's metrics. @throws SocketError `ECHOGRAM_ERR_METRICS` */
export async function serveMetrics(
  server: EchoServer,
  host: string,
  port: number,
): Promise<MetricsEndpoint> {
  const endpoint = await openMetricsEndpoint(host, port);
  endpoint.publish(server);
  return endpoint;
}

interface Page {
  readonly status?: number;
  readonly type?: string;
  readonly body: string;
}

type Routes = Readonly<Record<string, () => Page | Promise<Page>>>;

const NOT_YET: Page = { status: 503, body: 'the server is starting\n' };

const STARTING: Routes = { '/metrics': () => NOT_YET, '/healthz': () => NOT_YET };

function routesOf(server: EchoServer): Routes {
  const exposition = new ServerExposition(server);
  return {
    '/metrics': async () => ({ type: exposition.contentType, body: await exposition.read() }),
    '/healthz': () => health(server),
  };
}

function health(server: EchoServer): Page {
  const { isHealthy, findings } = server.health;
  return { status: isHealthy ? 200 : 503, body: `${findings.join('\n')}\n` };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Routes,
): Promise<void> {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const path = request.url?.split('?')[0] ?? '';
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  const { status = 200, type = 'text/plain; charset=utf-8', body } = await pageFor(isRead, route);
  // RFC 9110 section 15.5.6: whoever is told 405 is told what is allowed.
  if (status === 405) response.setHeader('allow', 'GET, HEAD');
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function pageFor(isRead: boolean, route: Routes[string] | undefined): Page | Promise<Page> {
  if (!isRead) return { status: 405, body: 'only GET is answered here\n' };
  return route?.() ?? { status: 404, body: 'here are /metrics and /healthz\n' };
}

async function close(http: Server): Promise<void> {
  const closed = once(http, 'close');
  http.close();
  http.closeAllConnections();
  await closed;
}
