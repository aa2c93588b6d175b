// SPDX-License-Identifier: MIT
// The sources of a configuration. A source that is also in the next configuration continues unchanged.

import { atMost } from '../at-most.ts';
import type { DiscoveryPlan, SourcePlan } from '../config/source-plan.ts';
import type { WatchPlan } from '../config/watch-plan.ts';
import type { FoundTarget } from '../found-target.ts';
import type { HostLookup } from '../resolve/host-lookup.ts';
import type { SourceStatus } from '../watch-view.ts';
import { openDnsSource } from './dns-source.ts';
import { FileSource } from './file-source.ts';
import { openHttpSource } from './http-source.ts';
import type { SourceTelling, TargetSource } from './target-source.ts';

interface SourceListOptions extends SourceTelling {
  readonly lookup: HostLookup;
  readonly nodeName: string;
}

/** A source that takes longer contributes its targets later. */
const FIRST_READ_MS = 2000;

export class SourceList implements Disposable {
  readonly #options: SourceListOptions;
  #plans: readonly SourcePlan[] = [];
  /** Names of all probes; a list of targets may name one of them. */
  #probes: ReadonlySet<string> = new Set();
  #open: ReadonlyMap<string, TargetSource> = new Map();

  constructor(options: SourceListOptions) {
    this.#options = options;
  }

  get statuses(): readonly SourceStatus[] {
    return [...this.#open.values()].map(({ status }) => status);
  }

  /** The last good targets of each, in the order of the configuration. */
  get found(): readonly (readonly FoundTarget[])[] {
    return this.#plans.map((plan) =>
      plan.kind === 'static' ? plan.targets : this.#open.get(identityOf(plan, this.#probes))!.found,
    );
  }

  /** @param lists  those of `found` of which not all targets fit into the watch */
  setCut(lists: ReadonlySet<readonly FoundTarget[]>): void {
    for (const source of this.#open.values()) source.setCut(lists.has(source.found));
  }

  /**
   * Opens new sources, and gives them time to be read.
   *
   * @returns a function that replaces the previous sources with the new ones
   */
  async prepare({
    sources: plans,
    probes,
  }: Pick<WatchPlan, 'sources' | 'probes'>): Promise<() => void> {
    const names: ReadonlySet<string> = new Set(probes.keys());
    const next = new Map<string, TargetSource>();
    for (const plan of plans) {
      if (plan.kind === 'static') continue;
      const identity = identityOf(plan, names);
      const source =
        next.get(identity) ?? this.#open.get(identity) ?? this.#openSource(plan, names);
      next.set(identity, source);
    }
    const reads = Promise.all([...next.values()].map(({ firstRead }) => firstRead));
    await atMost(reads, FIRST_READ_MS);
    return () => {
      for (const [identity, source] of this.#open) {
        if (!next.has(identity)) source[Symbol.dispose]();
      }
      this.#plans = plans;
      this.#probes = names;
      this.#open = next;
    };
  }

  [Symbol.dispose](): void {
    for (const source of this.#open.values()) source[Symbol.dispose]();
  }

  #openSource(plan: DiscoveryPlan, probes: ReadonlySet<string>): TargetSource {
    const { lookup, nodeName, ...telling } = this.#options;
    switch (plan.kind) {
      case 'file_sd':
        return new FileSource({ plan, probes, telling });
      case 'http_sd':
        return openHttpSource({ plan, probes, lookup, telling });
      case 'dns':
        return openDnsSource({ plan, lookup, nodeName, telling });
    }
  }
}

/** Sources with the same query are the same source, wherever they are in the file. */
function identityOf(plan: DiscoveryPlan, probes: ReadonlySet<string>): string {
  const names = plan.kind === 'dns' ? [] : [...probes];
  return JSON.stringify({ ...plan, path: undefined, names });
}
