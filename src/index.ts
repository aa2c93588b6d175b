// SPDX-License-Identifier: MIT
// The public API: re-exports only.

export { ping } from './client/ping.ts';
export type { PingRun } from './client/ping-run.ts';
export type { PingOptions, PingTarget } from './client/ping-options.ts';
export type { InterimResult } from './client/session/interim-result.ts';
export type { ProbeRecord } from './client/session/probe-record.ts';
export type { SessionResult, SessionStart } from './client/session/session-result.ts';
export { send, type Reply, type SendOptions } from './client/send.ts';
export {
  EchogramError,
  OptionError,
  ProtocolError,
  SocketError,
  type AnyEchogramError,
  type ErrorCode,
  type ErrorData,
  type ErrorKind,
} from './errors.ts';
export type { Refusal } from './server/admission.ts';
export type { ServerCounters } from './server/counters.ts';
export type { EchoServer, EchoServerEvents, Service } from './server/echo-server.ts';
export type { ServerHealth } from './server/health.ts';
export { serve } from './server/serve.ts';
export type { ServeOptions, StampOptions } from './server/serve-options.ts';
export type { ServiceName } from './server/service.ts';
export type { UdpEchoPlusCounters } from './server/udp-echo-plus-counters.ts';
export type { Impairment, ImpairmentPlan } from './server/impairment.ts';
export type { DatagramSample, NotSent } from './server/sampler.ts';
export type { SendFailure } from './socket/counters.ts';
export type { SocketAddress } from './socket/ip-address.ts';
export type { IpVersion } from './socket/resolve.ts';
