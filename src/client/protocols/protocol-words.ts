// SPDX-License-Identifier: MIT
// The protocols as people write them.

import type { ProtocolName } from './probe-protocol.ts';

export const PROTOCOL_WORDS: Readonly<Record<ProtocolName, string>> = {
  echo: 'echo',
  stamp: 'STAMP',
  'udp-echo-plus': 'UDPEchoPlus',
};
