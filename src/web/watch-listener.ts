// SPDX-License-Identifier: MIT
// What a watch serves over HTTP: metrics and health, and on the main listener its pages, its API and its controls.

import { createError, EchogramError } from '../errors.ts';
import { accessGate, type Access } from '../http/access.ts';
import type { HttpListener } from '../http/listener.ts';
import type { NodeIdentity } from '../http/node-identity.ts';
import { keepToLoopback, openListener } from '../http/open-listener.ts';
import type { Reply } from '../http/reply.ts';
import { Router, type Gate } from '../http/router.ts';
import type { TlsSettings } from '../http/tls.ts';
import { WatchExposition } from '../metrics/watch-exposition.ts';
import { VERSION } from '../version.ts';
import type { WatchView } from '../watch/watch-view.ts';
import { LatestColumns } from './latest-columns.ts';
import { MatrixSource } from './matrix-source.ts';
import { addApiRoutes, json } from './watch-api-routes.ts';
import { ProbeRoute } from './probe-route.ts';
import { WATCH_PAGE_PATHS, watchPage } from './watch-page.ts';
import { WatchLive } from './watch-live.ts';

export interface WatchListenerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Names to be asked by, beside addresses, `localhost`, `host` and what this host calls itself. */
  readonly names?: readonly string[];
  /** `metrics` leaves out pages, API and controls, and may be open to everybody. */
  readonly serves: 'everything' | 'metrics';
  readonly access: Access;
  readonly tls?: TlsSettings | undefined;
  /** Of every answer, by their names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What this node is called. */
  readonly node: NodeIdentity;
  /** URL of the Prometheus server that scrapes all nodes of the mesh; without one the matrix has the own row only. */
  readonly prometheus?: string | undefined;
  /** Replaces the configuration, for `POST /-/reload`; `undefined` refuses that. */
  readonly reload?: (() => Promise<void>) | undefined;
  /** Is told of the first request that can't be answered by a fault of ours. */
  readonly onFault: (error: unknown) => void;
}

/** Asked without a password on the listener of metrics: by whoever restarts us, and by the other nodes of a mesh. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/-/ready', '/identity']);

const NOT_YET: Reply = { status: 503, body: 'the watch is starting\n' };

const NO_RELOAD: Reply = {
  status: 403,
  body: 'reloading over HTTP is not allowed; start the watch with --web-lifecycle, or send it SIGHUP\n',
};

export class WatchListener implements AsyncDisposable {
  /** `http://…`, without a path. */
  readonly origin: string;
  readonly port: number;
  readonly #listener: HttpListener;
  readonly #router: Router;
  readonly #options: WatchListenerOptions;
  #gate: Gate;
  #live: WatchLive | undefined;
  #matrix: MatrixSource | undefined;

  /**
   * Listens until it is disposed of. Everything is answered 503 until a watch is published.
   *
   * @throws SocketError `ECHOGRAM_ERR_WEB` or, for metrics alone, `ECHOGRAM_ERR_METRICS`
   * @throws OptionError for an address beyond loopback that nobody guards
   */
  static async open(options: WatchListenerOptions): Promise<WatchListener> {
    const { host, serves } = options;
    const nameRemedy = 'use an IP address, or start the watch with --listen-name and this name';
    const code = serves === 'metrics' ? 'ECHOGRAM_ERR_METRICS' : 'ECHOGRAM_ERR_WEB';
    const listener = await openListener({ ...options, nameRemedy }, code);
    if (!isGuarded(options)) {
      await keepToLoopback(listener, {
        option: 'the host of the listener',
        host,
        guards: 'users with passwords or a token are set',
        remedy: 'set users in a file for --web-config, or a token with --web-token-file',
      });
    }
    return new WatchListener(listener, options);
  }

  private constructor(listener: HttpListener, options: WatchListenerOptions) {
    this.#listener = listener;
    this.#options = options;
    this.origin = listener.origin;
    this.port = listener.port;
    this.#gate = gateOf(options);
    this.#router = new Router((asked) => this.#gate(asked));
    const early = ['/metrics', '/-/ready', ...(options.serves === 'everything' ? ['/'] : [])];
    for (const path of early) this.#router.get(path, () => NOT_YET);
    this.#router
      .get('/healthz', () => ({ body: 'the watch is starting\n' }))
      .get('/identity', () => json({ ...options.node, version: VERSION }));
    listener.serve(this.#router);
  }

  /**
   * Takes other certificates and users, for requests that are still to come.
   *
   * @throws OptionError if it would begin or end to use TLS, or to guard anything
   */
  renew({ access, tls }: Pick<WatchListenerOptions, 'access' | 'tls'>): void {
    const options = { ...this.#options, access, tls };
    const isOther = (tls === undefined) !== (this.#options.tls === undefined);
    if (isOther || isGuarded(options) !== isGuarded(this.#options)) {
      throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
        option: 'the web configuration',
        rule: 'one with TLS and users as before',
        remedy: 'start the watch again to add or remove these',
      });
    }
    if (tls !== undefined) this.#listener.secureWith(tls);
    this.#gate = gateOf(options);
  }

  /** Serves this watch from now on. */
  publish(watch: WatchView): void {
    const { node, serves } = this.#options;
    const exposition = new WatchExposition(watch, node, this.#listener.cut);
    this.#router
      .get('/metrics', async () => ({
        type: exposition.contentType,
        body: await exposition.read(),
      }))
      .get('/healthz', () => health(watch))
      .get('/-/ready', () => readiness(watch));
    if (serves === 'everything') this.#publishEverything(watch);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#live?.[Symbol.dispose]();
    this.#matrix?.[Symbol.dispose]();
    await this.#listener[Symbol.asyncDispose]();
  }

  #publishEverything(watch: WatchView): void {
    const { node, prometheus, reload } = this.#options;
    const probe = new ProbeRoute(watch);
    const latest = new LatestColumns(watch);
    const live = new WatchLive(watch, node.name, latest);
    this.#live = live;
    const matrix = new MatrixSource({ watch, node, prometheus });
    this.#matrix = matrix;
    for (const path of WATCH_PAGE_PATHS) this.#router.get(path, watchPage);
    addApiRoutes(this.#router, watch, { node: node.name, matrix, latest });
    this.#router
      .get('/probe', (asked) => probe.answer(asked))
      .get('/api/v1/live', ({ query }) => live.answer(query.get('key') ?? undefined))
      .post('/-/reload', () => (reload === undefined ? NO_RELOAD : reloaded(reload)));
  }
}

function isGuarded({ serves, access }: WatchListenerOptions): boolean {
  return serves === 'metrics' || access.token !== undefined || access.passwords !== undefined;
}

function gateOf({ serves, access }: WatchListenerOptions): Gate {
  const gate = accessGate(access);
  if (serves === 'everything') return gate;
  return (asked) => (OPEN_PATHS.has(asked.path) ? undefined : gate(asked));
}

async function reloaded(reload: () => Promise<void>): Promise<Reply> {
  try {
    await reload();
    return { body: 'the configuration was replaced\n' };
  } catch (error) {
    if (!EchogramError.is(error)) throw error;
    return { status: 400, body: `the configuration stays as it was: ${error.message}\n` };
  }
}

/** Of this program, not of what it probes: whoever restarts it can't mend a target. */
function health({ board }: WatchView): Reply {
  const { statuses } = board;
  const isStale = statuses.length > 0 && statuses.every(({ state }) => state.code === 'STALE');
  return isStale ? { status: 503, body: 'the prober tells nothing\n' } : { body: 'ok\n' };
}

function readiness({ phase }: WatchView): Reply {
  if (phase === 'probing') return { body: 'ready\n' };
  return { status: 503, body: `the watch is ${phase}\n` };
}
