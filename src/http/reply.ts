// SPDX-License-Identifier: MIT
// An HTTP response as data, and the code that sends it.

import type { ServerResponse } from 'node:http';
import type { Connection } from './connection.ts';

/** By their names in lower case. */
type Headers = Readonly<Record<string, string>>;

export interface Reply {
  /** Default: 200. */
  readonly status?: number;
  /** Default: plain text. */
  readonly type?: string;
  /** Added to those of every response, or replacing them. */
  readonly headers?: Headers;
  /** Bytes that are the same for everybody are created once: then each reader costs only a reference. */
  readonly body: string | Uint8Array;
}

/** A response that continues as long as both ends want. */
export interface Ongoing {
  readonly type: string;
  /** Called with the connection once the head is sent. */
  readonly follow: (response: ServerResponse, connection: Connection) => void;
}

export type Answer = Reply | Ongoing;

/**
 * Headers of every response. The contents are true only now, and may be meant only for clients with a token: nobody
 * should cache them, and no other site should frame, embed or open them. A page with scripts has its own policy.
 */
const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

/** @param headers  of all answers of a listener, beside or in place of those above */
export function send(
  response: ServerResponse,
  answer: Answer,
  connection: Connection,
  headers: Headers,
): void {
  if ('follow' in answer) begin(response, answer, connection, headers);
  else sendWhole(response, answer, headers);
}

function sendWhole(response: ServerResponse, reply: Reply, all: Headers): void {
  const { status = 200, type = 'text/plain; charset=utf-8', headers, body } = reply;
  response.writeHead(status, {
    ...HEADERS,
    ...all,
    ...headers,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

function begin(
  response: ServerResponse,
  { type, follow }: Ongoing,
  connection: Connection,
  all: Headers,
): void {
  response.writeHead(200, { ...HEADERS, ...all, 'content-type': type });
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  response.flushHeaders();
  follow(response, connection);
}
