// SPDX-License-Identifier: MIT
// Public: starts an echo server and looks after its sockets.

import {
  ABORT_SIGNAL,
  BIND_PORT,
  BOOLEAN,
  integer,
  NON_EMPTY_STRING,
  parseOptions,
  type OptionRules,
} from '../options.ts';
import { SOCKET_CELL } from '../socket/counters.ts';
import { RECEIVE_BUFFER_BYTES, type DatagramSocket } from '../socket/datagram-socket.ts';
import type { SocketAddress } from '../socket/ip-address.ts';
import { Admission } from './admission.ts';
import { broadcastWords } from './bind-addresses.ts';
import { CounterBlock, type ServerCounters } from './counters.ts';
import { openSockets } from './open-sockets.ts';
import { ReflectLoop } from './reflect-loop.ts';
import { Sampler, type DatagramSample } from './sampler.ts';
import { TypedEventTarget } from './typed-event-target.ts';

/** How to serve. Every field has a default. */
export interface ServeOptions {
  /**
   * A host name or an address of this host. `localhost`, the default, means every loopback address
   * it resolves to; `0.0.0.0` every IPv4 address of this host; `::` every address.
   */
  readonly host?: string;
  /** 0 lets the system choose a free port. Default 10000. */
  readonly port?: number;
  /** Answers source ports that are privileged or known to loop with an echo. Default false. */
  readonly answerAnyPort?: boolean;
  /** How many datagrams a second become `datagram` events; the rest is counted. Default 10. */
  readonly samplesPerSecond?: number;
  /** Receive buffer to ask of the kernel for each socket. Default 4 MiB. */
  readonly receiveBufferBytes?: number;
  /** Closes the server when it is aborted. */
  readonly signal?: AbortSignal;
}

/** Events of an `EchoServer` and the `detail` that each carries. */
export interface EchoServerEvents {
  /** A datagram came and was answered or refused. Sampled: see `samplesPerSecond`. */
  readonly datagram: DatagramSample;
  /** Once a second where datagrams came that did not become events: how many. */
  readonly unreported: { readonly datagrams: number };
  /** The server has closed; these are its final counters. */
  readonly close: ServerCounters;
}

const RULES: OptionRules<ServeOptions> = {
  host: NON_EMPTY_STRING,
  port: BIND_PORT,
  answerAnyPort: BOOLEAN,
  samplesPerSecond: integer(0, 1_000_000),
  receiveBufferBytes: integer(1, 2 ** 30),
  signal: ABORT_SIGNAL,
};

const DEFAULTS = {
  host: 'localhost',
  port: 10_000,
  answerAnyPort: false,
  samplesPerSecond: 10,
  receiveBufferBytes: RECEIVE_BUFFER_BYTES,
} as const satisfies ServeOptions;

type ParsedOptions = ServeOptions & Required<Omit<ServeOptions, 'signal'>>;

const SAMPLE_PERIOD_MS = 1000;

/**
 * Starts a UDP echo server: every datagram goes back, byte for byte, to the address that sent it.
 *
 * ```ts
 * await using server = await serve({ port: 0 });
 * ```
 *
 * @throws OptionError for an option outside its rule
 * @throws SocketError `ECHOGRAM_ERR_BIND`, `ECHOGRAM_ERR_HOST_UNRESOLVED`, `ECHOGRAM_ERR_WILDCARD_EMPTY`
 * @see RFC 862
 */
export async function serve(options: ServeOptions = {}): Promise<EchoServer> {
  const parsed: ParsedOptions = parseOptions(RULES, options, DEFAULTS);
  parsed.signal?.throwIfAborted();
  const counters = new CounterBlock();
  const sockets = await openSockets({ ...parsed, cells: counters.socket });
  const server = new EchoServer(sockets, counters, parsed);
  closeOnAbort(server, parsed.signal);
  if (parsed.signal?.aborted === true) {
    await server.close();
    parsed.signal.throwIfAborted();
  }
  return server;
}

/**
 * A running echo server, made by `serve`.
 *
 * It is an EventTarget and not an async iterator, because an iterator must either hold events
 * nobody has taken yet, without a bound, or lose some: a listener that isn't there costs nothing.
 */
export class EchoServer extends TypedEventTarget<EchoServerEvents> implements AsyncDisposable {
  /** Where the server listens, one entry a socket. */
  readonly addresses: readonly SocketAddress[];
  /** The port, the same at each address. */
  readonly port: number;
  /** What the user should know, in whole sentences: such as a receive buffer that came out small. */
  readonly warnings: readonly string[];
  readonly #sockets: readonly DatagramSocket[];
  readonly #counters: CounterBlock;
  readonly #sampler: Sampler;
  readonly #sampleTimer: NodeJS.Timeout;
  #shown = 0;
  #unreported = 0;
  #closed: Promise<void> | undefined;

  /** @internal */
  constructor(sockets: readonly DatagramSocket[], counters: CounterBlock, options: ParsedOptions) {
    super();
    this.addresses = sockets.map((socket) => socket.local);
    this.port = this.addresses[0]!.port;
    this.warnings = warningsFor(sockets, options);
    this.#sockets = sockets;
    this.#counters = counters;
    this.#sampler = new Sampler(options.samplesPerSecond, (sample) => {
      this.#shown++;
      this.emit('datagram', sample);
    });
    const admission = new Admission({
      ownPorts: [this.port],
      answerAnyPort: options.answerAnyPort,
      broadcastWords: broadcastWords(),
      cells: counters.refusals,
    });
    for (const socket of sockets) {
      const loop = new ReflectLoop(socket, admission, this.#sampler);
      socket.start(() => {
        loop.turn();
      });
    }
    this.#sampleTimer = setInterval(() => {
      this.#sampler.refill();
      this.#reportUnreported();
    }, SAMPLE_PERIOD_MS).unref();
  }

  /** What has been counted so far. */
  get counters(): ServerCounters {
    return this.#counters.read();
  }

  /** Stops answering, closes every socket and dispatches `close`. May be called again. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    clearInterval(this.#sampleTimer);
    await Promise.all(this.#sockets.map((socket) => socket.close()));
    this.#reportUnreported();
    this.emit('close', this.counters);
  }

  #reportUnreported(): void {
    const total = this.#counters.socket[SOCKET_CELL.receivedDatagrams]! - this.#shown;
    const datagrams = total - this.#unreported;
    this.#unreported = total;
    if (datagrams > 0) this.emit('unreported', { datagrams });
  }
}

// A signal may outlive many servers, so a closed one leaves it.
function closeOnAbort(server: EchoServer, signal: AbortSignal | undefined): void {
  const onAbort = (): void => void server.close();
  signal?.addEventListener('abort', onAbort, { once: true });
  server.addEventListener('close', () => signal?.removeEventListener('abort', onAbort));
}

function warningsFor(sockets: readonly DatagramSocket[], options: ParsedOptions): string[] {
  const warnings: string[] = [];
  const { askedBytes, grantedBytes } = sockets[0]!.receiveBuffer;
  if (grantedBytes < askedBytes) {
    warnings.push(
      `the receive buffer is ${grantedBytes} bytes where ${askedBytes} were asked for, so bursts may be dropped; raise the system's limit (Linux: sysctl net.core.rmem_max=${askedBytes})`,
    );
  }
  if (options.answerAnyPort) {
    warnings.push(
      'every source port is answered, also those of services that may answer back for ever (CVE-2024-2169); keep this server off open networks',
    );
  }
  return warnings;
}
