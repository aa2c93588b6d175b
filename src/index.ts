// SPDX-License-Identifier: MIT
// The public API: re-exports only. A test ensures that each type in an exported signature is exported too.

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
export { load } from './load/load.ts';
export type { CurrentTrial, LoadOptions, LoadPhase, LoadProgress } from './load/load-options.ts';
export type {
  Capacity,
  Idle,
  Knee,
  LoadConfig,
  LoadEndCode,
  LoadLimit,
  LoadResult,
  LoadSpent,
  LoadTarget,
  LoadThreshold,
  LoadTrial,
  LoadVerdict,
  LoadVerdictCode,
  Throughput,
  TrialCut,
  TrialLost,
  TrialPhase,
  TrialVerdict,
} from './load/load-result.ts';
export { mtu } from './mtu/mtu.ts';
export type { MtuOptions, MtuProgress } from './mtu/mtu-options.ts';
export type {
  BackwardMtu,
  ForwardMtu,
  FragmentFates,
  MtuControls,
  MtuEndCode,
  MtuRange,
  MtuResult,
  MtuTarget,
  MtuThreshold,
  MtuVerdict,
  MtuVerdictCode,
  TriedSize,
} from './mtu/mtu-result.ts';
export { impair } from './relay/impair.ts';
export { Relay } from './relay/relay.ts';
export type {
  RelayCounters,
  RelayDirectionCounters,
  RelayRefusal,
  RelaySourceCounters,
} from './relay/relay-counters.ts';
export type { RelayEvents, RelayPlans } from './relay/relay-events.ts';
export type { ImpairOptions, PlanChange } from './relay/relay-options.ts';
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
export type { Impairment, ImpairmentPlan, Withheld } from './impairment/impairments.ts';
export type { DatagramSample, NotSent } from './server/sampler.ts';
export type { SendFailure, SocketCounters } from './socket/counters.ts';
export type { EngineChoice, EngineName, SocketBuffer } from './socket/datagram-socket.ts';
export type { DropCauses } from './socket/drop-causes.ts';
export type { SocketAddress } from './socket/ip-address.ts';
export type { IpVersion } from './socket/resolve.ts';
export type { AlertState, AlertsView, NotifierStatus } from './watch/alerts/alert-state.ts';
export type { WatchColumn } from './watch/column.ts';
export type {
  AlertRule,
  DnsSource,
  HistoryConfig,
  HttpSource,
  LimitsConfig,
  NotifyConfig,
  ProbeConfig,
  StaticTarget,
  TargetSource,
  WatchConfig,
} from './watch/config/watch-config.ts';
export type { CountName, Counts } from './watch/counts.ts';
export type { Fleet, FleetCounters, TargetCounters } from './watch/fleet/fleet.ts';
export type {
  ColumnAnswer,
  ColumnQuery,
  EventQuery,
  History,
  HistorySeries,
  HistoryStatus,
} from './watch/history/history.ts';
export { Watch } from './watch/running-watch.ts';
export type { FleetMember, ProbeSettings, WatchTarget } from './watch/target.ts';
export { watch } from './watch/watch.ts';
export type { WatchEvent, WatchEventKind } from './watch/watch-event.ts';
export type { WatchEvents } from './watch/watch-events.ts';
export type { WatchOptions } from './watch/watch-options.ts';
export type { TargetSummary, WatchSummary } from './watch/watch-summary.ts';
export type {
  BoardView,
  ConfigStatus,
  SourceStatus,
  TargetState,
  TargetStateCode,
  TargetStatus,
  TargetWindow,
} from './watch/watch-view.ts';
