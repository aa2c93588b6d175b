// SPDX-License-Identifier: MIT
// Socket addresses between text and the kernel's structs.

import { isIPv4 } from 'node:net';
import { listInterfaces, zoneName } from '../interfaces.ts';
import { formatAddressWords, parseAddress, type SocketAddress } from '../ip-address.ts';
import { AF_INET, AF_INET6, ENODEV } from './constants.ts';
import { SOCKADDR_IN, SOCKADDR_IN6 } from './layout.ts';
import { systemError } from './libc.ts';

/** Encodes an IP address, zone included, and a port as sockaddr_in or sockaddr_in6. */
export function encodeSockaddr({ address, port }: SocketAddress): Uint8Array {
  const words = parseAddress(address);
  if (words === undefined) throw new TypeError(`${address} is not an IP address`);
  if (isIPv4(address)) {
    const view = new DataView(new ArrayBuffer(SOCKADDR_IN.size));
    view.setUint16(SOCKADDR_IN.family, AF_INET, true);
    view.setUint16(SOCKADDR_IN.port, port);
    view.setUint32(SOCKADDR_IN.addr, words[3]!);
    return new Uint8Array(view.buffer);
  }
  const view = new DataView(new ArrayBuffer(SOCKADDR_IN6.size));
  view.setUint16(SOCKADDR_IN6.family, AF_INET6, true);
  view.setUint16(SOCKADDR_IN6.port, port);
  words.forEach((word, index) => {
    view.setUint32(SOCKADDR_IN6.addr + index * 4, word);
  });
  const [, zone] = address.split('%');
  if (zone !== undefined) view.setUint32(SOCKADDR_IN6.scopeId, zoneId(zone), true);
  return new Uint8Array(view.buffer);
}

/** Decodes what getsockname wrote. */
export function decodeSockaddr(bytes: Uint8Array): SocketAddress {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const port = view.getUint16(SOCKADDR_IN.port);
  if (view.getUint16(SOCKADDR_IN.family, true) === AF_INET) {
    const words = Uint32Array.of(0, 0, 0xffff, view.getUint32(SOCKADDR_IN.addr));
    return { address: formatAddressWords(words), port };
  }
  const words = Uint32Array.from({ length: 4 }, (_, index) =>
    view.getUint32(SOCKADDR_IN6.addr + index * 4),
  );
  const scopeId = view.getUint32(SOCKADDR_IN6.scopeId, true);
  const zone = scopeId === 0 ? '' : `%${zoneName(scopeId)}`;
  return { address: `${formatAddressWords(words)}${zone}`, port };
}

function zoneId(zone: string): number {
  const scoped = listInterfaces().interfaces[zone]?.find(
    (info) => info.family === 'IPv6' && info.scopeid !== 0,
  );
  if (scoped?.family === 'IPv6') return scoped.scopeid;
  // An interface may be given by its number; for one without an address there is no other name here.
  if (/^\d+$/.test(zone)) return Number(zone);
  throw systemError('bind', ENODEV, { address: `%${zone}` });
}
