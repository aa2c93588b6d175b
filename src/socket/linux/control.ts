// SPDX-License-Identifier: MIT
// Control messages: what the kernel reports about a datagram besides its bytes, and what a reply requests of it.

import type { DatagramBatch } from '../datagram-batch.ts';
import type { BatchArena } from './batch-arena.ts';
import {
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVFRAGSIZE,
  IP_TOS,
  IP_TTL,
  IPV6_HOPLIMIT,
  IPV6_PKTINFO,
  IPV6_RECVERR,
  IPV6_RECVFRAGSIZE,
  IPV6_TCLASS,
  SO_TIMESTAMPING,
  SO_TIMESTAMPNS,
  SOF_TIMESTAMPING_TX_SCHED,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_UDP,
  UDP_GRO,
  UDP_SEGMENT,
} from './constants.ts';
import {
  CMSGHDR,
  cmsgAlign,
  cmsgLen,
  cmsgSpace,
  IN6_PKTINFO,
  IN_PKTINFO,
  MMSGHDR,
  SOCK_EXTENDED_ERR,
  TIMESPEC,
} from './layout.ts';

/** No address was reported. */
const LOCAL_UNKNOWN = 0;
const LOCAL_IPV4 = 1;
const LOCAL_IPV6 = 2;

/** One key for level and type, so that a message is recognized with one comparison. */
function key(level: number, type: number): number {
  return level * 256 + type;
}

const KEY = {
  arrival: key(SOL_SOCKET, SO_TIMESTAMPNS),
  stamps: key(SOL_SOCKET, SO_TIMESTAMPING),
  error: key(SOL_IP, IP_RECVERR),
  error6: key(SOL_IPV6, IPV6_RECVERR),
  ttl: key(SOL_IP, IP_TTL),
  tos: key(SOL_IP, IP_TOS),
  pktinfo: key(SOL_IP, IP_PKTINFO),
  hopLimit: key(SOL_IPV6, IPV6_HOPLIMIT),
  trafficClass: key(SOL_IPV6, IPV6_TCLASS),
  pktinfo6: key(SOL_IPV6, IPV6_PKTINFO),
  fragment: key(SOL_IP, IP_RECVFRAGSIZE),
  fragment6: key(SOL_IPV6, IPV6_RECVFRAGSIZE),
  gro: key(SOL_UDP, UDP_GRO),
} as const;

/** Minimum length of a message's data; an int, except for these. */
function neededBytes(message: number): number {
  switch (message) {
    case KEY.tos:
      return 1;
    case KEY.pktinfo:
      return IN_PKTINFO.size;
    case KEY.pktinfo6:
      return IN6_PKTINFO.size;
    case KEY.arrival:
    case KEY.stamps:
      return TIMESPEC.size;
    case KEY.error:
    case KEY.error6:
      return SOCK_EXTENDED_ERR.size;
    default:
      return 4;
  }
}

/** Reads the control messages of a batch into its arrays and writes those of its replies. */
export class BatchControl {
  readonly #arena: BatchArena;
  readonly #batch: DatagramBatch;
  readonly #localKinds: Uint8Array;
  /** The address that the request was sent to, as the kernel wrote it. */
  readonly #localWords: Uint32Array;
  readonly #interfaces: Uint32Array;
  /** Offset in the arena of the sock_extended_err of a message from the error queue; 0 if it has none. */
  readonly errorsAt: Uint32Array;
  /** How many of the datagrams that were read last arrived in fragments. */
  fragmented = 0;

  constructor(arena: BatchArena, batch: DatagramBatch) {
    this.#arena = arena;
    this.#batch = batch;
    this.#localKinds = new Uint8Array(batch.capacity);
    this.#localWords = new Uint32Array(batch.capacity * 4);
    this.#interfaces = new Uint32Array(batch.capacity);
    this.errorsAt = new Uint32Array(batch.capacity);
  }

  /** Reads the messages of the first `count` slots. */
  read(count: number): void {
    const { u32, headersAt } = this.#arena;
    this.fragmented = 0;
    for (let slot = 0; slot < count; slot++) {
      const header = headersAt + slot * MMSGHDR.size;
      const controlBytes = u32[(header + MMSGHDR.controllen) >>> 2]!;
      this.#clear(slot);
      if (controlBytes > 0) this.#readSlot(slot, controlBytes);
    }
  }

  /**
   * Writes the messages of a reply at byte `at` of the arena: the reply leaves from the address that the request was
   * sent to, with the request's type of service if `mirrorTos`, cut into segments.
   *
   * @param tellsDeparture  requests a report in the error queue when the reply leaves for the device
   * @returns their length, for msg_controllen; at most `CONTROL_STRIDE`
   */
  write(
    at: number,
    slot: number,
    mirrorTos: boolean,
    segmentBytes: number,
    tellsDeparture = false,
  ): number {
    let end = at;
    if (this.#localKinds[slot] !== LOCAL_UNKNOWN) end = this.#writeLocal(end, slot);
    if (mirrorTos) {
      const isIPv6 = this.#arena.isIPv6;
      end = this.#writeHeader(end, isIPv6 ? SOL_IPV6 : SOL_IP, isIPv6 ? IPV6_TCLASS : IP_TOS, 4);
      this.#arena.u32[(end - 8) >>> 2] = this.#batch.tos[slot]!;
    }
    if (segmentBytes > 0) {
      end = this.#writeHeader(end, SOL_UDP, UDP_SEGMENT, 2);
      this.#arena.u16[(end - 8) >>> 1] = segmentBytes;
    }
    if (tellsDeparture) {
      end = this.#writeHeader(end, SOL_SOCKET, SO_TIMESTAMPING, 4);
      this.#arena.u32[(end - 8) >>> 2] = SOF_TIMESTAMPING_TX_SCHED;
    }
    return end - at;
  }

  /** Copies what another batch knows about one of its slots into slot 0. */
  copyFrom(other: BatchControl, slot: number): void {
    this.#localKinds[0] = other.#localKinds[slot]!;
    this.#interfaces[0] = other.#interfaces[slot]!;
    this.#localWords.set(other.#localWords.subarray(slot * 4, slot * 4 + 4));
  }

  /** True if both datagrams were sent to the same address of this host. */
  isSameLocal(slot: number, other: number): boolean {
    const words = this.#localWords;
    return (
      words[slot * 4 + 3] === words[other * 4 + 3] &&
      words[slot * 4 + 2] === words[other * 4 + 2] &&
      words[slot * 4 + 1] === words[other * 4 + 1] &&
      words[slot * 4] === words[other * 4] &&
      this.#interfaces[slot] === this.#interfaces[other]
    );
  }

  #clear(slot: number): void {
    const batch = this.#batch;
    batch.segmentBytes[slot] = 0;
    batch.toGroup[slot] = 0;
    batch.tos[slot] = 0;
    batch.hopLimits[slot] = 0;
    batch.arrivalSeconds[slot] = 0;
    batch.arrivalNanoseconds[slot] = 0;
    batch.fragmentBytes[slot] = 0;
    this.#localKinds[slot] = LOCAL_UNKNOWN;
    this.errorsAt[slot] = 0;
  }

  #readSlot(slot: number, controlBytes: number): void {
    const { u32 } = this.#arena;
    const start = this.#arena.controlAt(slot);
    let at = start;
    while (at + CMSGHDR.size <= start + controlBytes) {
      const length = u32[at >>> 2]!;
      if (length < CMSGHDR.size || at + length > start + controlBytes) return;
      const level = u32[(at + CMSGHDR.level) >>> 2]!;
      const type = u32[(at + CMSGHDR.type) >>> 2]!;
      this.#readMessage(slot, key(level, type), at + CMSGHDR.size, length - CMSGHDR.size);
      at += cmsgAlign(length);
    }
  }

  #readMessage(slot: number, message: number, data: number, dataBytes: number): void {
    const batch = this.#batch;
    const { u32, bytes } = this.#arena;
    const word = data >>> 2;
    if (dataBytes < neededBytes(message)) return;
    switch (message) {
      case KEY.gro:
        batch.segmentBytes[slot] = u32[word]!;
        break;
      case KEY.pktinfo:
        this.#readLocalIPv4(slot, word);
        break;
      case KEY.pktinfo6:
        this.#readLocalIPv6(slot, word);
        break;
      case KEY.tos:
        // One byte, RFC 791's type of service; the IPv6 one is an int.
        batch.tos[slot] = bytes[data]!;
        break;
      case KEY.trafficClass:
        batch.tos[slot] = u32[word]!;
        break;
      case KEY.ttl:
      case KEY.hopLimit:
        batch.hopLimits[slot] = u32[word]!;
        break;
      case KEY.fragment:
      case KEY.fragment6:
        batch.fragmentBytes[slot] = u32[word]!;
        this.fragmented++;
        break;
      case KEY.error:
      case KEY.error6:
        this.errorsAt[slot] = data;
        break;
      case KEY.arrival:
      case KEY.stamps:
        // The first of several timestamps is the software timestamp. Seconds fit 32 bits until 2106.
        batch.arrivalSeconds[slot] = u32[word]!;
        batch.arrivalNanoseconds[slot] = u32[word + 2]!;
        break;
    }
  }

  #readLocalIPv4(slot: number, word: number): void {
    const { u32 } = this.#arena;
    const specDst = u32[word + (IN_PKTINFO.specDst >>> 2)]!;
    const destination = u32[word + (IN_PKTINFO.addr >>> 2)]!;
    this.#localKinds[slot] = LOCAL_IPV4;
    this.#localWords.fill(0, slot * 4, slot * 4 + 4);
    this.#localWords[slot * 4] = specDst;
    this.#interfaces[slot] = 0;
    // The destination in the header differs from the address that the reply would leave from: a broadcast or a
    // multicast. Observed: 127.255.255.255 against 127.0.0.1.
    if (specDst !== destination) this.#batch.toGroup[slot] = 1;
  }

  #readLocalIPv6(slot: number, word: number): void {
    const { u32, bytes } = this.#arena;
    this.#localKinds[slot] = LOCAL_IPV6;
    for (let part = 0; part < 4; part++) {
      this.#localWords[slot * 4 + part] = u32[word + part]!;
    }
    const first = bytes[word << 2]!;
    const isLinkLocal = first === 0xfe && (bytes[(word << 2) + 1]! & 0xc0) === 0x80;
    // Only a link-local address needs its interface; a reply from any other may take any route.
    this.#interfaces[slot] = isLinkLocal ? u32[word + (IN6_PKTINFO.ifindex >>> 2)]! : 0;
    if (first === 0xff) this.#batch.toGroup[slot] = 1;
  }

  #writeLocal(at: number, slot: number): number {
    const { u32 } = this.#arena;
    const data = (at + CMSGHDR.size) >>> 2;
    if (this.#localKinds[slot] === LOCAL_IPV4) {
      u32[data + (IN_PKTINFO.ifindex >>> 2)] = 0;
      u32[data + (IN_PKTINFO.specDst >>> 2)] = this.#localWords[slot * 4]!;
      u32[data + (IN_PKTINFO.addr >>> 2)] = 0;
      return this.#writeHeader(at, SOL_IP, IP_PKTINFO, IN_PKTINFO.size);
    }
    for (let part = 0; part < 4; part++) {
      u32[data + part] = this.#localWords[slot * 4 + part]!;
    }
    u32[data + (IN6_PKTINFO.ifindex >>> 2)] = this.#interfaces[slot]!;
    return this.#writeHeader(at, SOL_IPV6, IPV6_PKTINFO, IN6_PKTINFO.size);
  }

  /** Writes a message's header and returns where the next one starts. */
  #writeHeader(at: number, level: number, type: number, dataBytes: number): number {
    const { u32 } = this.#arena;
    u32[at >>> 2] = cmsgLen(dataBytes);
    u32[(at >>> 2) + 1] = 0;
    u32[(at + CMSGHDR.level) >>> 2] = level;
    u32[(at + CMSGHDR.type) >>> 2] = type;
    return at + cmsgSpace(dataBytes);
  }
}
