// SPDX-License-Identifier: MIT
// Decides which host names a listener accepts.

import { isIP } from 'node:net';
import { hostname } from 'node:os';

/**
 * Any web page can point its own name at this address (DNS rebinding), and a browser would then let it read the
 * contents; but its requests carry that name. Nobody can redirect an IP address or this host's own name. A browser
 * always sends a name, so a request without one is not from a browser.
 *
 * @param header  a valid Host header, if any
 * @param names   names from the user, in lower case
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
