// SPDX-License-Identifier: MIT
// The host and the path that a request asks for.

import type { IncomingMessage } from 'node:http';

export interface RequestTarget {
  /** With its port, as in a Host header; `undefined` where an old client sends none. */
  readonly host: string | undefined;
  /** The path, and the query. */
  readonly path: string;
}

/** RFC 3986 section 3.2.2, with a port. Nothing before an @ belongs to it. */
const AUTHORITY = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?$/i;

const ABSOLUTE = /^http:\/\/([^/?]*)(.*)$/is;

/**
 * A request to a proxy carries a whole URL. A server that gets one uses the host in it, and not the Host header
 * (RFC 9112 section 3.2.2).
 *
 * @returns `undefined` for a bad request: it has two Host headers, or a host that is not valid (RFC 9112 section 3.2)
 */
export function requestTarget(request: IncomingMessage): RequestTarget | undefined {
  const { url = '', headersDistinct } = request;
  const [host, ...others] = headersDistinct['host'] ?? [];
  if (others.length > 0 || !AUTHORITY.test(host ?? '')) return undefined;
  const [, authority, path = ''] = ABSOLUTE.exec(url) ?? [];
  if (authority === undefined) return { host, path: url };
  if (authority === '' || !AUTHORITY.test(authority)) return undefined;
  return { host: authority, path: path.startsWith('/') ? path : `/${path}` };
}
