// SPDX-License-Identifier: MIT
// Chooses which peers of a mesh a node probes, if it may not probe all: those that rank first by a hash of both names
// (rendezvous hashing; Thaler and Ravishankar 1998). A peer that joins or leaves changes the choices of few nodes, and
// only by that peer.

import { createHash } from 'node:crypto';

/** @returns the chosen ones, in an order that does not depend on that of `addresses` */
export function choosePeers(
  addresses: readonly string[],
  nodeName: string,
  mostPeers = Infinity,
): readonly string[] {
  const distinct = [...new Set(addresses)].sort();
  if (distinct.length <= mostPeers) return distinct;
  const ranked = distinct.map((address) => [rankOf(nodeName, address), address] as const);
  return ranked
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .slice(0, mostPeers)
    .map(([, address]) => address)
    .sort();
}

function rankOf(nodeName: string, address: string): string {
  return createHash('sha256').update(`${nodeName}\n${address}`).digest('hex');
}
