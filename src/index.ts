// SPDX-License-Identifier: MIT
// The public API: re-exports only. Each type that an exported signature names is exported too, by test.

export { ping } from './client/ping.ts';
export {
  PingRun,
  type PingRunEvents,
  type RunEndedMessage,
  type RunStartedMessage,
} from './client/ping-run.ts';
export type { PingOptions, PingTarget } from './client/ping-options.ts';
export type { ProtocolName } from './client/protocols/probe-protocol.ts';
export type { InterimResult } from './client/session/interim-result.ts';
export type {
  AddressChangedRecord,
  AtTime,
  DuplicateRecord,
  ForeignRecord,
  HostDroppedRecord,
  IcmpErrorRecord,
  InTimeRecord,
  LateRecord,
  OfProbe,
  OmittedRecord,
  ProbeRecord,
  ReflectionTimes,
  SendFailedRecord,
  SendTimes,
  SkippedRecord,
  StallRecord,
  TimeoutRecord,
} from './client/session/probe-record.ts';
export type { IcmpError } from './client/session/icmp-error-table.ts';
export type { ScheduleKind } from './client/session/schedule.ts';
export type {
  AddressChange,
  ClockSteps,
  DatagramCounts,
  DirectionResult,
  DistributionSummary,
  EchogramSummary,
  Elsewhere,
  EndCode,
  HostDrops,
  IcmpErrorCount,
  RateLimit,
  ReflectorResult,
  SessionConfig,
  SessionResult,
  SessionStart,
  StreamCounts,
  Threshold,
  TriedAddress,
  Verdict,
  VerdictCode,
} from './client/session/session-result.ts';
export { send, type Reply, type SendOptions } from './client/send.ts';
export type { ThresholdOptions } from './client/thresholds.ts';
export {
  EchogramError,
  OptionError,
  ProtocolError,
  SocketError,
  type AnyEchogramError,
  type ErrorCode,
  type ErrorData,
} from './errors.ts';
export type { ErrorKind } from './error-table.ts';
export { reportPage, verdict } from './report/tell-result.ts';
export type { Refusal } from './server/admission.ts';
export type { ServerCounters } from './server/counters.ts';
export {
  EchoServer,
  type ServerClosedMessage,
  type ServerStartedMessage,
} from './server/echo-server.ts';
export type { EchoServerEvents } from './server/server-events.ts';
export type { Service } from './server/service-view.ts';
export type { ServerHealth } from './server/health.ts';
export { serve } from './server/serve.ts';
export type { ServeOptions, StampOptions } from './server/serve-options.ts';
export type { ServiceName } from './server/service.ts';
export type { UdpEchoPlusCounters } from './server/udp-echo-plus-counters.ts';
export type { Impairment, ImpairmentPlan, Withheld } from './server/impairment.ts';
export type { DatagramSample, NotSent } from './server/sampler.ts';
export type { SendFailure, SocketCounters } from './socket/counters.ts';
export type { EngineChoice, EngineName, SocketBuffer } from './socket/datagram-socket.ts';
export type { DropCauses } from './socket/drop-causes.ts';
export type { SocketAddress } from './socket/ip-address.ts';
export type { IpVersion } from './socket/resolve.ts';
