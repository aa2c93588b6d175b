// SPDX-License-Identifier: MIT
// Which names a listener may be asked by.

import { isIP } from 'node:net';
import { hostname } from 'node:os';

/**
 * A page of anybody's can point a name of its own at this address (DNS rebinding) and would then be
 * allowed to read what is here; its requests carry that name. An address can't be pointed elsewhere,
 * nor can what this host calls itself. Browsers always send a name: who sends none is none.
 *
 * @param header  a Host header as it may be, if any
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
