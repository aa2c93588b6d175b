// SPDX-License-Identifier: MIT
// The names that a listener answers to.

import { isIP } from 'node:net';
import { hostname } from 'node:os';

/**
 * Any web page can point a name of its own at this address (DNS rebinding), and a browser would then let
 * it read what is here; but its requests carry that name. Nobody can point an address elsewhere, nor the
 * name of this host. A browser always sends a name, so a request without one is not from a browser.
 *
 * @param header  a valid Host header, if any
 * @param names   those that the user gave, in lower case
 */
export function isKnownHost(header: string | undefined, names: ReadonlySet<string>): boolean {
  if (header === undefined || header === '') return true;
  const [, bracketed, plain = ''] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d*)?$/.exec(header) ?? [];
  const host = (bracketed ?? plain).toLowerCase();
  return isIP(host) !== 0 || host === 'localhost' || host === ownName() || names.has(host);
}

function ownName(): string {
  return hostname().toLowerCase();
}
