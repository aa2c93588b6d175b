// SPDX-License-Identifier: MIT
// The words for datagrams that this host dropped, for all outputs.

import type { DropCauses } from '../../socket/drop-causes.ts';

/** Follows a count. During a run all drops are `bufferOrChecksum`: a socket has one counter for both. */
export const DROP_WORDS: Readonly<Record<keyof DropCauses, string>> = {
  receiveBuffer: "in this host's receive buffer",
  checksum: 'damaged on the path (wrong UDP checksum)',
  bufferOrChecksum: 'dropped by this host (buffer or checksum)',
};
