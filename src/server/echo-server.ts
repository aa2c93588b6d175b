// SPDX-License-Identifier: MIT
// Public: a running echo server, with the reflectors that were asked for beside it: it looks after its engine.

import { EventEmitter } from 'node:events';
import { publish } from '../diagnostics.ts';
import { createError, type EchogramError } from '../errors.ts';
import { callListeners } from '../listeners.ts';
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
import { UntoldWarnings } from './untold-warnings.ts';

/** What `echogram:server:started` of node:diagnostics_channel gets (docs/diagnostics.md). */
export interface ServerStartedMessage {
  readonly server: EchoServer;
}

/** What `echogram:server:closed` of node:diagnostics_channel gets (docs/diagnostics.md). */
export interface ServerClosedMessage {
  readonly server: EchoServer;
  readonly counters: ServerCounters;
  /** Where nothing in it could answer any more. */
  readonly error?: EchogramError<'ECHOGRAM_ERR_SERVER_FAILED'>;
}

const SAMPLE_PERIOD_MS = 1000;

/** What a server is made of once its engine runs. */
export interface ServerParts {
  readonly options: ParsedOptions;
  readonly started: StartedEngine;
  readonly reports: EngineReports;
  /** One shared cell: samples that may still be taken this second. */
  readonly sampleCredit: Int32Array;
  /** Begun before anything was bound, as are those of each service. */
  readonly drops: DropTally;
  readonly dropsByService: readonly DropTally[];
}

/**
 * A running echo server, made by `serve`.
 *
 * It is an EventEmitter and not an async iterator, because an iterator must either hold events
 * nobody has taken yet, without a bound, or lose some: a listener that isn't there costs nothing.
 * What a listener throws is an uncaught exception, and does not disturb the server.
 */
export class EchoServer extends EventEmitter<EchoServerEvents> implements AsyncDisposable {
  /**
   * Resolves when the server has closed because it was asked to; rejects with
   * `ECHOGRAM_ERR_SERVER_FAILED` when it has because nothing in it could answer any more.
   */
  readonly closed: Promise<void>;
  /** What the server offers: the echo first, then STAMP where it was asked for. */
  readonly services: readonly Service[];
  /** Why it is not the Linux engine, where that was wanted; or `null`. */
  readonly engineReason: string | null;
  /**
   * What the user should know from its start on, in whole sentences: such as a receive buffer that came out small.
   * A `warning` event tells each of them too.
   */
  readonly warnings: readonly string[];
  readonly #engine: RunningEngine;
  readonly #health: HealthWatch;
  readonly #drops: DropTally;
  readonly #limitNotices: LimitNotices | undefined;
  readonly #sampleCredit: SampleCredit;
  readonly #sampleTimer: NodeJS.Timeout;
  readonly #untoldWarnings: UntoldWarnings;
  #closing: Promise<void> | undefined;
  #settleClosed: () => void = () => undefined;
  #failure: EchogramError<'ECHOGRAM_ERR_SERVER_FAILED'> | undefined;

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
    this.#health = new HealthWatch(engine, this.#warn);
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
    this.#untoldWarnings = new UntoldWarnings(this.warnings);
    (this as EventEmitter).on('newListener', (event) => {
      // It is added only after this event.
      if (event === 'warning') queueMicrotask(this.#tellWarnings);
    });
    this.closed = this.#closed();
    const { limits, workers } = engine;
    if (limits !== null) this.#limitNotices = new LimitNotices(limits, workers, this.#warn);
    this.#sampleTimer = setInterval(this.#everySecond, SAMPLE_PERIOD_MS).unref();
    reports.listen({
      onSample: (sample) => {
        this.#tell('datagram', sample);
      },
      onLimited: (limited) => {
        this.#limitNotices?.note(limited);
      },
      onNotice: this.#warn,
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

  /** The counters that TR-143 names; `null` where UDPEchoPlus was not asked for. */
  get udpEchoPlusCounters(): UdpEchoPlusCounters | null {
    const echo = this.#engine.services[0]!;
    const { plan } = echo;
    if (plan.name !== 'udp-echo-plus') return null;
    return readUdpEchoPlusCounters(echo.block(), new UdpEchoPlusState(plan.memory));
  }

  /** Where the echo listens, one entry a socket. */
  get addresses(): readonly SocketAddress[] {
    return this.#engine.services[0]!.addresses;
  }

  /** The echo's port, the same at each address. */
  get port(): number {
    return this.addresses[0]!.port;
  }

  /** The engine that answers. */
  get engine(): EngineName {
    return this.#engine.name;
  }

  /** Threads that were asked for, those that answer now, and how often one died. */
  get workers(): { readonly asked: number; readonly alive: number; readonly deaths: number } {
    const { workers: asked, workersAlive: alive, workerDeaths: deaths } = this.#engine;
    return { asked, alive, deaths };
  }

  /** Whether it can answer, and what stands against that. */
  get health(): ServerHealth {
    return this.#health.read();
  }

  /** What was asked of the kernel for each socket's receive buffer, and what it gave. */
  get receiveBuffer(): SocketBuffer {
    return this.#engine.receiveBuffer;
  }

  /** What was asked of the kernel for each socket's send buffer, and what it gave. */
  get sendBuffer(): SocketBuffer {
    return this.#engine.sendBuffer;
  }

  /** Batches taken by one system call: how many in each of `BATCH_BUCKETS`, and their entries. */
  get batchSizes(): { readonly counts: readonly number[]; readonly sum: number } {
    const block = this.#block();
    return { counts: [...block.batches], sum: block.batchSum };
  }

  /**
   * What all services have counted, once that holds each datagram that was answered before the call: a reply can be
   * with its client a moment before it is counted.
   */
  async counted(): Promise<ServerCounters> {
    await this.#engine.counted();
    return this.counters;
  }

  /** What all services have counted so far. */
  get counters(): ServerCounters {
    const drops = sumOfDrops(this.#engine.services.map((service) => service.kernelDrops()));
    return this.#block().read(this.#drops.causesOf(drops));
  }

  /**
   * Lets the process end while the server runs, as `unref` of a `net.Server` does: a test that fails before it closes
   * its server then does not hang the runner.
   */
  unref(): this {
    this.#engine.keepRunning(false);
    return this;
  }

  /** Keeps the process running again, as the server does from its start on. */
  ref(): this {
    this.#engine.keepRunning(true);
    return this;
  }

  /** Stops answering, closes every socket and emits `close`. May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The engine has nothing left that can answer. */
  #fail(reason: string): void {
    if (this.#closing !== undefined) return;
    this.#failure = createError('ECHOGRAM_ERR_SERVER_FAILED', { engine: this.engine, reason });
    if (this.listenerCount('error') > 0) this.#tell('error', this.#failure);
    void this.close();
  }

  #block(): CounterBlock {
    const sum = new CounterBlock();
    for (const service of this.#engine.services) sum.add(service.block());
    return sum;
  }

  async #close(): Promise<void> {
    clearInterval(this.#sampleTimer);
    // Who waits for the close wants to see it.
    this.#engine.keepRunning(true);
    await this.#engine.close();
    this.#report();
    this.#settleClosed();
    publish('serverClosed', (): ServerClosedMessage => {
      const error = this.#failure;
      return { server: this, counters: this.counters, ...(error === undefined ? {} : { error }) };
    });
    this.#tell('close', this.counters);
  }

  #closed(): Promise<void> {
    const closed = new Promise<void>((resolve, reject) => {
      this.#settleClosed = () => {
        if (this.#failure === undefined) resolve();
        else reject(this.#failure);
      };
    });
    // Whoever does not ask for it learns of the failure by its event.
    closed.catch(() => undefined);
    return closed;
  }

  readonly #everySecond = (): void => {
    this.#sampleCredit.renew();
    this.#report();
    this.#health.look();
  };

  readonly #warn = (message: string): void => {
    this.#untoldWarnings.add(message);
    this.#tellWarnings();
  };

  readonly #tellWarnings = (): void => {
    this.#untoldWarnings.tell(
      () => this.listenerCount('warning') > 0,
      (message) => {
        this.#tell('warning', message);
      },
    );
  };

  #tell<Name extends keyof EchoServerEvents>(name: Name, ...args: EchoServerEvents[Name]): void {
    // TypeScript can't correlate the two.
    callListeners(() => this.emit(name, ...(args as never)));
  }

  #report(): void {
    const block = this.#block();
    const datagrams = this.#sampleCredit.takeUnreported(block.unreported);
    if (datagrams > 0) this.#tell('unreported', datagrams);
    this.#limitNotices?.look(block.read(null).refused);
  }
}
