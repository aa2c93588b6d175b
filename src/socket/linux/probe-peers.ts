// SPDX-License-Identifier: MIT
// The peers of sockets that are not connected: in the form that the kernel needs with each datagram, and found again by
// the source of a received datagram.

import { parseAddress } from '../ip-address.ts';
import { STRANGER, type ProbePeer } from '../probe-channel.ts';
import { IP_TOS, IPV6_TCLASS, SOL_IP, SOL_IPV6 } from './constants.ts';
import { CMSGHDR, cmsgLen, cmsgSpace, SOCKADDR_IN6 } from './layout.ts';
import type { Libc } from './libc.ts';
import type { LinuxBatch } from './linux-batch.ts';
import { encodeSockaddr } from './sockaddr.ts';

/** What the header of a datagram points to. */
interface Destination {
  readonly name: Uint8Array;
  readonly nameAddress: number;
  /** Its marking, as a control message; none for the system's default. */
  readonly control: Uint8Array;
  readonly controlAddress: number;
  readonly words: Uint32Array;
  readonly port: number;
  readonly scopeId: number;
}

export class ProbePeers {
  readonly #libc: Libc;
  readonly #isIPv6: boolean;
  readonly #peers: (Destination | undefined)[] = [];
  /** Indices of peers that were removed. */
  readonly #free: number[] = [];
  /** The peers whose address and port have the same hash, in the order in which they were added. */
  readonly #byHash = new Map<number, number[]>();

  constructor(libc: Libc, isIPv6: boolean) {
    this.#libc = libc;
    this.#isIPv6 = isIPv6;
  }

  /** @returns its index */
  add({ address, port, dscp }: ProbePeer): number {
    const name = encodeSockaddr({ address, port });
    const control = dscp === undefined ? new Uint8Array(0) : markOf(dscp, this.#isIPv6);
    const words = parseAddress(address)!;
    const index = this.#free.pop() ?? this.#peers.length;
    this.#peers[index] = {
      name,
      nameAddress: Number(this.#libc.address(name)),
      control,
      controlAddress: control.length === 0 ? 0 : Number(this.#libc.address(control)),
      words,
      port,
      scopeId: scopeOf(name),
    };
    const hash = hashOf(words, 0, port);
    const alike = this.#byHash.get(hash);
    if (alike === undefined) this.#byHash.set(hash, [index]);
    else alike.push(index);
    return index;
  }

  /** Its index may be given to another one from now on. */
  remove(index: number): void {
    const { words, port } = this.#peers[index]!;
    const hash = hashOf(words, 0, port);
    const others = this.#byHash.get(hash)!.filter((other) => other !== index);
    if (others.length === 0) this.#byHash.delete(hash);
    else this.#byHash.set(hash, others);
    this.#peers[index] = undefined;
    this.#free.push(index);
  }

  at(index: number): Pick<Destination, 'name' | 'nameAddress' | 'control' | 'controlAddress'> {
    return this.#peers[index]!;
  }

  /** The sender of a datagram: the first peer added with that address and port; `STRANGER` for anybody else. */
  find(batch: LinuxBatch, slot: number): number {
    const port = batch.sourcePorts[slot]!;
    const alike = this.#byHash.get(hashOf(batch.sourceWords, slot * 4, port));
    if (alike === undefined) return STRANGER;
    const scopeId = batch.arena.scopeOf(slot);
    for (const index of alike) {
      const peer = this.#peers[index]!;
      if (peer.port !== port || (peer.scopeId !== 0 && peer.scopeId !== scopeId)) continue;
      if (isSame(peer.words, batch.sourceWords, slot * 4)) return index;
    }
    return STRANGER;
  }
}

/** The six upper bits; ECN, the two lower ones, stays off (RFC 2474, RFC 3168). */
function markOf(dscp: number, isIPv6: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(cmsgSpace(4)));
  view.setUint32(CMSGHDR.len, cmsgLen(4), true);
  view.setInt32(CMSGHDR.level, isIPv6 ? SOL_IPV6 : SOL_IP, true);
  view.setInt32(CMSGHDR.type, isIPv6 ? IPV6_TCLASS : IP_TOS, true);
  view.setInt32(CMSGHDR.size, dscp << 2, true);
  return new Uint8Array(view.buffer);
}

function scopeOf(name: Uint8Array): number {
  if (name.length < SOCKADDR_IN6.size) return 0;
  return new DataView(name.buffer).getUint32(SOCKADDR_IN6.scopeId, true);
}

function hashOf(words: Uint32Array, at: number, port: number): number {
  let hash = port;
  for (let word = at; word < at + 4; word++) hash = Math.imul(hash ^ words[word]!, 0x9e37_79b1);
  return hash;
}

function isSame(words: Uint32Array, others: Uint32Array, at: number): boolean {
  return (
    words[0] === others[at] &&
    words[1] === others[at + 1] &&
    words[2] === others[at + 2] &&
    words[3] === others[at + 3]
  );
}
