// SPDX-License-Identifier: MIT
// Public: a running relay. It gives each client its own socket to the server, and forwards datagrams by the plan of
// their direction.

import { EventEmitter } from 'node:events';
import { ClosedPromise } from '../closed-promise.ts';
import { createError, type EchogramError } from '../errors.ts';
import { EventTeller } from '../event-teller.ts';
import type { SocketAddress } from '../socket/ip-address.ts';
import type { PortableSocket } from '../socket/portable/portable-socket.ts';
import { watchSockets } from '../socket/portable/watch-sockets.ts';
import type { RelayCounters, SideCells } from './relay-counters.ts';
import type { RelayEvents, RelayPlans } from './relay-events.ts';
import { parsePlanChange, type ParsedImpairOptions, type PlanChange } from './relay-options.ts';
import { RelayTraffic } from './relay-traffic.ts';
import type { Target } from './target.ts';

/** The parts of a relay whose sockets are bound. */
export interface RelayParts {
  readonly options: ParsedImpairOptions;
  /** The sockets that clients send to, whose cells are those of `clientSide`. */
  readonly fronts: readonly PortableSocket[];
  readonly clientSide: SideCells;
  readonly target: Target;
}

/**
 * A running relay, made by `impair`. An error thrown by a listener is an uncaught exception and does not affect the
 * relay.
 */
export class Relay extends EventEmitter<RelayEvents> implements AsyncDisposable {
  /**
   * Resolves when the relay has closed on request; rejects with `ECHOGRAM_ERR_RELAY_FAILED` if it closed because it
   * could no longer receive.
   */
  readonly closed: Promise<void>;
  readonly #fronts: readonly PortableSocket[];
  readonly #target: Target;
  readonly #traffic: RelayTraffic;
  readonly #teller = new EventTeller<RelayEvents>(this);
  readonly #closed = new ClosedPromise<EchogramError<'ECHOGRAM_ERR_RELAY_FAILED'>>();
  /** Subjects of warnings so far. */
  readonly #warned = new Set<string>();
  readonly #socketWatch: NodeJS.Timeout;
  #plans: RelayPlans;
  #closing: Promise<void> | undefined;

  private constructor(parts: RelayParts) {
    super();
    const { options, fronts, target } = parts;
    this.#fronts = fronts;
    this.#target = target;
    const { plan = {}, forward = plan, backward = plan } = options;
    this.#plans = { forward, backward };
    this.closed = this.#closed.promise;
    this.#socketWatch = this.#watch();
    this.#traffic = new RelayTraffic({ ...parts, plans: this.#plans, warnOnce: this.#warnOnce });
  }

  /** @internal */
  static of(parts: RelayParts): Relay {
    return new Relay(parts);
  }

  /** The addresses that clients send to, one per socket. */
  get addresses(): readonly SocketAddress[] {
    return this.#fronts.map(({ local }) => local);
  }

  /** The first of these addresses. */
  get address(): string {
    return this.#fronts[0]!.local.address;
  }

  /** Its port, the same at each address. */
  get port(): number {
    return this.#fronts[0]!.local.port;
  }

  /** The server that it forwards to. */
  get target(): SocketAddress {
    return { address: this.#target.address.address, port: this.#target.port };
  }

  /** The plans in effect. */
  get plans(): RelayPlans {
    return this.#plans;
  }

  /** Its current counters. */
  get counters(): RelayCounters {
    return this.#traffic.counters;
  }

  /**
   * Sets the plan of one direction or both; its seed starts again. Datagrams that are held back leave at their due
   * time.
   *
   * @throws OptionError for a plan outside its rule; then nothing has changed
   */
  change(change: PlanChange): void {
    const { plan, forward = plan, backward = plan } = parsePlanChange(change);
    const changed = {
      ...(forward === undefined ? {} : { forward }),
      ...(backward === undefined ? {} : { backward }),
    };
    this.#traffic.change(changed);
    this.#plans = { ...this.#plans, ...changed };
    this.#teller.tell('change', this.#plans);
  }

  /** Lets the process exit while the relay runs, like `unref` of a `net.Server`. */
  unref(): this {
    this.#traffic.keepRunning(false);
    return this;
  }

  /** Keeps the process running again, which is the default. */
  ref(): this {
    this.#traffic.keepRunning(true);
    return this;
  }

  /**
   * Stops relaying, closes all sockets and emits `close`. Datagrams that are held back are not sent. May be called
   * again.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #watch(): NodeJS.Timeout {
    return watchSockets(this.#fronts, {
      onNotice: this.#teller.warn,
      onFailed: (reason) => {
        this.#fail(reason);
      },
    });
  }

  #fail(reason: string): void {
    if (this.#closing !== undefined) return;
    const failure = createError('ECHOGRAM_ERR_RELAY_FAILED', { reason });
    this.#closed.failWith(failure);
    this.#teller.tell('error', failure);
    void this.close();
  }

  async #close(): Promise<void> {
    clearInterval(this.#socketWatch);
    // Code that waits for the close should see it.
    this.#traffic.keepRunning(true);
    await this.#traffic.close();
    this.#closed.settle();
    this.#teller.tell('close', this.counters);
  }

  readonly #warnOnce = (subject: string, message: string): void => {
    if (this.#warned.has(subject)) return;
    this.#warned.add(subject);
    this.#teller.warn(message);
  };
}
