// SPDX-License-Identifier: MIT
// A target as found in a source: in the file, in a list, in a DNS answer.

import { parseHostPort } from '../host-port.ts';
import { HOST } from '../options/kind.ts';
import { broadcastWords, isGroup, isWildcard } from '../socket/bind-addresses.ts';
import { formatAddressWords, parseAddress } from '../socket/ip-address.ts';
import { unmapped } from '../socket/resolve.ts';
import type { Labels } from './labels.ts';

export interface FoundTarget {
  readonly name: string;
  /** A name or an address, without brackets. */
  readonly host: string;
  /** `undefined` means the port of the protocol. */
  readonly port: number | undefined;
  readonly labels: Labels;
  /** Name of an entry of `probes`. */
  readonly probe: string;
}

/** It is used as the value of a label. */
const NAME = /^[^\p{C}\p{Zl}\p{Zp}]{1,254}$/u;

export const NAME_RULE = 'have 1 to 254 characters, none of them a control character';

export function isTargetName(text: string): boolean {
  return NAME.test(text) && text.trim() === text;
}

export const HOST_RULE = 'be HOST[:PORT], an IPv6 address in brackets before a port';

/**
 * Reads `HOST[:PORT]`.
 *
 * @returns `undefined` if the text has another form
 */
export function readHostPort(
  text: string,
): { readonly host: string; readonly port: number | undefined } | undefined {
  const { host, port } = parseHostPort(text) ?? {};
  if (host === undefined || port === 0 || !HOST.accepts(host)) return undefined;
  return { host: unmapped(host), port };
}

/** Why an address is never probed; `undefined` if it may be probed, and for a name. */
export function refusalOf(host: string): string | undefined {
  const words = parseAddress(host);
  if (words === undefined) return undefined;
  if (isWildcard(formatAddressWords(words))) return 'it stands for every address of this host';
  if (!isGroup(host, broadcastWords())) return undefined;
  return 'it is a broadcast or multicast address, which many hosts may answer';
}
