// SPDX-License-Identifier: MIT
// A number and its noun.

/** `1 datagram`, `0 datagrams`, `2 datagrams`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
