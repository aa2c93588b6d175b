// SPDX-License-Identifier: MIT
// What a listener answers: its paths, and who may ask.

import type { IncomingMessage } from 'node:http';
import type { Answer, Reply } from './reply.ts';

/** A request as a route sees it. */
export interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
}

export type Responder = (asked: Asked) => Answer | Promise<Answer>;

/** Why somebody gets no answer, whatever they ask for; `undefined` lets them pass. */
export type Gate = (asked: Asked) => Reply | undefined;

/** RFC 9110 section 15.5.6: whoever is told 405 is told what is allowed. */
const ONLY_READ: Reply = {
  status: 405,
  headers: { allow: 'GET, HEAD' },
  body: 'only GET is answered here\n',
};

const PATHS = new Intl.ListFormat('en', { type: 'conjunction' });

export class Router {
  readonly #routes = new Map<string, Responder>();
  readonly #gate: Gate;

  constructor(gate: Gate = () => undefined) {
    this.#gate = gate;
  }

  /** Answers GET and HEAD of one path, in place of an earlier responder. */
  get(path: string, responder: Responder): this {
    this.#routes.set(path, responder);
    return this;
  }

  /**
   * Rejects if the responder does.
   *
   * @param target  path and query, whatever the request's URL is
   */
  async answerTo(target: string, { method }: IncomingMessage): Promise<Answer> {
    const [path = '', ...query] = target.split('?');
    const asked = { path, query: new URLSearchParams(query.join('?')) };
    const refusal = this.#gate(asked);
    if (refusal !== undefined) return refusal;
    if (method !== 'GET' && method !== 'HEAD') return ONLY_READ;
    return (await this.#routes.get(path)?.(asked)) ?? this.#notFound();
  }

  #notFound(): Reply {
    return { status: 404, body: `here are ${PATHS.format(this.#routes.keys())}\n` };
  }
}
