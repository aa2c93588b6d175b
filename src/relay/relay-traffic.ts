// SPDX-License-Identifier: MIT
// Handles each datagram of a relay: judges it, finds its client's socket, and forwards it by the plan of its direction.

import { isLoopback, type SocketAddress } from '../socket/ip-address.ts';
import { PortableBatch } from '../socket/portable/portable-batch.ts';
import type { PortableSocket } from '../socket/portable/portable-socket.ts';
import { monotonicNs } from '../time.ts';
import { Allowance } from './allowance.ts';
import { Direction } from './direction.ts';
import { Door } from './door.ts';
import { DirectionCells, SideCells, type RelayCounters } from './relay-counters.ts';
import type { RelayPlans } from './relay-events.ts';
import type { ParsedImpairOptions } from './relay-options.ts';
import {
  amplificationWarning,
  brokenWarning,
  icmpWarning,
  noRoomWarning,
} from './relay-warnings.ts';
import { Source } from './source.ts';
import { keyOf, SourceTable } from './source-table.ts';
import type { Target } from './target.ts';

export interface RelayTrafficOptions {
  readonly options: ParsedImpairOptions;
  readonly plans: RelayPlans;
  /** The sockets that clients send to, whose cells are those of `clientSide`. */
  readonly fronts: readonly PortableSocket[];
  readonly clientSide: SideCells;
  readonly target: Target;
  /** @param subject  what the warning is about; each subject is reported once */
  readonly warnOnce: (subject: string, message: string) => void;
}

/** A datagram of a client, or a reply to one. */
interface Passing {
  readonly source: Source;
  readonly payload: Buffer;
}

/** The longest time between two checks for clients that have been silent for too long. */
const LONGEST_SWEEP_MS = 1000;

export class RelayTraffic {
  readonly #options: ParsedImpairOptions;
  readonly #fronts: readonly PortableSocket[];
  readonly #target: Target;
  readonly #warnOnce: (subject: string, message: string) => void;
  readonly #door: Door;
  readonly #sources: SourceTable;
  readonly #clientSide: SideCells;
  readonly #serverSide = new SideCells();
  readonly #forwardCells = new DirectionCells();
  readonly #backwardCells = new DirectionCells();
  readonly #forward: Direction<Passing>;
  readonly #backward: Direction<Passing>;
  readonly #reply = new PortableBatch();
  readonly #icmpErrors = new Map<string, number>();
  readonly #sourceCounts = { opened: 0, expired: 0, displaced: 0 };
  /** Sources that are closing, until everything that they sent is counted. */
  readonly #leaving = new Set<Promise<void>>();
  readonly #sweepTimer: NodeJS.Timeout;
  #isKept = true;
  #isClosed = false;

  /** Begins to forward datagrams. */
  constructor({ options, plans, fronts, clientSide, target, warnOnce }: RelayTrafficOptions) {
    this.#options = options;
    this.#fronts = fronts;
    this.#clientSide = clientSide;
    this.#target = target;
    this.#warnOnce = warnOnce;
    this.#door = new Door({ allow: options.allow, own: fronts.map(({ local }) => local) });
    this.#sources = new SourceTable(options.maxSources);
    const { forward, backward } = plans;
    this.#forward = new Direction(forward, this.#forwardCells.impairments, this.#sendForward);
    this.#backward = new Direction(
      backwardSeeded(backward),
      this.#backwardCells.impairments,
      this.#sendBackward,
    );
    const sweepMs = Math.min(LONGEST_SWEEP_MS, options.idleTimeoutMs);
    this.#sweepTimer = setInterval(this.#sweep, sweepMs).unref();
    for (const front of fronts) this.#serve(front);
  }

  /** Its current counters. */
  get counters(): RelayCounters {
    const clients = this.#clientSide.read();
    const server = this.#serverSide.read();
    return {
      forward: this.#forwardCells.read(clients, server, this.#forward.heldDatagrams),
      backward: this.#backwardCells.read(server, clients, this.#backward.heldDatagrams),
      sources: { open: this.#sources.count, ...this.#sourceCounts },
      icmpErrors: Object.fromEntries(this.#icmpErrors),
      receiveErrors: clients.receiveErrors + server.receiveErrors,
    };
  }

  /** Sets new plans for the named directions. */
  change({ forward, backward }: Partial<RelayPlans>): void {
    if (forward !== undefined) this.#forward.change(forward);
    if (backward !== undefined) this.#backward.change(backwardSeeded(backward));
  }

  /** Sets whether its sockets and held-back datagrams keep the process running; initially they do. */
  keepRunning(isKept: boolean): void {
    this.#isKept = isKept;
    const parts = [...this.#fronts, ...this.#sources, this.#forward, this.#backward];
    for (const part of parts) part.keepRunning(isKept);
  }

  /** Closes every socket, and resolves once everything sent is counted. Datagrams that are held back are not sent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#sweepTimer);
    this.#forward.discard();
    this.#backward.discard();
    const closing = this.#fronts.map((front) => front.close());
    for (const source of [...this.#sources]) this.#leave(source);
    await Promise.all([...closing, ...this.#leaving]);
  }

  /** Forwards the datagrams that arrive at this socket. */
  #serve(front: PortableSocket): void {
    const batch = front.createBatch();
    front.start(() => {
      while (front.receive(batch) > 0) this.#receive(front, batch);
    });
  }

  #receive(front: PortableSocket, batch: PortableBatch): void {
    const client = batch.peerOf();
    const refusal = this.#door.refusalOf(client, batch.sourceWords);
    if (refusal !== null) {
      this.#forwardCells.refuse(refusal);
      return;
    }
    const source = this.#sourceOf(client, front);
    if (source === undefined) {
      this.#forwardCells.refuse('no-room');
      this.#warnOnce('no-room', noRoomWarning(this.#options.maxSources));
      return;
    }
    source.allowance.receive(batch.payload.length);
    this.#forward.pass({ source, payload: batch.payload });
  }

  /** The client's source, a new one if need be; `undefined` if there is no place for it. */
  #sourceOf(client: SocketAddress, front: PortableSocket): Source | undefined {
    const nowMs = monotonicNs() / 1e6;
    const key = keyOf(client, front.local);
    const known = this.#sources.hear(key, nowMs);
    if (known !== undefined) return known;
    const displaced = this.#sources.placeFor(client, nowMs);
    if (displaced === undefined) return undefined;
    if (displaced !== null) {
      this.#sourceCounts.displaced++;
      this.#leave(displaced);
    }
    const source = this.#openSource(client, front);
    this.#sources.add(key, source, nowMs);
    return source;
  }

  #openSource(client: SocketAddress, front: PortableSocket): Source {
    this.#sourceCounts.opened++;
    const route = {
      client,
      front,
      target: this.#target,
      allowance: new Allowance(isLoopback(client.address)),
      cells: this.#serverSide.cells,
    };
    return new Source(route, this.#isKept, {
      onReply: (source, payload) => {
        if (!this.#isClosed) this.#backward.pass({ source, payload });
      },
      onIcmp: (_source, systemCode) => {
        this.#icmpErrors.set(systemCode, (this.#icmpErrors.get(systemCode) ?? 0) + 1);
        this.#warnOnce(`icmp ${systemCode}`, icmpWarning(String(this.#target), systemCode));
      },
      onBroken: (source, systemCode) => {
        this.#warnOnce(`socket ${systemCode}`, brokenWarning(String(this.#target), systemCode));
        this.#leave(source);
      },
    });
  }

  /** Removes a source, and closes its socket. */
  #leave(source: Source): void {
    this.#sources.remove(keyOf(source.client, source.front.local), source);
    const leaving = source.close().finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  readonly #sendForward = ({ source, payload }: Passing): void => {
    source.forward(payload);
  };

  readonly #sendBackward = ({ source, payload }: Passing): void => {
    if (!source.allowance.take(payload.length)) {
      this.#refuseReply(source);
      return;
    }
    this.#reply.fill(payload, source.client);
    source.front.send(this.#reply);
  };

  #refuseReply({ client, allowance }: Source): void {
    const { answersNeeded } = allowance;
    this.#backwardCells.refuse('amplification');
    const subject = `amplification ${answersNeeded}`;
    this.#warnOnce(subject, amplificationWarning(client, answersNeeded));
  }

  readonly #sweep = (): void => {
    const sinceMs = monotonicNs() / 1e6 - this.#options.idleTimeoutMs;
    for (const source of this.#sources.silentSince(sinceMs)) {
      this.#sourceCounts.expired++;
      this.#leave(source);
    }
  };
}

/** With the same seed, both directions would lose the same datagrams. */
function backwardSeeded(plan: RelayPlans['backward']): RelayPlans['backward'] {
  return { ...plan, seed: ((plan.seed ?? 1) + 1) % 2 ** 32 };
}
