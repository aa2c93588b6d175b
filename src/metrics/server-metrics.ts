// SPDX-License-Identifier: MIT
// A server's counters as Prometheus metrics: one table of names, which also makes docs/metrics.md.
// Naming: https://prometheus.io/docs/practices/naming/. No label holds a peer's address.

import type { monitorEventLoopDelay } from 'node:perf_hooks';
import { REFUSAL_MEANING } from '../server/admission.ts';
import { BATCH_BUCKETS, type ServerCounters } from '../server/counters.ts';
import type { EchoServer } from '../server/echo-server.ts';
import { IMPAIRMENT_MEANING } from '../server/impairment.ts';
import type { UdpEchoPlusCounters } from '../server/udp-echo-plus-counters.ts';
import { SEND_FAILURE_MEANING } from '../socket/counters.ts';
import { NODE_VERSION, VERSION } from '../version.ts';

/** One line of the exposition; `metricName` where it isn't the metric's own. */
interface Sample {
  readonly metricName?: string;
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
}

/** What one scrape reads, once. */
interface Reading {
  readonly counters: ServerCounters;
  readonly server: EchoServer;
  /** `null` where UDPEchoPlus is not served. */
  readonly echoPlus: UdpEchoPlusCounters | null;
  readonly loopDelay: LoopDelay;
  readonly httpCut: HttpCut;
}

/** Connections to the metrics that were closed before their time, by reason. */
export type HttpCut = Readonly<Record<keyof typeof HTTP_CUT_MEANING, number>>;

/** Delay of the main thread's event loop, in nanoseconds; on the Linux engine it answers nothing. */
type LoopDelay = ReturnType<typeof monitorEventLoopDelay>;

interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly help: string;
  /** What each label says: in words, or value by value. */
  readonly labels?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly read: (reading: Reading) => Sample[];
}

const LOOP_DELAY_QUANTILES = [0.5, 0.99, 1] as const;

/** How often the loop is asked; what is measured includes it. */
export const LOOP_DELAY_RESOLUTION_MS = 10;

const HTTP_CUT_MEANING = {
  too_many: 'it gave way to a newer one: 64 were open from its address, or 256 in all',
  too_slow: 'no whole request within 5 s, or the answer not taken within 30 s',
};

/** Why the kernel dropped what came; see `DropCauses`. */
const KERNEL_DROP_MEANING = {
  receive_buffer: 'the kernel had no room for it',
  checksum:
    'its UDP checksum was wrong; only datagrams above 76 octets, because the kernel checks shorter ones before it looks for their socket (`Udp: InCsumErrors` of /proc/net/snmp counts all)',
  buffer_or_checksum:
    'one of the two: the kernel has one counter for both on a socket, and other sockets of this host had some of each meanwhile',
};

const PROTOCOLS = 'echo, udp-echo-plus or stamp; only services that are on';

/** Every metric of a server. */
export const SERVER_METRICS: readonly MetricDefinition[] = [
  {
    name: 'echogram_datagrams_received_total',
    type: 'counter',
    help: 'Datagrams received, answered or not.',
    read: ({ counters }) => one(counters.receivedDatagrams),
  },
  {
    name: 'echogram_received_bytes_total',
    type: 'counter',
    help: 'Payload bytes received.',
    read: ({ counters }) => one(counters.receivedBytes),
  },
  {
    name: 'echogram_datagrams_sent_total',
    type: 'counter',
    help: 'Datagrams sent back, which is what the system took. The queue of an interface may drop some of them later; only that queue counts those (`tc -s qdisc`).',
    read: ({ counters }) => one(counters.sentDatagrams),
  },
  {
    name: 'echogram_sent_bytes_total',
    type: 'counter',
    help: 'Payload bytes sent back.',
    read: ({ counters }) => one(counters.sentBytes),
  },
  {
    name: 'echogram_datagrams_refused_total',
    type: 'counter',
    help: 'Datagrams not answered because a rule forbids it.',
    labels: { reason: REFUSAL_MEANING },
    read: ({ counters }) => byLabel('reason', counters.refused),
  },
  {
    name: 'echogram_datagrams_dropped_total',
    type: 'counter',
    help: "Datagrams that this host lost: receive_buffer, checksum and buffer_or_checksum before the server saw them, the others when it sent. The portable engine can't know the first three, and has no such values.",
    labels: { reason: { ...KERNEL_DROP_MEANING, ...SEND_FAILURE_MEANING } },
    read: ({ counters }) => byLabel('reason', drops(counters)),
  },
  {
    name: 'echogram_datagrams_impaired_total',
    type: 'counter',
    help: 'Replies impaired on request.',
    labels: { impairment: IMPAIRMENT_MEANING },
    read: ({ counters }) => byLabel('impairment', counters.impaired),
  },
  {
    name: 'echogram_service_datagrams_received_total',
    type: 'counter',
    help: 'Datagrams received by one of the services, answered or not.',
    labels: { protocol: PROTOCOLS },
    read: ({ server }) => byService(server, ({ receivedDatagrams }) => receivedDatagrams),
  },
  {
    name: 'echogram_service_datagrams_sent_total',
    type: 'counter',
    help: 'Datagrams sent back by one of the services.',
    labels: { protocol: PROTOCOLS },
    read: ({ server }) => byService(server, ({ sentDatagrams }) => sentDatagrams),
  },
  {
    name: 'echogram_udpechoplus_datagrams_received_total',
    type: 'counter',
    help: 'PacketsReceived of TR-143: valid requests. 0 without --udp-echo-plus, like the five that follow.',
    read: ({ echoPlus }) => one(echoPlus?.packetsReceived ?? 0),
  },
  {
    name: 'echogram_udpechoplus_datagrams_responded_total',
    type: 'counter',
    help: 'PacketsResponded of TR-143.',
    read: ({ echoPlus }) => one(echoPlus?.packetsResponded ?? 0),
  },
  {
    name: 'echogram_udpechoplus_bytes_received_total',
    type: 'counter',
    help: 'BytesReceived of TR-143: UDP headers and payloads of valid requests.',
    read: ({ echoPlus }) => one(echoPlus?.bytesReceived ?? 0),
  },
  {
    name: 'echogram_udpechoplus_bytes_responded_total',
    type: 'counter',
    help: 'BytesResponded of TR-143: UDP headers and payloads of replies.',
    read: ({ echoPlus }) => one(echoPlus?.bytesResponded ?? 0),
  },
  {
    name: 'echogram_udpechoplus_datagrams_unanswered_total',
    type: 'counter',
    help: 'TestRespReplyFailureCount of TR-143: valid requests that a limit forbade to answer.',
    read: ({ echoPlus }) => one(echoPlus?.replyFailures ?? 0),
  },
  {
    name: 'echogram_udpechoplus_packet_time_seconds',
    type: 'gauge',
    help: 'TimeFirstPacketReceived and TimeLastPacketReceived of TR-143, in seconds since 1970; 0 is never.',
    labels: { which: { first: 'the first valid request', last: 'the latest valid request' } },
    read: ({ echoPlus }) =>
      byLabel('which', {
        first: echoPlus?.firstReceivedSeconds ?? 0,
        last: echoPlus?.lastReceivedSeconds ?? 0,
      }),
  },
  {
    name: 'echogram_receive_errors_total',
    type: 'counter',
    help: 'Failed calls to receive or to wait for datagrams; on the portable engine also datagrams beyond 64 that came before it was ready.',
    read: ({ counters }) => one(counters.receiveErrors),
  },
  {
    name: 'echogram_batch_datagrams',
    type: 'histogram',
    help: 'Datagrams, or coalesced runs of them, taken by one system call.',
    read: ({ server }) => batchSamples(server),
  },
  {
    name: 'echogram_receive_buffer_bytes',
    type: 'gauge',
    help: 'Receive buffer of each socket.',
    labels: { state: { asked: 'asked for', granted: 'granted by the kernel' } },
    read: ({ server }) => bufferSamples(server.receiveBuffer),
  },
  {
    name: 'echogram_send_buffer_bytes',
    type: 'gauge',
    help: 'Send buffer of each socket.',
    labels: { state: { asked: 'asked for', granted: 'granted by the kernel' } },
    read: ({ server }) => bufferSamples(server.sendBuffer),
  },
  {
    name: 'echogram_workers',
    type: 'gauge',
    help: 'Threads that answer.',
    labels: { state: { asked: 'asked for', alive: 'alive now' } },
    read: ({ server: { workers } }) =>
      byLabel('state', { asked: workers.asked, alive: workers.alive }),
  },
  {
    name: 'echogram_worker_deaths_total',
    type: 'counter',
    help: 'Threads that died; each is replaced, up to five times a minute.',
    read: ({ server }) => one(server.workers.deaths),
  },
  {
    name: 'echogram_event_loop_delay_seconds',
    type: 'summary',
    help: "How late the main thread's event loop ran; the linux engine answers from other threads.",
    labels: { quantile: '0.5, 0.99 or 1 (the longest), since the last scrape' },
    read: ({ loopDelay }) => loopDelaySamples(loopDelay),
  },
  {
    name: 'echogram_http_connections_cut_total',
    type: 'counter',
    help: 'Connections to the metrics that were closed before their time.',
    labels: { reason: HTTP_CUT_MEANING },
    read: ({ httpCut }) => byLabel('reason', httpCut),
  },
  {
    name: 'echogram_build_info',
    type: 'gauge',
    help: 'Always 1; its labels say what is running.',
    labels: { version: "echogram's version", engine: 'linux or portable', node: "Node's version" },
    read: ({ server }) => [
      { value: 1, labels: { version: VERSION, engine: server.engine, node: NODE_VERSION } },
    ],
  },
];

function one(value: number): Sample[] {
  return [{ value, labels: {} }];
}

function byLabel(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([name, value]) => ({ value, labels: { [label]: name } }));
}

/** Without a value for what the system does not tell. */
function bufferSamples({ askedBytes, grantedBytes }: EchoServer['receiveBuffer']): Sample[] {
  const granted = grantedBytes === null ? {} : { granted: grantedBytes };
  return byLabel('state', { asked: askedBytes, ...granted });
}

function byService(server: EchoServer, read: (counters: ServerCounters) => number): Sample[] {
  return server.services.map(({ name, counters }) => ({
    value: read(counters),
    labels: { protocol: name },
  }));
}

function drops({ sendFailed, kernelDrops }: ServerCounters): Readonly<Record<string, number>> {
  if (kernelDrops === null) return sendFailed;
  const { receiveBuffer, checksum, bufferOrChecksum } = kernelDrops;
  const byKernel = {
    receive_buffer: receiveBuffer,
    checksum,
    buffer_or_checksum: bufferOrChecksum,
  };
  return { ...byKernel, ...sendFailed };
}

function batchSamples(server: EchoServer): Sample[] {
  const { counts, sum } = server.batchSizes;
  const metric = 'echogram_batch_datagrams';
  let cumulated = 0;
  const buckets = BATCH_BUCKETS.map((le, index) => {
    cumulated += counts[index]!;
    return { metricName: `${metric}_bucket`, value: cumulated, labels: { le } };
  });
  return [
    ...buckets,
    { metricName: `${metric}_bucket`, value: cumulated, labels: { le: '+Inf' } },
    { metricName: `${metric}_sum`, value: sum, labels: {} },
    { metricName: `${metric}_count`, value: cumulated, labels: {} },
  ];
}

function loopDelaySamples(loopDelay: LoopDelay): Sample[] {
  const samples = LOOP_DELAY_QUANTILES.map((quantile) => ({
    value: delaySeconds(loopDelay, quantile),
    labels: { quantile },
  }));
  loopDelay.reset();
  return samples;
}

function delaySeconds(loopDelay: LoopDelay, quantile: number): number {
  // Without a sample since the last scrape there is no percentile, and no delay was seen.
  if (loopDelay.count === 0) return 0;
  const intervalNs = loopDelay.percentile(quantile * 100);
  return Math.max(0, intervalNs - LOOP_DELAY_RESOLUTION_MS * 1e6) / 1e9;
}
