// SPDX-License-Identifier: MIT
// The paths of a listener, and who may request them.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Answer, Reply } from './reply.ts';

/** A request as a route sees it. */
export interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

export type Responder = (asked: Asked) => Answer | Promise<Answer>;

/** Returns why a request is refused, whatever its path; `undefined` lets it pass. */
export type Gate = (asked: Asked) => Reply | undefined | Promise<Reply | undefined>;

interface Route {
  readonly method: 'GET' | 'POST';
  readonly responder: Responder;
}

/**
 * A form or a script of another site must not change anything here. Browsers say where a request comes from, and programs
 * that are none say nothing (https://www.w3.org/TR/fetch-metadata/).
 */
const OTHER_SITE: Reply = { status: 403, body: 'another site may not ask for this\n' };

const PATHS = new Intl.ListFormat('en', { type: 'conjunction' });

export class Router {
  readonly #routes = new Map<string, Route>();
  readonly #gate: Gate;

  constructor(gate: Gate = () => undefined) {
    this.#gate = gate;
  }

  /** Answers GET and HEAD of one path, in place of an earlier responder. */
  get(path: string, responder: Responder): this {
    this.#routes.set(path, { method: 'GET', responder });
    return this;
  }

  /** Answers POST of one path, unless another site asks. Its body is not read. */
  post(path: string, responder: Responder): this {
    this.#routes.set(path, { method: 'POST', responder });
    return this;
  }

  /**
   * Rejects if the responder does.
   *
   * @param target  path and query, whatever the request's URL is
   */
  async answerTo(target: string, { method, headers }: IncomingMessage): Promise<Answer> {
    const [path = '', ...query] = target.split('?');
    const asked = { path, query: new URLSearchParams(query.join('?')), headers };
    const refusal = await this.#gate(asked);
    if (refusal !== undefined) return refusal;
    const route = this.#routes.get(path);
    if (!isAllowed(method, route)) return methodRefusal(route);
    if (route === undefined) return this.#notFound();
    if (route.method === 'POST' && isFromOtherSite(headers)) return OTHER_SITE;
    return await route.responder(asked);
  }

  #notFound(): Reply {
    return { status: 404, body: `here are ${PATHS.format(this.#routes.keys())}\n` };
  }
}

function isAllowed(method: string | undefined, route: Route | undefined): boolean {
  if (route?.method === 'POST') return method === 'POST';
  return method === 'GET' || method === 'HEAD';
}

/** RFC 9110 section 15.5.6: a 405 response lists the allowed methods. */
function methodRefusal(route: Route | undefined): Reply {
  const { method = 'GET' } = route ?? {};
  const allow = method === 'GET' ? 'GET, HEAD' : method;
  return { status: 405, headers: { allow }, body: `only ${method} is allowed\n` };
}

function isFromOtherSite({
  'sec-fetch-site': site,
  origin,
  host,
}: Readonly<IncomingHttpHeaders>): boolean {
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  // Over plain HTTP to another host than this one, browsers send their origin alone.
  return origin !== undefined && origin.replace(/^https?:\/\//, '') !== host;
}
