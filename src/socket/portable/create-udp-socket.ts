// SPDX-License-Identifier: MIT
// Creates a node:dgram socket for addresses of one IP version.

import { createSocket, type Socket } from 'node:dgram';
import type { IpVersion } from '../resolve.ts';

export function createUdpSocket(ipVersion: IpVersion): Socket {
  return createSocket({
    type: ipVersion === 4 ? 'udp4' : 'udp6',
    ipv6Only: ipVersion === 6,
    // Every address here is already an IP address. Answering at once saves a turn of the event loop per datagram
    // (nodejs/node#64133 does the same from 24.19 and 26.5 on).
    lookup: (address, _options, callback) => {
      callback(null, address, ipVersion);
    },
  });
}
