// SPDX-License-Identifier: MIT
// Decides which datagrams are answered. An echo service that answers everybody can be set upon
// another one by a single forged datagram, and neither ever stops (CERT CA-1996-01, CVE-2024-2169).

import { isIPv4 } from 'node:net';
import { ANSWER, type DatagramBatch } from '../socket/datagram-batch.ts';
import { MAPPED_PREFIX } from '../socket/ip-address.ts';
import { CidrList } from './cidr-list.ts';
import type { LimitRefusal, Limits, LimitRules } from './limits.ts';
import type { OctetRange } from './loop-guard.ts';

/** Why a datagram was not answered, in the order in which the rules are asked. */
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
  'own-port': "the server's own port as source port: itself, or another echogram",
  'privileged-port': 'source port below 1024: a service, not a client',
  'loop-prone-port': 'source port of a service that answers what it does not understand',
  'multicast-source': 'a multicast address as source (RFC 1122 section 4.1.3.6)',
  'broadcast-source': 'a broadcast address as source (RFC 1122 section 4.1.3.6)',
  'reserved-source': 'the unspecified or a reserved address as source',
  'denied-source': 'the source is denied, or not among those allowed',
  'group-destination': 'sent to a broadcast or multicast address: many would answer at once',
  'source-limit': 'more datagrams a second than this server answers to one source',
  'global-limit': 'more datagrams a second than this server answers in all',
  'echo-loop':
    'the same payload again and again from one peer, as between two echo services that answer each other',
  'stamp-short': 'too short for a STAMP packet: the reply would be longer than the request',
  'stamp-hmac': "a STAMP packet that the server's key does not authenticate",
  'stamp-corrupted': 'a STAMP packet without a valid error estimate (RFC 4656 section 4.1.2)',
  'stamp-reply': 'a reply of another STAMP reflector, not a request',
  'stamp-sessions': 'a new STAMP session where there is no room for one more',
};

/**
 * Services from port 1024 up that answer whatever comes, with an error if need be, or are used as
 * reflectors: SSDP, WS-Discovery, mDNS, CoAP, memcached. Below 1024 lie echo 7, systat 11,
 * daytime 13, qotd 17, chargen 19, time 37, DNS 53, TFTP 69, NTP 123, SNMP 161, CLDAP 389, which
 * 'privileged-port' covers.
 */
export const LOOP_PRONE_PORTS = [1900, 3702, 5353, 5683, 11_211] as const;

const FIRST_UNPRIVILEGED_PORT = 1024;

/** 240.0.0.0/4 (RFC 1112 section 4). */
const FIRST_RESERVED_OCTET = 240;
const RESERVED_BITS = 4;

/** Which sources to answer, as data that any thread can take. */
export interface AdmissionRules {
  /** The ports this server is bound to. */
  readonly ownPorts: readonly number[];
  /** Answers privileged and loop-prone source ports too. Own ports and port 0 stay refused. */
  readonly answerAnyPort: boolean;
  /** Broadcast addresses of this host's networks, as 32-bit words. */
  readonly broadcastWords: readonly number[];
  /** Networks to answer; empty means all. */
  readonly allow: readonly string[];
  /** Networks not to answer, also where `allow` has them. */
  readonly deny: readonly string[];
  /** `null` answers without limit, and without looking for echo loops. */
  readonly limits: LimitRules | null;
}

export interface AdmissionOptions extends Omit<AdmissionRules, 'limits'> {
  /** Those of this thread, shared by all its services; `undefined` is none. */
  readonly limits: Limits | undefined;
  /** Octets that the service changes in each reply: the guard against loops looks past them. */
  readonly changing?: OctetRange | undefined;
  /** One cell for each of `REFUSALS`. */
  readonly cells: Float64Array;
}

export class Admission {
  /** The verdict on each source port: one load a datagram. */
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
   * Writes a verdict for each entry of the batch and counts the refusals. A coalesced run of which
   * a limit admits only a part is cut to that part.
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

  /** Takes out of a coalesced run what goes round in loops, and refuses the last one where nothing else is left. */
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

/** Refuses one datagram that the rules let pass, and counts it in the cells of the refusals. */
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
 * True for a network that lies in 240.0.0.0/4, which nobody has by accident: Linux takes its addresses for
 * ordinary ones, and some large networks use them as such.
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
