// SPDX-License-Identifier: MIT
// What a node of a mesh is called, as `/identity` tells the other nodes.

import { hostname } from 'node:os';

export interface NodeIdentity {
  readonly name: string;
  readonly zone: string | null;
}

/** A node that nobody gave a name has that of its host. */
export function nodeIdentity(given: Partial<NodeIdentity> = {}): NodeIdentity {
  return { name: given.name ?? hostname(), zone: given.zone ?? null };
}
