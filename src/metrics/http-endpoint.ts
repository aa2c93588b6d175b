// SPDX-License-Identifier: MIT
// Serves metrics over HTTP: /metrics for Prometheus, /healthz for a supervisor that restarts the server, /-/ready for a load
// balancer, /identity for the other nodes of a mesh.

import type { NodeIdentity } from '../http/node-identity.ts';
import { openListener } from '../http/open-listener.ts';
import type { Reply } from '../http/reply.ts';
import { Router } from '../http/router.ts';
import type { EchoServer } from '../server/echo-server.ts';
import { VERSION } from '../version.ts';
import { ServerExposition } from './server-exposition.ts';

export interface MetricsOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What it may be asked by, beside addresses, `localhost`, the host and this host's own name. */
  readonly names?: readonly string[];
  /** Told to the other nodes of a mesh at `/identity`; without it, that path isn't there. */
  readonly identity?: NodeIdentity | undefined;
  /** Is told of the first request that can't be answered by a fault of ours. */
  readonly onFault: (error: unknown) => void;
}

export interface MetricsEndpoint extends AsyncDisposable {
  readonly port: number;
  /** `http://…`, without a path. */
  readonly origin: string;
  /** Serves this server's metrics from now on; until then every request gets 503. */
  publish(server: EchoServer): void;
  /** The server is about to leave, and new clients are to go elsewhere. */
  drain(): void;
}

/**
 * Listens until it is disposed of.
 *
 * @throws SocketError `ECHOGRAM_ERR_METRICS`
 */
export async function openMetricsEndpoint(options: MetricsOptions): Promise<MetricsEndpoint> {
  const nameRemedy = 'use an IP address, or start the server with --metrics-name and this name';
  const listener = await openListener({ ...options, nameRemedy }, 'ECHOGRAM_ERR_METRICS');
  const router = new Router();
  for (const path of ['/metrics', '/healthz', '/-/ready']) router.get(path, () => NOT_YET);
  listener.serve(router);
  return {
    port: listener.port,
    origin: listener.origin,
    publish: (server) => {
      const exposition = new ServerExposition(server, listener.cut);
      router
        .get('/metrics', () => metrics(exposition))
        .get('/healthz', () => health(server))
        .get('/-/ready', () => READY);
      const { identity } = options;
      if (identity !== undefined) router.get('/identity', () => tellIdentity(identity, server));
    },
    drain: () => {
      router.get('/-/ready', () => DRAINING);
    },
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

const NOT_YET: Reply = { status: 503, body: 'the server is starting\n' };

const READY: Reply = { body: 'ready\n' };

const DRAINING: Reply = { status: 503, body: 'the server is about to stop\n' };

/** Each service by its name, with its port. */
function tellIdentity({ name, zone }: NodeIdentity, { services }: EchoServer): Reply {
  const ports = services.map((service) => [service.name, { port: service.port }] as const);
  const body = { name, zone, version: VERSION, ...Object.fromEntries(ports) };
  return { type: 'application/json', body: JSON.stringify(body) };
}

async function metrics(exposition: ServerExposition): Promise<Reply> {
  return { type: exposition.contentType, body: await exposition.read() };
}

function health(server: EchoServer): Reply {
  const { isHealthy, findings } = server.health;
  return { status: isHealthy ? 200 : 503, body: `${findings.join('\n')}\n` };
}
