// SPDX-License-Identifier: MIT
// Reads the host and the path of a request.

import type { IncomingMessage } from 'node:http';

export interface RequestTarget {
  /** Including the port, as in a Host header; `undefined` if an old client sends none. */
  readonly host: string | undefined;
  /** The path, and the query. */
  readonly path: string;
}

/** RFC 3986 section 3.2.2, with a port, but without user information before an @. */
const AUTHORITY = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?$/i;

const ABSOLUTE = /^https?:\/\/([^/?]*)(.*)$/is;

/**
 * A request to a proxy carries a whole URL. A server that gets one uses the host in the URL, not the Host header (RFC
 * 9112 section 3.2.2).
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
