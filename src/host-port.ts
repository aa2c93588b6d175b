// SPDX-License-Identifier: MIT
// A host and a port as one text.

/** `192.0.2.7:7000`; an IPv6 address in brackets (RFC 3986 section 3.2.2). */
export function formatHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
