// The public types as a strict program meets them; compiled, never run. `same` is a fault where two types differ,
// and `@ts-expect-error` where the next line has none. public-api.test.ts compiles this against dist/, and
// scripts/try-declarations.js against the packed package.

import { on, once, type EventEmitter } from 'node:events';
import {
  EchoServer,
  EchogramError,
  mtu,
  OptionError,
  ping,
  PingRun,
  ProtocolError,
  reportPage,
  send,
  serve,
  SocketError,
  verdict,
  type AnyEchogramError,
  type DatagramSample,
  type EchoServerEvents,
  type ErrorCode,
  type ErrorData,
  type ErrorKind,
  type Impairment,
  type ImpairmentPlan,
  type InterimResult,
  type IpVersion,
  type LoadResult,
  type LoadVerdict,
  type MtuOptions,
  type MtuProgress,
  type MtuResult,
  type NotSent,
  type PingOptions,
  type PingRunEvents,
  type PingTarget,
  type ProbeRecord,
  type Refusal,
  type Reply,
  type SendFailure,
  type SendOptions,
  type ServeOptions,
  type ServerCounters,
  type ServerHealth,
  type Service,
  type ServiceName,
  type SessionResult,
  type SessionStart,
  type SocketAddress,
  type StampOptions,
  type UdpEchoPlusCounters,
  type Verdict,
} from 'echogram';

/** True if the two types are the same, also in what is optional and readonly. */
// The compiler compares conditional types that it cannot resolve yet by identity.
type Equal<A, B> =
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Takes no argument where the two types are the same, and one that nobody has where they differ. */
declare function same<A, B>(...differ: Equal<A, B> extends true ? [] : [never]): void;

// `same` compares strictly.
same<{ a: 1 }, { a: 1 }>();
// @ts-expect-error another value
same<{ a: 1 }, { a: 2 }>();
// @ts-expect-error the second is optional
same<{ a: 1 }, { a?: 1 }>();
// @ts-expect-error the second is readonly
same<{ a: 1 }, { readonly a: 1 }>();
// @ts-expect-error unknown takes all, and is not the same
same<{ a: 1 }, unknown>();

// `serve` takes options that may all be left out, and resolves with a server.
same<Parameters<typeof serve>, [options?: ServeOptions | undefined]>();
same<ReturnType<typeof serve>, Promise<EchoServer>>();
same<
  ServeOptions,
  {
    readonly host?: string;
    readonly port?: number;
    readonly fds?: readonly number[];
    readonly answerAnyPort?: boolean;
    readonly allow?: readonly string[];
    readonly deny?: readonly string[];
    readonly limitPps?: number;
    readonly samplesPerSecond?: number;
    readonly receiveBufferBytes?: number;
    readonly engine?: 'auto' | 'linux' | 'portable';
    readonly workers?: number | 'auto';
    readonly mirrorTos?: boolean;
    readonly gro?: boolean;
    readonly gso?: boolean;
    readonly impair?: ImpairmentPlan;
    readonly stamp?: boolean | StampOptions;
    readonly udpEchoPlus?: boolean;
    readonly signal?: AbortSignal;
  }
>();

// Wrong options of serve do not compile.
void serve({ port: 0, host: '::1', signal: AbortSignal.timeout(1) });
// @ts-expect-error a port is a number
void serve({ port: '10000' });
// @ts-expect-error no such option
void serve({ prot: 10_000 });
// @ts-expect-error no such engine
void serve({ engine: 'bsd' });
// @ts-expect-error ratios are of what, the name says
void serve({ impair: { loss: 0.1 } });
// @ts-expect-error an AbortController is not its signal
void serve({ signal: new AbortController() });

// `send` takes text or bytes, and resolves with the reply.
same<Parameters<typeof send>, [message: string | Uint8Array, options?: SendOptions | undefined]>();
same<ReturnType<typeof send>, Promise<Reply>>();
same<
  SendOptions,
  {
    readonly bind?: string;
    readonly interface?: string;
    readonly host?: string;
    readonly port?: number;
    readonly timeoutMs?: number;
    readonly retries?: number;
    readonly family?: 4 | 6;
    readonly signal?: AbortSignal;
  }
>();
same<
  Reply,
  {
    readonly payload: Buffer;
    readonly matches: boolean;
    readonly rttNs: number | null;
    readonly from: SocketAddress;
    readonly datagramsSent: number;
  }
>();

// Wrong arguments of send do not compile.
void send(Buffer.from('x'), { family: 6 });
// @ts-expect-error the message is not left out
void send();
// @ts-expect-error a number is no message
void send(42);
// @ts-expect-error there is no IP version 5
void send('x', { family: 5 });
// @ts-expect-error a duration is in milliseconds
void send('x', { timeout: 500 });

// A round-trip time may be unknown.
declare const reply: Reply;
// @ts-expect-error rttNs may be null
void (reply.rttNs / 2);

// Each event of a server gives its listeners what it says. @types/node from 25 on takes any name of an event, so
// that a wrong one is no fault there.
declare const server: EchoServer;
same<
  EchoServerEvents,
  {
    datagram: [sample: DatagramSample];
    unreported: [datagrams: number];
    warning: [message: string];
    error: [error: EchogramError<'ECHOGRAM_ERR_SERVER_FAILED'>];
    close: [counters: ServerCounters];
  }
>();
const emitter: EventEmitter<EchoServerEvents> = server;
emitter.on('datagram', (sample) => {
  same<typeof sample, DatagramSample>();
});
server.on('datagram', (sample) => {
  same<typeof sample, DatagramSample>();
});
server.on('unreported', (datagrams) => {
  same<typeof datagrams, number>();
});
server.on('warning', (message) => {
  same<typeof message, string>();
});
server.once('close', (counters) => {
  same<typeof counters, ServerCounters>();
});
same<ReturnType<typeof server.unref>, EchoServer>();
same<ReturnType<typeof server.ref>, EchoServer>();
void once(server, 'close');
void on(server, 'datagram');

// Only `serve` makes a server, and only `ping` a run.
// @ts-expect-error its constructor is private
void new EchoServer();
// @ts-expect-error its constructor is private
void new PingRun();

// A sample tells its refusal by name, or null.
same<
  DatagramSample,
  {
    readonly service: ServiceName;
    readonly peer: SocketAddress;
    readonly payloadBytes: number;
    readonly payload: Buffer;
    readonly refused: Refusal | null;
    readonly notSent: NotSent | null;
    readonly sentBytes: number;
  }
>();
same<
  Refusal,
  | 'port-zero'
  | 'own-port'
  | 'privileged-port'
  | 'loop-prone-port'
  | 'multicast-source'
  | 'broadcast-source'
  | 'reserved-source'
  | 'group-destination'
  | 'denied-source'
  | 'source-limit'
  | 'global-limit'
  | 'echo-loop'
  | 'stamp-short'
  | 'stamp-corrupted'
  | 'stamp-reply'
  | 'stamp-hmac'
  | 'stamp-sessions'
>();

// A server is read, not written, and closes itself.
same<EchoServer['addresses'], readonly SocketAddress[]>();
same<EchoServer['port'], number>();
same<EchoServer['warnings'], readonly string[]>();
same<EchoServer['engine'], 'linux' | 'portable'>();
same<
  EchoServer['sendBuffer'],
  { readonly askedBytes: number; readonly grantedBytes: number | null }
>();
same<EchoServer['engineReason'], string | null>();
same<
  EchoServer['workers'],
  { readonly asked: number; readonly alive: number; readonly deaths: number }
>();
same<EchoServer['closed'], Promise<void>>();
same<EchoServer['health'], ServerHealth>();
same<EchoServer['counters'], ServerCounters>();
same<EchoServer['counted'], () => Promise<ServerCounters>>();
same<EchoServer['services'], readonly Service[]>();
same<EchoServer['udpEchoPlusCounters'], UdpEchoPlusCounters | null>();
same<
  Service,
  {
    readonly name: ServiceName;
    readonly port: number;
    readonly addresses: readonly SocketAddress[];
    readonly counters: ServerCounters;
  }
>();
same<ServiceName, 'echo' | 'udp-echo-plus' | 'stamp'>();
same<
  StampOptions,
  {
    readonly port?: number;
    readonly fds?: readonly number[];
    readonly stateful?: boolean;
    readonly key?: Uint8Array;
    readonly dscp?: readonly number[];
    readonly answerShort?: boolean;
  }
>();
same<EchoServer['close'], () => Promise<void>>();
same<ServerCounters['refused'], Readonly<Record<Refusal, number>>>();
same<ServerCounters['impaired'], Readonly<Record<Impairment, number>>>();
same<
  ServerCounters['kernelDrops'],
  {
    readonly receiveBuffer: number;
    readonly checksum: number;
    readonly bufferOrChecksum: number;
  } | null
>();
same<ServerCounters['sendFailed'], Readonly<Record<SendFailure, number>>>();
// @ts-expect-error the port is the server's
server.port = 1;
await using own: AsyncDisposable = server;
same<typeof own, AsyncDisposable>();

// `ping` takes a host at least. Its run is awaited for the result, and iterated over for the records.
same<Parameters<typeof ping>, [options: PingOptions]>();
same<ReturnType<typeof ping>, PingRun>();
same<Awaited<PingRun>, SessionResult>();
// @ts-expect-error the host is not left out
void ping({ port: 10_000 });
// @ts-expect-error a number of probes is a number
void ping({ host: 'localhost', count: '10' });

// `mtu` takes a host at least, and reports meanwhile.
same<Parameters<typeof mtu>, [options: MtuOptions]>();
same<Awaited<ReturnType<typeof mtu>>, MtuResult>();
// @ts-expect-error the host is not left out
void mtu({ minMtu: 1500 });
const { forward, backward } = await mtu({
  host: 'localhost',
  signal: AbortSignal.timeout(1),
  onProgress: (progress) => {
    same<typeof progress, MtuProgress>();
  },
});
same<typeof forward.mtu, number | null>();
same<typeof backward.range.to, number | null>();

const run = ping({ host: 'localhost', signal: AbortSignal.timeout(1) });
for await (const record of run) {
  same<typeof record, ProbeRecord>();
  if (record.type === 'reply') same<typeof record.rttNs, number>();
  // @ts-expect-error not every record has a round-trip time
  void record.rttNs;
}
same<
  PingRunEvents,
  {
    start: [target: PingTarget, start: SessionStart];
    record: [record: ProbeRecord];
    end: [result: SessionResult];
    error: [error: unknown];
  }
>();
const runEmitter: EventEmitter<PingRunEvents> = run;
runEmitter.once('end', (result) => {
  same<typeof result, SessionResult>();
});
const heard: PingRun = run.on('record', (record) => {
  same<typeof record, ProbeRecord>();
});
void heard.once('start', () => undefined);
same<SessionResult['datagrams']['lossRatio'], number | null>();
same<Awaited<ReturnType<PingRun['interim']>>, InterimResult | null>();

same<typeof verdict, { (result: SessionResult): Verdict; (result: LoadResult): LoadVerdict }>();
same<typeof reportPage, (result: SessionResult | LoadResult) => string>();

// The code of an error tells the type of its data.
same<AnyEchogramError['code'], ErrorCode>();
same<ErrorKind, 'option' | 'socket' | 'protocol'>();
same<IpVersion, 4 | 6>();
same<
  ErrorData<'ECHOGRAM_ERR_MESSAGE_LENGTH'>,
  { payloadBytes: number; limitBytes: number; ipVersion: 4 | 6; isCut?: boolean }
>();
declare const error: unknown;
if (EchogramError.is(error)) {
  if (error.code === 'ECHOGRAM_ERR_NO_REPLY') {
    same<typeof error.data.datagramsSent, number>();
    same<Extract<keyof typeof error.data, 'systemCode'>, never>();
  }
  // @ts-expect-error no such code
  void (error.code === 'ECHOGRAM_ERR_NO_REPLIES');
  // Not every code has a host.
  same<Extract<keyof typeof error.data, 'host'>, never>();
}

// A class of error tells the codes of its kind.
same<ErrorCode<'option' | 'socket' | 'protocol'>, ErrorCode>();
if (ProtocolError.is(error)) {
  // @ts-expect-error a code of another kind
  void (error.code === 'ECHOGRAM_ERR_BIND');
  if (error.code === 'ECHOGRAM_ERR_NO_REPLY') same<typeof error.data.datagramsSent, number>();
}
// @ts-expect-error a code of another kind
void new OptionError('ECHOGRAM_ERR_WILDCARD_EMPTY', { host: '::' });

// The error classes are values, to compare with.
for (const kind of [OptionError, SocketError, ProtocolError]) {
  if (error instanceof kind) same<typeof error.message, string>();
}
