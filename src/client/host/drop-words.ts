// SPDX-License-Identifier: MIT
// What is said of datagrams that this host dropped, wherever people read it.

import type { DropCauses } from '../../socket/drop-causes.ts';

/** After a count. While a run lasts all of them are `bufferOrChecksum`: a socket's counter has both in one. */
export const DROP_WORDS: Readonly<Record<keyof DropCauses, string>> = {
  receiveBuffer: "in this host's receive buffer",
  checksum: 'damaged on the path (wrong UDP checksum)',
  bufferOrChecksum: 'dropped by this host (buffer or checksum)',
};
