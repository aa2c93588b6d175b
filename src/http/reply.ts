// SPDX-License-Identifier: MIT
// An answer over HTTP as data, and how it is sent.

import type { ServerResponse } from 'node:http';
import type { Connection } from './connection.ts';

export interface Reply {
  /** 200 where it is left out. */
  readonly status?: number;
  /** Plain text where it is left out. */
  readonly type?: string;
  /** Beside those of every answer, or in place of them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes that are the same for everybody are made once: each reader then costs a reference. */
  readonly body: string | Uint8Array;
}

/** An answer that goes on for as long as both ends like. */
export interface Ongoing {
  readonly type: string;
  /** Is given the connection once its head is sent. */
  readonly follow: (response: ServerResponse, connection: Connection) => void;
}

export type Answer = Reply | Ongoing;

/**
 * On every answer. What is here is true now, and perhaps for whoever has a token: nothing of it is to be kept, nor for
 * another site to frame, embed or open. A page that runs something has a policy of its own.
 */
const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

export function send(response: ServerResponse, answer: Answer, connection: Connection): void {
  if ('follow' in answer) begin(response, answer, connection);
  else sendWhole(response, answer);
}

function sendWhole(response: ServerResponse, reply: Reply): void {
  const { status = 200, type = 'text/plain; charset=utf-8', headers, body } = reply;
  response.writeHead(status, {
    ...HEADERS,
    ...headers,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

function begin(response: ServerResponse, { type, follow }: Ongoing, connection: Connection): void {
  response.writeHead(200, { ...HEADERS, 'content-type': type });
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  response.flushHeaders();
  follow(response, connection);
}
