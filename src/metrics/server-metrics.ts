// SPDX-License-Identifier: MIT
// A server's counters as Prometheus metrics: one table, from which docs/metrics.md is generated too. Naming:
// https://prometheus.io/docs/practices/naming/. No label holds a peer's address.

import type { monitorEventLoopDelay } from 'node:perf_hooks';
import { REFUSAL_MEANING } from '../server/admission.ts';
import { BATCH_BUCKETS, type ServerCounters } from '../server/counters.ts';
import type { EchoServer } from '../server/echo-server.ts';
import { IMPAIRMENT_MEANING } from '../impairment/impairments.ts';
import type { UdpEchoPlusCounters } from '../server/udp-echo-plus-counters.ts';
import { SEND_FAILURE_MEANING } from '../socket/counters.ts';
import { CLOCK_SYNCHRONIZED, ifKnown } from './host-clock.ts';
import type { MetricText } from './metric-text.ts';
import {
  BUILD_INFO,
  buildInfo,
  byLabel,
  HTTP_CUT_MEANING,
  one,
  type HttpCut,
  type Sample,
} from './sample.ts';

/** The values that one scrape reads, once. */
interface Reading {
  readonly counters: ServerCounters;
  readonly server: EchoServer;
  /** `null` if UDPEchoPlus is not enabled. */
  readonly echoPlus: UdpEchoPlusCounters | null;
  /** `null` on the Linux engine, which answers from other threads. */
  readonly loopDelay: LoopDelay | null;
  readonly httpCut: HttpCut;
  readonly isClockSynchronised: boolean | null;
}

/** Delay of the event loop that answers, in nanoseconds. */
type LoopDelay = ReturnType<typeof monitorEventLoopDelay>;

interface ServerMetric extends MetricText {
  readonly read: (reading: Reading) => Sample[];
}

const LOOP_DELAY_QUANTILES = [0.5, 0.99, 1] as const;

/** The time between two checks of the loop; the measured delay includes it. */
export const LOOP_DELAY_RESOLUTION_MS = 10;

/** Why the kernel dropped received datagrams; see `DropCauses`. */
const KERNEL_DROP_MEANING = {
  receive_buffer: 'the receive buffer was full',
  checksum:
    'wrong UDP checksum; only datagrams above 76 octets, because the kernel verifies shorter ones before it looks up their socket (`Udp: InCsumErrors` of /proc/net/snmp counts all)',
  buffer_or_checksum:
    'one of the two: the kernel has a single counter per socket for both, and other sockets of this host had drops of each kind at the same time',
};

const PROTOCOLS = 'echo, udp-echo-plus or stamp; only enabled services';

/** Every metric of a server. */
export const SERVER_METRICS: readonly ServerMetric[] = [
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
    name: 'echogram_datagrams_fragmented_total',
    type: 'counter',
    help: "Datagrams received that arrived in fragments: longer than a path's MTU, and not forbidden to be fragmented. The portable engine can't know it and does not export it.",
    read: ({ counters }) => fragmented(counters),
  },
  {
    name: 'echogram_datagrams_sent_total',
    type: 'counter',
    help: 'Datagrams sent back, that is, accepted by the system. An interface queue may drop some of them later; only that queue counts those drops (`tc -s qdisc`).',
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
    help: "Datagrams that this host dropped: receive_buffer, checksum and buffer_or_checksum before the server received them, the others when it sent a reply. The portable engine can't know the first three and does not export them.",
    labels: { reason: { ...KERNEL_DROP_MEANING, ...SEND_FAILURE_MEANING } },
    read: ({ counters }) => byLabel('reason', drops(counters)),
  },
  {
    name: 'echogram_datagrams_impaired_total',
    type: 'counter',
    help: 'Replies impaired on purpose (--impair).',
    labels: { impairment: IMPAIRMENT_MEANING },
    read: ({ counters }) => byLabel('impairment', counters.impaired),
  },
  {
    name: 'echogram_service_datagrams_received_total',
    type: 'counter',
    help: 'Datagrams received by each service, answered or not.',
    labels: { protocol: PROTOCOLS },
    read: ({ server }) => byService(server, ({ receivedDatagrams }) => receivedDatagrams),
  },
  {
    name: 'echogram_service_datagrams_sent_total',
    type: 'counter',
    help: 'Datagrams sent back by each service.',
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
    help: 'TestRespReplyFailureCount of TR-143: valid requests not answered because of a limit.',
    read: ({ echoPlus }) => one(echoPlus?.replyFailures ?? 0),
  },
  {
    name: 'echogram_udpechoplus_packet_time_seconds',
    type: 'gauge',
    help: 'TimeFirstPacketReceived and TimeLastPacketReceived of TR-143, in seconds since 1970; 0 means never.',
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
    help: 'Failed calls to receive or wait for datagrams; on the portable engine also datagrams beyond 64 that arrived before it was ready.',
    read: ({ counters }) => one(counters.receiveErrors),
  },
  {
    name: 'echogram_batch_datagrams',
    type: 'histogram',
    help: 'Datagrams, or coalesced runs of datagrams, per receive call.',
    read: ({ server }) => batchSamples(server),
  },
  {
    name: 'echogram_receive_buffer_bytes',
    type: 'gauge',
    help: 'Receive buffer of each socket.',
    labels: { state: { asked: 'requested', granted: 'granted by the kernel' } },
    read: ({ server }) => bufferSamples(server.receiveBuffer),
  },
  {
    name: 'echogram_send_buffer_bytes',
    type: 'gauge',
    help: 'Send buffer of each socket.',
    labels: { state: { asked: 'requested', granted: 'granted by the kernel' } },
    read: ({ server }) => bufferSamples(server.sendBuffer),
  },
  {
    name: 'echogram_workers',
    type: 'gauge',
    help: 'Worker threads.',
    labels: { state: { asked: 'requested', alive: 'alive now' } },
    read: ({ server: { workers } }) =>
      byLabel('state', { asked: workers.asked, alive: workers.alive }),
  },
  {
    name: 'echogram_worker_deaths_total',
    type: 'counter',
    help: 'Worker threads that died; each is replaced, up to five times per minute.',
    read: ({ server }) => one(server.workers.deaths),
  },
  {
    name: 'echogram_event_loop_delay_seconds',
    type: 'summary',
    help: 'Delay of the event loop that answers. Not exported by the linux engine, which answers from other threads.',
    labels: { quantile: '0.5, 0.99 or 1 (the maximum), since the last scrape' },
    read: ({ loopDelay }) => loopDelaySamples(loopDelay),
  },
  {
    name: 'echogram_clock_synchronized',
    ...CLOCK_SYNCHRONIZED,
    read: ({ isClockSynchronised }) => ifKnown(isClockSynchronised),
  },
  {
    name: 'echogram_http_connections_cut_total',
    type: 'counter',
    help: 'Connections to the metrics endpoint that the server closed early.',
    labels: { reason: HTTP_CUT_MEANING },
    read: ({ httpCut }) => byLabel('reason', httpCut),
  },
  {
    name: 'echogram_build_info',
    ...BUILD_INFO,
    read: ({ server }) => buildInfo(server.engine),
  },
];

function bufferSamples({ askedBytes, grantedBytes }: EchoServer['receiveBuffer']): Sample[] {
  return byLabel('state', { asked: askedBytes, granted: grantedBytes });
}

function byService(server: EchoServer, read: (counters: ServerCounters) => number): Sample[] {
  return server.services.map(({ name, counters }) => ({
    value: read(counters),
    labels: { protocol: name },
  }));
}

/** No sample for what is not known. */
function fragmented({ fragmentedDatagrams }: ServerCounters): Sample[] {
  return fragmentedDatagrams === null ? [] : one(fragmentedDatagrams);
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

function loopDelaySamples(loopDelay: LoopDelay | null): Sample[] {
  if (loopDelay === null) return [];
  const samples = LOOP_DELAY_QUANTILES.map((quantile) => ({
    value: delaySeconds(loopDelay, quantile),
    labels: { quantile },
  }));
  loopDelay.reset();
  return samples;
}

function delaySeconds(loopDelay: LoopDelay, quantile: number): number {
  // Without a sample since the last scrape there is no percentile, and there was no delay.
  if (loopDelay.count === 0) return 0;
  const intervalNs = loopDelay.percentile(quantile * 100);
  return Math.max(0, intervalNs - LOOP_DELAY_RESOLUTION_MS * 1e6) / 1e9;
}
