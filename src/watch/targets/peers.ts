// SPDX-License-Identifier: MIT
// Identifies the peers of a mesh: each returns its name and zone at `/identity` of its metrics listener.

import { formatHostPort } from '../../host-port.ts';
import { monotonicNs } from '../../time.ts';
import { isTargetName } from '../found-target.ts';
import { labelFault } from '../labels.ts';
import { getText } from './get-text.ts';

/** A peer is probed under its name if it answers within this time, otherwise under its address until it does. */
const FIRST_ANSWER_MS = 2000;

/** A zone may change when a peer's labels do, and a firewall or network policy may admit this host later. */
const REFRESH_NS = 60e9;

/** Three short texts. */
const MOST_BYTES = 4096;

/** Maximum concurrent requests. */
const MOST_REQUESTS = 16;

interface Peer {
  readonly name: string;
  readonly zone: string | undefined;
  readonly askedAtNs: number;
}

interface NamedPeer {
  readonly address: string;
  readonly name: string;
  readonly zone: string | undefined;
}

export class Peers {
  readonly #port: number;
  readonly #nowNs: () => number;
  /** Keyed by address, the longest known first: of two peers with the same name, the first one keeps it. */
  readonly #peers = new Map<string, Peer>();

  constructor(port: number, nowNs: () => number = monotonicNs) {
    this.#port = port;
    this.#nowNs = nowNs;
  }

  /** Only these are remembered. A name that was told never changes, because it is part of a target's key. */
  async named(addresses: readonly string[], signal: AbortSignal): Promise<readonly NamedPeer[]> {
    for (const address of this.#peers.keys()) {
      if (!addresses.includes(address)) this.#peers.delete(address);
    }
    const staleNs = this.#nowNs() - REFRESH_NS;
    const asked = addresses.filter((address) => {
      const known = this.#peers.get(address);
      return known === undefined || known.askedAtNs < staleNs;
    });
    const askers = Array.from({ length: MOST_REQUESTS }, async () => {
      for (let address = asked.shift(); address !== undefined; address = asked.shift()) {
        await this.#ask(address, signal);
      }
    });
    await Promise.all(askers);
    return [...this.#peers].map(([address, { name, zone }]) => ({ address, name, zone }));
  }

  async #ask(address: string, signal: AbortSignal): Promise<void> {
    const askedAtNs = this.#nowNs();
    const { name, zone } = await this.#identityOf(address, signal);
    const known = this.#peers.get(address);
    const named = known === undefined || known.name === address ? (name ?? address) : known.name;
    this.#peers.set(address, { name: named, zone: zone ?? known?.zone, askedAtNs });
  }

  async #identityOf(
    address: string,
    signal: AbortSignal,
  ): Promise<{ name?: string; zone?: string | undefined }> {
    try {
      const url = `http://${formatHostPort(address, this.#port)}/identity`;
      const text = await getText(url, {
        timeoutMs: FIRST_ANSWER_MS,
        mostBytes: MOST_BYTES,
        signal,
      });
      const { name, zone } = JSON.parse(text) as Readonly<Record<string, unknown>>;
      if (typeof name !== 'string' || !isTargetName(name)) return {};
      return { name, zone: isZone(zone) ? zone : undefined };
    } catch {
      // A peer that does not identify itself is named by its address.
      return {};
    }
  }
}

function isZone(zone: unknown): zone is string {
  return typeof zone === 'string' && zone !== '' && labelFault('zone', zone) === undefined;
}
