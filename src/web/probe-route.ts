// SPDX-License-Identifier: MIT
// GET /probe?target=NAME: a few probes to a watched target, now, and their outcome as metrics, as blackbox_exporter does. Only
// targets of the configuration are probed, so nobody can aim this host at others.

import { ping } from '../client/ping.ts';
import type { SessionResult } from '../client/session/session-result.ts';
import { formatHostPort } from '../host-port.ts';
import type { Reply } from '../http/reply.ts';
import type { Asked } from '../http/router.ts';
import { EXPOSITION_TYPE, headText, labelText, sampleText } from '../metrics/exposition-text.ts';
import type { EngineName } from '../socket/datagram-socket.ts';
import type { TargetStatus, WatchView } from '../watch/watch-view.ts';

const PROBES = 5;
const INTERVAL_MS = 100;

/** At once: each has a socket of its own. */
const MOST_RUNNING = 4;

/** If Prometheus does not say how long it waits. */
const USUAL_SECONDS = 10;

/** Of that time, for the way back of the answer. */
const MARGIN_MS = 500;

const BUSY: Reply = {
  status: 503,
  headers: { 'retry-after': '5' },
  body: `${MOST_RUNNING} targets are being probed; try again\n`,
};

export class ProbeRoute {
  readonly #watch: WatchView;
  #running = 0;

  constructor(watch: WatchView) {
    this.#watch = watch;
  }

  async answer({ query, headers }: Pick<Asked, 'query' | 'headers'>): Promise<Reply> {
    const asked = query.get('target') ?? '';
    const status = this.#find(asked, query.get('probe') ?? 'default');
    if (status === undefined) {
      return { status: 400, body: 'target must be the name or HOST:PORT of a watched target\n' };
    }
    if (this.#running >= MOST_RUNNING) return BUSY;
    this.#running++;
    try {
      const mostMs = limitMs(headers['x-prometheus-scrape-timeout-seconds']);
      return await measure(status, this.#watch.engine, mostMs);
    } finally {
      this.#running--;
    }
  }

  #find(asked: string, probe: string): TargetStatus | undefined {
    const found = this.#watch.targets.find(
      ({ name, host, port, probe: { name: probeName } }) =>
        probeName === probe && (name === asked || formatHostPort(host, port) === asked),
    );
    return found === undefined ? undefined : this.#watch.board.statusOf(found.key);
  }
}

/** @param header  of Prometheus: when it gives up */
function limitMs(header: string | string[] | undefined): number {
  const seconds = Number(header);
  const given = seconds > 0 && seconds <= 120 ? seconds : USUAL_SECONDS;
  return Math.max(MARGIN_MS, given * 1000 - MARGIN_MS);
}

async function measure(
  { target, address }: TargetStatus,
  engine: EngineName,
  mostMs: number,
): Promise<Reply> {
  const beganAtMs = performance.now();
  const seconds = (): number => (performance.now() - beganAtMs) / 1000;
  if (address === null) return text(undefined, seconds());
  const { protocol, timeoutMs, payloadBytes, key } = target.probe;
  const end = AbortSignal.timeout(mostMs);
  try {
    const result = await ping({
      host: address.address,
      port: address.port,
      protocol,
      count: PROBES,
      intervalMs: INTERVAL_MS,
      timeoutMs: Math.min(timeoutMs, mostMs),
      payloadBytes,
      ...(key === undefined ? {} : { key }),
      engine,
      signal: end,
      endSignal: end,
    });
    return text(result, seconds());
  } catch {
    // Such as no route: a target that can't be probed has not succeeded.
    return text(undefined, seconds());
  }
}

function text(result: SessionResult | undefined, durationSeconds: number): Reply {
  const { sent = 0, received = 0, late = 0, lost = 0 } = result?.datagrams ?? {};
  const body = [
    gauge('probe_success', '1 if a reply in time came.', received > 0 ? 1 : 0),
    gauge('probe_duration_seconds', 'How long it took.', durationSeconds),
    gauge('echogram_probe_sent', 'Probes sent.', sent),
    gauge('echogram_probe_received', 'Probes with a reply in time.', received),
    gauge('echogram_probe_late', 'Probes with a late reply.', late),
    gauge('echogram_probe_lost', 'Probes without a reply.', lost),
    rttText(result),
  ].join('');
  return { type: EXPOSITION_TYPE, body };
}

/** Nothing without a reply. */
function rttText(result: SessionResult | undefined): string {
  const name = 'echogram_probe_rtt_seconds';
  const { min = null, mean = null, max = null } = result?.rttNs ?? {};
  const lines = Object.entries({ min, mean, max }).map(([stat, ns]) =>
    ns === null ? '' : sampleText(name, labelText({ stat }), ns / 1e9),
  );
  return headText(name, 'gauge', 'Round-trip times.') + lines.join('');
}

function gauge(name: string, help: string, value: number): string {
  return headText(name, 'gauge', help) + sampleText(name, '', value);
}
