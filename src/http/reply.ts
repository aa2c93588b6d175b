// SPDX-License-Identifier: MIT
// An answer over HTTP as data.

import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Reply {
  /** 200 where it is left out. */
  readonly status?: number;
  /** Plain text where it is left out. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes that are the same for everybody are made once: each reader then costs a reference. */
  readonly body: string | Uint8Array;
}

/** RFC 9110 section 15.5.6: whoever is told 405 is told what is allowed. */
export const ONLY_READ: Reply = {
  status: 405,
  headers: { allow: 'GET, HEAD' },
  body: 'only GET is answered here\n',
};

export function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

export function send(response: ServerResponse, reply: Reply): void {
  const { status = 200, type = 'text/plain; charset=utf-8', headers, body } = reply;
  response.writeHead(status, {
    ...headers,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
