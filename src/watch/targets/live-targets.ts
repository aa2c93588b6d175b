// SPDX-License-Identifier: MIT
// Combines targets, sources and names, and updates the members of the fleet whenever something changes.

import { hostname } from 'node:os';
import { atMost } from '../at-most.ts';
import type { WatchConfig } from '../config/watch-config.ts';
import { HostLookup, type NameSources } from '../resolve/host-lookup.ts';
import { NameBook } from '../resolve/name-book.ts';
import type { FleetMember, WatchTarget } from '../target.ts';
import type { WatchEventKind } from '../watch-event.ts';
import type { Resolution, TargetsHandlers, TargetsPart } from '../watch-parts.ts';
import type { SourceStatus } from '../watch-view.ts';
import { RateAllowance } from './rate-limits.ts';
import { readPlan, type ReadPlan } from './read-plan.ts';
import { reconcile } from './reconcile.ts';
import { SourceList } from './source-list.ts';
import { TargetResolution } from './target-resolution.ts';

/** How long changes are collected: answers for many names arrive one by one. */
const GATHER_MS = 50;

/** How long the first answers of name servers are waited for. */
const FIRST_ANSWERS_MS = 1000;

export interface TargetsOptions extends TargetsHandlers {
  readonly config: WatchConfig;
  /** The name of this node, by which the peers of a mesh are chosen. Default: the host's name. */
  readonly nodeName?: string;
  /** Where names are looked up; default: the system's own sources. */
  readonly names?: NameSources;
}

export class LiveTargets implements TargetsPart {
  readonly #options: TargetsOptions;
  readonly #lookup: HostLookup;
  readonly #names: NameBook;
  readonly #sources: SourceList;
  #plan: ReadPlan | undefined;
  #targets: ReadonlyMap<string, WatchTarget> = new Map();
  #resolutions = new Map<string, TargetResolution>();
  #gathering: NodeJS.Timeout | undefined;
  #firstAnswers: (() => void) | undefined;
  #isOpen = false;
  #isClosed = false;

  constructor(options: TargetsOptions) {
    this.#options = options;
    this.#lookup = new HostLookup(options.names);
    this.#names = new NameBook(this.#lookup, () => {
      if (this.#names.isSettled) this.#firstAnswers?.();
      this.#gather();
    });
    this.#sources = new SourceList({
      lookup: this.#lookup,
      nodeName: options.nodeName ?? hostname(),
      onChange: () => {
        this.#gather();
      },
      onTrouble: (error, { kind, source }) => {
        const event = error === null ? 'discovery_recovered' : 'discovery_failed';
        this.#tell(null, event, `${kind} ${source}${error === null ? '' : `: ${error}`}`);
      },
    });
  }

  get sources(): readonly SourceStatus[] {
    return this.#sources.statuses;
  }

  resolutionOf(key: string): Resolution | undefined {
    return this.#resolutions.get(key);
  }

  async reload(config: WatchConfig): Promise<void> {
    const plan = await readPlan(config);
    const swap = await this.#sources.prepare(plan);
    swap();
    if (this.#isClosed) {
      this.#sources[Symbol.dispose]();
      return;
    }
    this.#plan = plan;
    this.#takeTargets();
    if (!this.#isOpen) await this.#untilFirstAnswers();
    this.#isOpen = true;
    this.#tellMembers();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#gathering);
    this.#firstAnswers?.();
    this.#sources[Symbol.dispose]();
    this.#names[Symbol.dispose]();
    this.#lookup[Symbol.dispose]();
    return Promise.resolve();
  }

  async #untilFirstAnswers(): Promise<void> {
    if (this.#names.isSettled) return;
    const answered = new Promise<void>((resolve) => {
      this.#firstAnswers = resolve;
    });
    await atMost(answered, FIRST_ANSWERS_MS);
    this.#firstAnswers = undefined;
  }

  #gather(): void {
    if (!this.#isOpen || this.#isClosed) return;
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      this.#takeTargets();
      this.#tellMembers();
    }, GATHER_MS);
  }

  /** Takes the current targets of the sources, and looks up their names. */
  #takeTargets(): void {
    const { settings, ...plan } = this.#plan!;
    const before = this.#targets;
    const { targets, cutLists } = reconcile(this.#sources.found, plan, settings, before);
    this.#targets = targets;
    this.#sources.setCut(cutLists);
    for (const [key, { host }] of before) {
      if (this.#targets.has(key)) continue;
      this.#resolutions.delete(key);
      this.#tell(key, 'target_left', host);
    }
    for (const [key, { host }] of this.#targets) {
      if (this.#resolutions.has(key)) continue;
      this.#resolutions.set(key, new TargetResolution());
      // At the start all targets are new.
      if (this.#isOpen) this.#tell(key, 'target_added', host);
    }
    this.#names.set(this.#targets.values());
  }

  #tellMembers(): void {
    if (this.#isClosed) return;
    const allowance = new RateAllowance(this.#plan!.limits);
    const members: FleetMember[] = [];
    for (const [key, target] of this.#targets) {
      const resolution = this.#resolutions.get(key)!;
      const changes = resolution.update(target, this.#names.stateOf(target), allowance);
      for (const { kind, detail } of changes) this.#tell(key, kind, detail);
      members.push({ target, address: resolution.address ?? undefined });
    }
    this.#options.onMembers(members);
  }

  #tell(key: string | null, kind: WatchEventKind, detail: string): void {
    this.#options.onEvent({ atMs: Date.now(), key, kind, detail });
  }
}
