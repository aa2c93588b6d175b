// SPDX-License-Identifier: MIT
// Decides which datagrams are answered. If two echo servers answer everybody, one forged datagram can make them answer
// each other for ever (CERT CA-1996-01, CVE-2024-2169).

import { isIPv4 } from 'node:net';
import { CidrList } from '../socket/cidr-list.ts';
import { ANSWER, type DatagramBatch } from '../socket/datagram-batch.ts';
import { MAPPED_PREFIX } from '../socket/ip-address.ts';
import type { LimitRefusal, Limits, LimitRules } from './limits.ts';
import type { OctetRange } from './loop-guard.ts';

/** Why a datagram was not answered, in the order in which the rules are checked. */
export const REFUSALS = [
  'port-zero',
  'own-port',
  'privileged-port',
  'loop-prone-port',
  'multicast-source',
  'broadcast-source',
  'reserved-source',
  'denied-source',
  'group-destination',
  'source-limit',
  'global-limit',
  'echo-loop',
  'stamp-short',
  'stamp-hmac',
  'stamp-corrupted',
  'stamp-reply',
  'stamp-sessions',
] as const;

export type Refusal = (typeof REFUSALS)[number];

/** What each refusal means, for people and for the documentation. */
export const REFUSAL_MEANING: Readonly<Record<Refusal, string>> = {
  'port-zero': 'source port 0, which cannot be answered (RFC 768)',
  'own-port': "the server's own port as source port: this server or another echogram",
  'privileged-port': 'source port below 1024: a service, not a client',
  'loop-prone-port':
    'source port of a service that replies even to datagrams it does not understand',
  'multicast-source': 'a multicast address as source (RFC 1122 section 4.1.3.6)',
  'broadcast-source': 'a broadcast address as source (RFC 1122 section 4.1.3.6)',
  'reserved-source': 'the unspecified or a reserved address as source',
  'denied-source': 'the source is denied, or is not in an allowed network',
  'group-destination': 'sent to a broadcast or multicast address: many hosts would answer at once',
  'source-limit': 'the per-source limit was exceeded',
  'global-limit': 'the server-wide limit was exceeded',
  'echo-loop':
    'the same payload repeated by one peer, as between two echo servers that answer each other',
  'stamp-short': 'too short for a STAMP packet: the reply would be longer than the request',
  'stamp-hmac': "a STAMP packet that fails authentication with the server's key",
  'stamp-corrupted': 'a STAMP packet without a valid error estimate (RFC 4656 section 4.1.2)',
  'stamp-reply': 'a reply from another STAMP reflector, not a request',
  'stamp-sessions': 'a new STAMP session for which the table has no room',
};

/**
 * Services on ports from 1024 up that answer anything, with an error if need be, or are abused as reflectors: SSDP,
 * WS-Discovery, mDNS, CoAP, memcached. Those below 1024 (echo 7, systat 11, daytime 13, qotd 17, chargen 19, time 37,
 * DNS 53, TFTP 69, NTP 123, SNMP 161, CLDAP 389) are covered by 'privileged-port'.
 */
export const LOOP_PRONE_PORTS = [1900, 3702, 5353, 5683, 11_211] as const;

const FIRST_UNPRIVILEGED_PORT = 1024;

/** 240.0.0.0/4 (RFC 1112 section 4). */
const FIRST_RESERVED_OCTET = 240;
const RESERVED_BITS = 4;

/** Which sources to answer, as data that can be passed to any thread. */
export interface AdmissionRules {
  /** The ports this server is bound to. */
  readonly ownPorts: readonly number[];
  /** Answers privileged and loop-prone source ports too. Own ports and port 0 stay refused. */
  readonly answerAnyPort: boolean;
  /** Broadcast addresses of this host's networks, as 32-bit words. */
  readonly broadcastWords: readonly number[];
  /** Networks to answer; empty means all. */
  readonly allow: readonly string[];
  /** Networks not to answer, even if `allow` includes them. */
  readonly deny: readonly string[];
  /** `null` means no limits and no loop guard. */
  readonly limits: LimitRules | null;
}

export interface AdmissionOptions extends Omit<AdmissionRules, 'limits'> {
  /** The limits of this thread, shared by all its services; `undefined` for none. */
  readonly limits: Limits | undefined;
  /** Octets that the service changes in each reply; the loop guard ignores them. */
  readonly changing?: OctetRange | undefined;
  /** One cell for each of `REFUSALS`. */
  readonly cells: Float64Array;
}

export class Admission {
  /** The verdict on each source port: one load per datagram. */
  readonly #portVerdicts: Uint8Array;
  readonly #broadcastWords: Uint32Array;
  readonly #allow: CidrList;
  readonly #deny: CidrList;
  readonly #allowReserved: CidrList;
  readonly #limits: Limits | undefined;
  readonly #changing: OctetRange | undefined;
  readonly #cells: Float64Array;

  constructor(options: AdmissionOptions) {
    this.#portVerdicts = portVerdicts(options.ownPorts, options.answerAnyPort);
    this.#broadcastWords = Uint32Array.from(options.broadcastWords);
    this.#allow = new CidrList(options.allow);
    this.#deny = new CidrList(options.deny);
    this.#allowReserved = new CidrList(options.allow.filter(isReserved));
    this.#limits = options.limits;
    this.#changing = options.changing;
    this.#cells = options.cells;
  }

  /**
   * Writes a verdict for each entry of the batch and counts the refusals. If a limit admits only part of a coalesced
   * run, the run is shortened to that part.
   */
  judge(batch: DatagramBatch): void {
    this.#limits?.startBatch();
    for (let index = 0; index < batch.count; index++) {
      const verdict = this.#verdictOn(batch, index);
      batch.verdicts[index] = verdict;
      if (verdict !== ANSWER) this.#count(verdict, batch.datagramsIn(index));
      else if (this.#limits !== undefined) this.#limit(this.#limits, batch, index);
    }
  }

  #verdictOn(batch: DatagramBatch, index: number): number {
    const verdict = this.#portVerdicts[batch.sourcePorts[index]!]!;
    if (verdict !== ANSWER) return verdict;
    const sourceVerdict = this.#verdictOnSource(batch.sourceWords, index * 4);
    if (sourceVerdict !== ANSWER) return sourceVerdict;
    return batch.toGroup[index] === 1 ? VERDICT['group-destination'] : ANSWER;
  }

  #verdictOnSource(words: Uint32Array, at: number): number {
    const first = words[at]!;
    let verdict = first >>> 24 === 0xff ? VERDICT['multicast-source'] : ANSWER;
    if (first === 0 && words[at + 1] === 0) {
      if (words[at + 2] === MAPPED_PREFIX) verdict = this.#verdictOnIPv4(words, at);
      else if (words[at + 2] === 0 && words[at + 3] === 0) verdict = VERDICT['reserved-source'];
    }
    if (verdict !== ANSWER) return verdict;
    if (this.#deny.matches(words, at)) return VERDICT['denied-source'];
    if (this.#allow.size > 0 && !this.#allow.matches(words, at)) return VERDICT['denied-source'];
    return ANSWER;
  }

  #verdictOnIPv4(words: Uint32Array, at: number): number {
    const word = words[at + 3]!;
    const firstOctet = word >>> 24;
    if (firstOctet === 0) return VERDICT['reserved-source'];
    if (word === 0xffff_ffff) return VERDICT['broadcast-source'];
    if (firstOctet >= FIRST_RESERVED_OCTET) {
      if (!this.#allowReserved.matches(words, at)) return VERDICT['reserved-source'];
    } else if (firstOctet >= 224) return VERDICT['multicast-source'];
    for (const broadcast of this.#broadcastWords) {
      if (word === broadcast) return VERDICT['broadcast-source'];
    }
    return ANSWER;
  }

  #limit(limits: Limits, batch: DatagramBatch, index: number): void {
    const datagrams = batch.datagramsIn(index);
    const bySource = limits.takeFromSource(batch, index, datagrams);
    if (bySource < datagrams) {
      this.#countLimited(limits, 'source-limit', batch, index, datagrams - bySource);
    }
    const answered = limits.takeFromThread(bySource);
    if (answered < bySource) {
      this.#countLimited(limits, 'global-limit', batch, index, bySource - answered);
    }
    if (answered === 0) {
      batch.verdicts[index] = VERDICT[bySource === 0 ? 'source-limit' : 'global-limit'];
      return;
    }
    if (answered < datagrams) batch.lengths[index] = answered * batch.segmentBytes[index]!;
    if (answered === 1) this.#cutLoop(limits, batch, index);
    else this.#cutLoops(limits, batch, index, answered);
  }

  #cutLoop(limits: Limits, batch: DatagramBatch, index: number): void {
    if (!limits.isLoop(batch, index, 0, this.#changing)) return;
    batch.verdicts[index] = VERDICT['echo-loop'];
    this.#countLimited(limits, 'echo-loop', batch, index, 1);
  }

  /** Removes looping datagrams from a coalesced run, and refuses the last one if no other is left. */
  #cutLoops(limits: Limits, batch: DatagramBatch, index: number, datagrams: number): void {
    let kept = 0;
    for (let asked = 0; asked < datagrams; asked++) {
      if (!limits.isLoop(batch, index, kept, this.#changing)) kept++;
      else if (kept > 0 || asked < datagrams - 1) batch.removeSegment(index, kept);
    }
    if (kept < datagrams) {
      this.#countLimited(limits, 'echo-loop', batch, index, datagrams - kept);
    }
    if (kept === 0) batch.verdicts[index] = VERDICT['echo-loop'];
  }

  #countLimited(
    limits: Limits,
    refusal: LimitRefusal,
    batch: DatagramBatch,
    index: number,
    datagrams: number,
  ): void {
    limits.noteRefused(refusal, batch, index);
    this.#count(VERDICT[refusal], datagrams);
  }

  #count(verdict: number, datagrams: number): void {
    this.#cells[verdict - 1] = this.#cells[verdict - 1]! + datagrams;
  }
}

/** Refuses one datagram that the rules admitted, and counts it in the cells of the refusals. */
export function refuse(
  batch: DatagramBatch,
  index: number,
  refusal: Refusal,
  cells: Float64Array,
): void {
  const verdict = VERDICT[refusal];
  batch.verdicts[index] = verdict;
  cells[verdict - 1] = cells[verdict - 1]! + 1;
}

/** The refusal behind a verdict, or `undefined` for `ANSWER`. */
export function refusalOf(verdict: number): Refusal | undefined {
  return verdict === ANSWER ? undefined : REFUSALS[verdict - 1];
}

/** The verdict of each refusal, from 1 up. See `ANSWER`. */
export const VERDICT = Object.fromEntries(
  REFUSALS.map((refusal, index) => [refusal, index + 1]),
) as Readonly<Record<Refusal, number>>;

/**
 * True for a network in 240.0.0.0/4. Nobody has one by accident: Linux treats its addresses as ordinary ones, and some
 * large networks use them as such.
 */
function isReserved(network: string): boolean {
  const [address = '', bits = '32'] = network.split('/');
  if (!isIPv4(address) || Number(bits) < RESERVED_BITS) return false;
  return Number.parseInt(address, 10) >= FIRST_RESERVED_OCTET;
}

function portVerdicts(ownPorts: readonly number[], answerAnyPort: boolean): Uint8Array {
  const verdicts = new Uint8Array(65_536);
  if (!answerAnyPort) {
    verdicts.fill(VERDICT['privileged-port'], 0, FIRST_UNPRIVILEGED_PORT);
    for (const port of LOOP_PRONE_PORTS) verdicts[port] = VERDICT['loop-prone-port'];
  }
  for (const port of ownPorts) verdicts[port] = VERDICT['own-port'];
  verdicts[0] = VERDICT['port-zero'];
  return verdicts;
}
