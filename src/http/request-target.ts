// SPDX-License-Identifier: MIT
// The host and the path that a request asks for.

import type { IncomingMessage } from 'node:http';

export interface RequestTarget {
  /** What a Host header has; `undefined` where an old client names nobody. */
  readonly host: string | undefined;
  /** The path, and the query. */
  readonly path: string;
}

/** RFC 3986 section 3.2.2, with a port. Nothing before an @ belongs to it. */
const AUTHORITY = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?$/i;

const ABSOLUTE = /^http:\/\/([^/?]*)(.*)$/is;

/**
 * A proxy is asked by a whole URL, and a server that is takes its host for the Host header's (RFC 9112 section
 * 3.2.2).
 *
 * @returns `undefined` where the host is named twice, or is none: that is a bad request (RFC 9112 section 3.2)
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
