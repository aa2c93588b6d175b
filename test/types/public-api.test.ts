// The public types as a user meets them. The compiler is the judge: a line that should not compile
// is marked, and the mark fails when it does.

import assert from 'node:assert/strict';
import { on, once, type EventEmitter } from 'node:events';
import { test } from 'node:test';
import * as echogram from '../../src/index.ts';
import {
  EchogramError,
  OptionError,
  ProtocolError,
  send,
  serve,
  SocketError,
  type AnyEchogramError,
  type DatagramSample,
  type EchoServer,
  type EchoServerEvents,
  type ErrorCode,
  type ErrorData,
  type ErrorKind,
  type Impairment,
  type ImpairmentPlan,
  type IpVersion,
  type NotSent,
  type Refusal,
  type Reply,
  type SendFailure,
  type SendOptions,
  type ServeOptions,
  type ServerCounters,
  type ServerHealth,
  type Service,
  type ServiceName,
  type SocketAddress,
  type StampOptions,
  type UdpEchoPlusCounters,
} from '../../src/index.ts';

/** True where the two types are the same, also in what is optional and readonly. */
// The compiler compares conditional types that it cannot resolve yet by identity.
type Equal<A, B> =
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles for `true` alone; the subject is what the condition was asked about. */
// The parameter is the question, so it stands in the signature only.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
function holds<Condition extends true>(subject?: unknown): readonly [Condition, unknown] {
  return [true as Condition, subject];
}

/** Is compiled and never run: what is in it is a question to the compiler. */
function compiles(body: () => unknown): void {
  assert.equal(typeof body, 'function');
}

test('types are compared strictly', () => {
  holds<Equal<{ a: 1 }, { a: 1 }>>();
  holds<Equal<Equal<{ a: 1 }, { a?: 1 }>, false>>();
  holds<Equal<Equal<{ a: 1 }, { readonly a: 1 }>, false>>();
  holds<Equal<Equal<{ a: 1 }, unknown>, false>>();
  // @ts-expect-error false is not true
  holds<Equal<1, 2>>();
});

test('the package exports these names and no other', () => {
  assert.deepEqual(Object.keys(echogram).sort(), [
    'EchogramError',
    'OptionError',
    'ProtocolError',
    'SocketError',
    'ping',
    'send',
    'serve',
  ]);
});

test('serve takes options that may all be left out, and resolves with a server', () => {
  holds<Equal<Parameters<typeof serve>, [options?: ServeOptions | undefined]>>();
  holds<Equal<ReturnType<typeof serve>, Promise<EchoServer>>>();
  holds<
    Equal<
      ServeOptions,
      {
        readonly host?: string;
        readonly port?: number;
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
    >
  >();
});

test('wrong options of serve do not compile', () => {
  compiles(() => serve({ port: 0, host: '::1', signal: AbortSignal.timeout(1) }));
  // @ts-expect-error a port is a number
  compiles(() => serve({ port: '10000' }));
  // @ts-expect-error no such option
  compiles(() => serve({ prot: 10_000 }));
  // @ts-expect-error no such engine
  compiles(() => serve({ engine: 'bsd' }));
  // @ts-expect-error ratios are of what, the name says
  compiles(() => serve({ impair: { loss: 0.1 } }));
  // @ts-expect-error an AbortController is not its signal
  compiles(() => serve({ signal: new AbortController() }));
});

test('send takes text or bytes, and resolves with the reply', () => {
  holds<
    Equal<
      Parameters<typeof send>,
      [message: string | Uint8Array, options?: SendOptions | undefined]
    >
  >();
  holds<Equal<ReturnType<typeof send>, Promise<Reply>>>();
  holds<
    Equal<
      SendOptions,
      {
        readonly host?: string;
        readonly port?: number;
        readonly timeoutMs?: number;
        readonly retries?: number;
        readonly ipVersion?: 4 | 6;
        readonly signal?: AbortSignal;
      }
    >
  >();
  holds<
    Equal<
      Reply,
      {
        readonly payload: Uint8Array;
        readonly matches: boolean;
        readonly rttNs: number | null;
        readonly from: SocketAddress;
        readonly datagramsSent: number;
      }
    >
  >();
});

test('wrong arguments of send do not compile', () => {
  compiles(() => send(Buffer.from('x'), { ipVersion: 6 }));
  // @ts-expect-error the message is not left out
  compiles(() => send());
  // @ts-expect-error a number is no message
  compiles(() => send(42));
  // @ts-expect-error there is no IP version 5
  compiles(() => send('x', { ipVersion: 5 }));
  // @ts-expect-error a duration is in milliseconds
  compiles(() => send('x', { timeout: 500 }));
});

test('a round-trip time may be unknown, and the compiler says so', () => {
  const halfOf = (reply: Reply): unknown => {
    // @ts-expect-error rttNs may be null
    return reply.rttNs / 2;
  };
  compiles(() => halfOf);
});

test('each event of a server gives its listeners what it says', () => {
  holds<
    Equal<
      EchoServerEvents,
      {
        datagram: [sample: DatagramSample];
        unreported: [datagrams: number];
        warning: [message: string];
        error: [error: EchogramError<'ECHOGRAM_ERR_SERVER_FAILED'>];
        close: [counters: ServerCounters];
      }
    >
  >();
  compiles(() => (server: EchoServer) => {
    const emitter: EventEmitter<EchoServerEvents> = server;
    server.on('datagram', (sample) => holds<Equal<typeof sample, DatagramSample>>(sample));
    server.on('unreported', (datagrams) => holds<Equal<typeof datagrams, number>>(datagrams));
    server.on('warning', (message) => holds<Equal<typeof message, string>>(message));
    server.once('close', (counters) => holds<Equal<typeof counters, ServerCounters>>(counters));
    // @ts-expect-error no such event
    server.on('message', () => undefined);
    return [emitter, once(server, 'close'), on(server, 'datagram')];
  });
});

test('a sample tells its refusal by name, or null', () => {
  holds<
    Equal<
      DatagramSample,
      {
        readonly service: ServiceName;
        readonly peer: SocketAddress;
        readonly payloadBytes: number;
        readonly payload: Uint8Array;
        readonly refused: Refusal | null;
        readonly notSent: NotSent | null;
        readonly sentBytes: number;
      }
    >
  >();
  holds<
    Equal<
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
    >
  >();
});

test('a server is read, not written, and closes itself', () => {
  holds<Equal<EchoServer['addresses'], readonly SocketAddress[]>>();
  holds<Equal<EchoServer['port'], number>>();
  holds<Equal<EchoServer['warnings'], readonly string[]>>();
  holds<Equal<EchoServer['engine'], 'linux' | 'portable'>>();
  holds<
    Equal<
      EchoServer['sendBuffer'],
      { readonly askedBytes: number; readonly grantedBytes: number | null }
    >
  >();
  holds<Equal<EchoServer['engineReason'], string | null>>();
  holds<
    Equal<
      EchoServer['workers'],
      { readonly asked: number; readonly alive: number; readonly deaths: number }
    >
  >();
  holds<Equal<EchoServer['closed'], Promise<void>>>();
  holds<Equal<EchoServer['health'], ServerHealth>>();
  holds<Equal<EchoServer['counters'], ServerCounters>>();
  holds<Equal<EchoServer['services'], readonly Service[]>>();
  holds<Equal<EchoServer['udpEchoPlusCounters'], UdpEchoPlusCounters | null>>();
  holds<
    Equal<
      Service,
      {
        readonly name: ServiceName;
        readonly port: number;
        readonly addresses: readonly SocketAddress[];
        readonly counters: ServerCounters;
      }
    >
  >();
  holds<Equal<ServiceName, 'echo' | 'udp-echo-plus' | 'stamp'>>();
  holds<
    Equal<
      StampOptions,
      {
        readonly port?: number;
        readonly stateful?: boolean;
        readonly key?: Uint8Array;
        readonly dscp?: readonly number[];
        readonly answerShort?: boolean;
      }
    >
  >();
  holds<Equal<EchoServer['close'], () => Promise<void>>>();
  holds<Equal<ServerCounters['refused'], Readonly<Record<Refusal, number>>>>();
  holds<Equal<ServerCounters['impaired'], Readonly<Record<Impairment, number>>>>();
  holds<
    Equal<
      ServerCounters['kernelDrops'],
      {
        readonly receiveBuffer: number;
        readonly checksum: number;
        readonly bufferOrChecksum: number;
      } | null
    >
  >();
  holds<Equal<ServerCounters['sendFailed'], Readonly<Record<SendFailure, number>>>>();
  compiles(() => async (server: EchoServer) => {
    await using own: AsyncDisposable = server;
    // @ts-expect-error the port is the server's
    server.port = 1;
    return own;
  });
});

test('the code of an error tells the type of its data', () => {
  holds<Equal<AnyEchogramError['code'], ErrorCode>>();
  holds<Equal<ErrorKind, 'option' | 'socket' | 'protocol'>>();
  holds<Equal<IpVersion, 4 | 6>>();
  holds<
    Equal<
      ErrorData<'ECHOGRAM_ERR_MESSAGE_LENGTH'>,
      { payloadBytes: number; limitBytes: number; ipVersion: 4 | 6; isCut?: boolean }
    >
  >();
  compiles(() => (error: unknown) => {
    if (!EchogramError.is(error)) return undefined;
    if (error.code === 'ECHOGRAM_ERR_NO_REPLY') {
      holds<Equal<typeof error.data.datagramsSent, number>>(error);
      holds<Equal<Extract<keyof typeof error.data, 'systemCode'>, never>>(error);
    }
    // @ts-expect-error no such code
    if (error.code === 'ECHOGRAM_ERR_NO_REPLIES') return error;
    // Not every code has a host.
    return holds<Equal<Extract<keyof typeof error.data, 'host'>, never>>(error);
  });
});

test('a class of error tells the codes of its kind', () => {
  holds<Equal<ErrorCode<'option' | 'socket' | 'protocol'>, ErrorCode>>();
  compiles(() => (error: unknown) => {
    if (!ProtocolError.is(error)) return undefined;
    // @ts-expect-error a code of another kind
    if (error.code === 'ECHOGRAM_ERR_BIND') return error;
    if (error.code === 'ECHOGRAM_ERR_NO_REPLY') return error.data.datagramsSent;
    return undefined;
  });
  // @ts-expect-error a code of another kind
  compiles(() => new OptionError('ECHOGRAM_ERR_WILDCARD_EMPTY', { host: '::' }));
});

test('the error classes are values to compare with', () => {
  for (const constructor of [OptionError, SocketError, ProtocolError]) {
    assert.ok(constructor.prototype instanceof EchogramError);
  }
});
