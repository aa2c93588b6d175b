// SPDX-License-Identifier: MIT
// A name whose addresses are targets, or whose SRV records name them.

import { systemCodeOf } from '../../errors.ts';
import { listInterfaces } from '../../socket/interfaces.ts';
import { isLoopback, isSameAddress } from '../../socket/ip-address.ts';
import type { DnsPlan } from '../config/source-plan.ts';
import type { FoundTarget } from '../found-target.ts';
import { errorInWords } from '../resolve/error-in-words.ts';
import { isAbsence, type HostLookup } from '../resolve/host-lookup.ts';
import { formatHostPort } from '../../host-port.ts';
import { Peers } from './peers.ts';
import { PolledSource, type Reading } from './polled-source.ts';
import { choosePeers } from './rendezvous.ts';
import type { SourceTelling } from './target-source.ts';

/** Limits of the time to live, unless `refresh` says otherwise. */
const SHORTEST_REFRESH_MS = 5000;
const LONGEST_REFRESH_MS = 15_000;

/**
 * How many consecutive answers must say that there is no such name: a name server that has just started says so too.
 */
const BELIEVED_ABSENCES = 3;

interface DnsSourceOptions {
  readonly plan: DnsPlan;
  readonly lookup: Pick<HostLookup, 'addresses' | 'services'>;
  readonly nodeName: string;
  readonly telling: SourceTelling;
}

export function openDnsSource(options: DnsSourceOptions): PolledSource {
  const { plan, telling } = options;
  const reader = new DnsReader(options);
  return new PolledSource({
    kind: 'dns',
    source: `${plan.name} ${plan.type}`,
    read: (signal) => reader.read(signal),
    retryMs: plan.refreshMs ?? LONGEST_REFRESH_MS,
    telling,
  });
}

class DnsReader {
  readonly #options: DnsSourceOptions;
  readonly #peers: Peers | undefined;
  #absences = 0;
  #latest: readonly FoundTarget[] = [];

  constructor(options: DnsSourceOptions) {
    this.#options = options;
    const { identityPort } = options.plan;
    this.#peers = identityPort === undefined ? undefined : new Peers(identityPort);
  }

  async read(signal: AbortSignal): Promise<Reading> {
    const { type } = this.#options.plan;
    const { found, ttlMs } =
      type === 'SRV' ? await this.#services() : await this.#addresses(type, signal);
    const { refreshMs = clamp(ttlMs) } = this.#options.plan;
    // Returning the same object means that nothing changed.
    if (JSON.stringify(found) !== JSON.stringify(this.#latest)) this.#latest = found;
    return { found: this.#latest, refreshMs };
  }

  async #services(): Promise<{ found: FoundTarget[]; ttlMs: number }> {
    const { name, labels, probe } = this.#options.plan;
    // Node does not report the time to live of these.
    const ttlMs = LONGEST_REFRESH_MS;
    const services = await this.#options.lookup.services(name).catch((error: unknown) => {
      this.#requireAbsence(systemCodeOf(error));
      return [];
    });
    if (services.length > 0) this.#absences = 0;
    const found = services.map(({ name: host, port }) => {
      const name = formatHostPort(host, port);
      return { name, host, port, labels, probe };
    });
    return { found: found.sort((one, other) => (one.name < other.name ? -1 : 1)), ttlMs };
  }

  async #addresses(
    type: 'A' | 'AAAA',
    signal: AbortSignal,
  ): Promise<{ found: FoundTarget[]; ttlMs: number }> {
    const { plan, lookup, nodeName } = this.#options;
    const answer = await lookup.addresses(plan.name, type === 'A' ? 4 : 6);
    if (answer.error === null) this.#absences = 0;
    else this.#requireAbsence(answer.error);
    const addresses = answer.addresses.map(({ address }) => address);
    const chosen = choosePeers(withoutOwn(addresses), nodeName, plan.maxPeers);
    const named =
      (await this.#peers?.named(chosen, signal)) ?? chosen.map((address) => ({ address }));
    return { found: named.map((peer) => this.#target(peer)), ttlMs: answer.ttlMs };
  }

  #target(peer: { address: string; name?: string; zone?: string | undefined }): FoundTarget {
    const { labels, probe, port } = this.#options.plan;
    const zone = peer.zone === undefined ? {} : { zone: peer.zone };
    const { address: host, name = host } = peer;
    return { name, host, port, labels: { ...labels, ...zone }, probe };
  }

  /** @throws an error that keeps the previous targets */
  #requireAbsence(error: string): void {
    if (isAbsence(error)) this.#absences++;
    if (!isAbsence(error) || this.#absences < BELIEVED_ABSENCES) {
      throw new Error(errorInWords(error));
    }
  }
}

function clamp(ttlMs: number): number {
  return Math.min(Math.max(ttlMs, SHORTEST_REFRESH_MS), LONGEST_REFRESH_MS);
}

/** Without this host's addresses, except loopback: the list of a mesh's peers includes this node. */
function withoutOwn(addresses: readonly string[]): readonly string[] {
  const infos = Object.values(listInterfaces().interfaces).flat();
  const isOwn = (address: string): boolean =>
    !isLoopback(address) && infos.some((info) => isSameAddress(info.address, address));
  return addresses.filter((address) => !isOwn(address));
}
