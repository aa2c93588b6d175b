// SPDX-License-Identifier: MIT
// Public: a running echo server with its optional reflectors. It manages its engine.

import { EventEmitter } from 'node:events';
import { ClosedPromise } from '../closed-promise.ts';
import { publish } from '../diagnostics.ts';
import { createError, type EchogramError } from '../errors.ts';
import { EventTeller } from '../event-teller.ts';
import type { EngineName, SocketBuffer } from '../socket/datagram-socket.ts';
import { sumOfDrops } from '../socket/drop-causes.ts';
import type { SocketAddress } from '../socket/ip-address.ts';
import { CounterBlock, type ServerCounters } from './counters.ts';
import { DropTally } from './drop-tally.ts';
import type { RunningEngine } from './engines/engine.ts';
import type { EngineReports } from './engines/engine-reports.ts';
import type { StartedEngine } from './engines/start-engine.ts';
import { HealthWatch, type ServerHealth } from './health.ts';
import { UdpEchoPlusState } from './reflectors/udp-echo-plus-state.ts';
import { LimitNotices } from './limit-notices.ts';
import { SampleCredit } from './sample-credit.ts';
import type { ParsedOptions } from './serve-options.ts';
import { warningsFor } from './server-warnings.ts';
import type { EchoServerEvents } from './server-events.ts';
import { serviceOf, type Service } from './service-view.ts';
import { readUdpEchoPlusCounters, type UdpEchoPlusCounters } from './udp-echo-plus-counters.ts';

/** The message of `echogram:server:started` of node:diagnostics_channel (docs/diagnostics.md). */
export interface ServerStartedMessage {
  readonly server: EchoServer;
}

/** The message of `echogram:server:closed` of node:diagnostics_channel (docs/diagnostics.md). */
export interface ServerClosedMessage {
  readonly server: EchoServer;
  readonly counters: ServerCounters;
  /** Present if the server could no longer answer. */
  readonly error?: EchogramError<'ECHOGRAM_ERR_SERVER_FAILED'>;
}

const SAMPLE_PERIOD_MS = 1000;

/** The parts of a server whose engine runs. */
export interface ServerParts {
  readonly options: ParsedOptions;
  readonly started: StartedEngine;
  readonly reports: EngineReports;
  /** One shared cell: samples that may still be taken this second. */
  readonly sampleCredit: Int32Array;
  /** Created before anything was bound, as are those of each service. */
  readonly drops: DropTally;
  readonly dropsByService: readonly DropTally[];
}

/**
 * A running echo server, made by `serve`.
 *
 * It is an EventEmitter and not an async iterator, because an iterator must either buffer events without a bound or
 * lose some, while a missing listener costs nothing. An error thrown by a listener is an uncaught exception and does
 * not affect the server.
 */
export class EchoServer extends EventEmitter<EchoServerEvents> implements AsyncDisposable {
  /**
   * Resolves when the server has closed on request; rejects with `ECHOGRAM_ERR_SERVER_FAILED` if it closed because it
   * could no longer answer.
   */
  readonly closed: Promise<void>;
  /** The server's services: the echo first, then STAMP if it is enabled. */
  readonly services: readonly Service[];
  /** Why the Linux engine is not used although it was preferred; else `null`. */
  readonly engineReason: string | null;
  /**
   * What the user should know since the start, in whole sentences, such as a receive buffer that is too small. Each is
   * also emitted as a `warning` event.
   */
  readonly warnings: readonly string[];
  readonly #engine: RunningEngine;
  readonly #health: HealthWatch;
  readonly #drops: DropTally;
  readonly #limitNotices: LimitNotices | undefined;
  readonly #sampleCredit: SampleCredit;
  readonly #sampleTimer: NodeJS.Timeout;
  readonly #teller: EventTeller<EchoServerEvents>;
  readonly #closed = new ClosedPromise<EchogramError<'ECHOGRAM_ERR_SERVER_FAILED'>>();
  #closing: Promise<void> | undefined;

  private constructor({
    options,
    started,
    reports,
    sampleCredit,
    drops,
    dropsByService,
  }: ServerParts) {
    super();
    const { engine } = started;
    this.#engine = engine;
    this.#drops = drops;
    this.#sampleCredit = new SampleCredit(sampleCredit, options.samplesPerSecond);
    this.services = engine.services.map((service, at) => serviceOf(service, dropsByService[at]!));
    this.engineReason = started.fallbackReason ?? null;
    this.warnings = [
      ...started.warnings,
      ...engine.warnings,
      ...reports.earlyNotices,
      ...warningsFor(engine, options),
    ];
    this.closed = this.#closed.promise;
    this.#teller = new EventTeller<EchoServerEvents>(this, this.warnings);
    const { warn } = this.#teller;
    this.#health = new HealthWatch(engine, warn);
    const { limits, workers } = engine;
    if (limits !== null) this.#limitNotices = new LimitNotices(limits, workers, warn);
    this.#sampleTimer = setInterval(this.#everySecond, SAMPLE_PERIOD_MS).unref();
    reports.listen({
      onSample: (sample) => {
        this.#teller.tell('datagram', sample);
      },
      onLimited: (limited) => {
        this.#limitNotices?.note(limited);
      },
      onNotice: warn,
      onFailed: (reason) => {
        this.#fail(reason);
      },
    });
  }

  /** @internal */
  static of(parts: ServerParts): EchoServer {
    const server = new EchoServer(parts);
    publish('serverStarted', (): ServerStartedMessage => ({ server }));
    return server;
  }

  /** The counters that TR-143 names; `null` if UDPEchoPlus is not enabled. */
  get udpEchoPlusCounters(): UdpEchoPlusCounters | null {
    const echo = this.#engine.services[0]!;
    const { plan } = echo;
    if (plan.name !== 'udp-echo-plus') return null;
    return readUdpEchoPlusCounters(echo.block(), new UdpEchoPlusState(plan.memory));
  }

  /** The addresses the echo listens on, one per socket. */
  get addresses(): readonly SocketAddress[] {
    return this.#engine.services[0]!.addresses;
  }

  /** The echo's port, the same at each address. */
  get port(): number {
    return this.addresses[0]!.port;
  }

  /** The engine in use. */
  get engine(): EngineName {
    return this.#engine.name;
  }

  /** Worker threads: requested, alive, and how many times one died. */
  get workers(): { readonly asked: number; readonly alive: number; readonly deaths: number } {
    const { workers: asked, workersAlive: alive, workerDeaths: deaths } = this.#engine;
    return { asked, alive, deaths };
  }

  /** Whether the server can answer, and if not, why. */
  get health(): ServerHealth {
    return this.#health.read();
  }

  /** The receive buffer requested for each socket, and what the kernel granted. */
  get receiveBuffer(): SocketBuffer {
    return this.#engine.receiveBuffer;
  }

  /** The send buffer requested for each socket, and what the kernel granted. */
  get sendBuffer(): SocketBuffer {
    return this.#engine.sendBuffer;
  }

  /** Batch sizes of the receive calls: how many calls in each of `BATCH_BUCKETS`, and the sum of their entries. */
  get batchSizes(): { readonly counts: readonly number[]; readonly sum: number } {
    const block = this.#block();
    return { counts: [...block.batches], sum: block.batchSum };
  }

  /**
   * The counters of all services, once they include each datagram answered before the call: a reply can reach its
   * client a moment before it is counted.
   */
  async counted(): Promise<ServerCounters> {
    await this.#engine.counted();
    return this.counters;
  }

  /**
   * Resolves once the loop of every worker thread has turned after the call: within a second if all is well. While a
   * worker hangs or is dead, it stays pending until the server is closed. It is what a watchdog asks for.
   */
  async turned(): Promise<void> {
    await this.#engine.turned();
  }

  /** The current counters of all services. */
  get counters(): ServerCounters {
    const drops = sumOfDrops(this.#engine.services.map((service) => service.kernelDrops()));
    const seesFragments = this.#engine.services.every((service) => service.seesFragments);
    return this.#block().read(this.#drops.causesOf(drops), seesFragments);
  }

  /**
   * Lets the process exit while the server runs, like `unref` of a `net.Server`: a test that fails before it closes its
   * server then does not hang the runner.
   */
  unref(): this {
    this.#engine.keepRunning(false);
    return this;
  }

  /** Keeps the process running again, which is the default. */
  ref(): this {
    this.#engine.keepRunning(true);
    return this;
  }

  /** Stops answering, closes all sockets and emits `close`. May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Closes the server because its engine can no longer answer. */
  #fail(reason: string): void {
    if (this.#closing !== undefined) return;
    const failure = createError('ECHOGRAM_ERR_SERVER_FAILED', { engine: this.engine, reason });
    this.#closed.failWith(failure);
    this.#teller.tell('error', failure);
    void this.close();
  }

  #block(): CounterBlock {
    const sum = new CounterBlock();
    for (const service of this.#engine.services) sum.add(service.block());
    return sum;
  }

  async #close(): Promise<void> {
    clearInterval(this.#sampleTimer);
    // Code that waits for the close should see it.
    this.#engine.keepRunning(true);
    await this.#engine.close();
    this.#report();
    this.#closed.settle();
    publish('serverClosed', (): ServerClosedMessage => {
      const error = this.#closed.failure;
      return { server: this, counters: this.counters, ...(error === undefined ? {} : { error }) };
    });
    this.#teller.tell('close', this.counters);
  }

  readonly #everySecond = (): void => {
    this.#sampleCredit.renew();
    this.#report();
    this.#health.look();
  };

  #report(): void {
    const block = this.#block();
    const datagrams = this.#sampleCredit.takeUnreported(block.unreported);
    if (datagrams > 0) this.#teller.tell('unreported', datagrams);
    this.#limitNotices?.look(block.read(null).refused);
  }
}
