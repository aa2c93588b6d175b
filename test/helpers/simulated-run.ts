// A whole measurement on a simulated path: the loop of an engine, without sockets and waiting.

import type { ProbeRecord } from '../../src/client/session/probe-record.ts';
import { Session, type SessionSummary } from '../../src/client/session/session.ts';
import type { SessionPlan } from '../../src/client/session/session-plan.ts';
import type { ProbeChannel } from '../../src/socket/probe-channel.ts';
import { MADE_PLAN } from './made-session.ts';
import { SimulatedChannel, type Stall } from './simulated-channel.ts';
import { SimulatedPath } from './simulated-path.ts';
import type { SimulatedReflector } from './simulated-reflectors.ts';

export interface SimulatedRun {
  readonly plan: Partial<SessionPlan>;
  readonly seed: number;
  readonly reflector: SimulatedReflector;
  readonly hasStamps?: boolean;
  readonly stalls?: readonly Stall[];
  /** See `PathPlan`. */
  readonly badness?: number;
  /** Somebody stops it then; and ends it. */
  readonly stopAtNs?: number;
  readonly endAtNs?: number;
}

export interface RunOutcome {
  readonly summary: SessionSummary;
  readonly records: readonly ProbeRecord[];
}

export function simulate(run: SimulatedRun): RunOutcome {
  const { seed, reflector, stopAtNs = Infinity, endAtNs = Infinity } = run;
  const { hasStamps = true, stalls = [], badness = 1 } = run;
  const plan = { ...MADE_PLAN, ...run.plan };
  const records: ProbeRecord[] = [];
  const session = new Session(plan, (record) => records.push(record));
  const path = new SimulatedPath({ ...plan, seed, badness }, reflector);
  const host = { ports: plan.streams, payloadBytes: plan.payloadBytes, hasStamps, stalls };
  const channel = new SimulatedChannel(host, path);
  session.setStart(channel.start(session));
  while (!session.isOver && channel.nowNs < endAtNs) {
    if (channel.nowNs >= stopAtNs) session.stop();
    takeTurn(session, channel);
  }
  channel.receive();
  session.end(channel.nowNs);
  return { summary: session.summary(channel.localPorts), records };
}

function takeTurn(session: Session, channel: ProbeChannel): void {
  channel.receive();
  session.sweep(channel.nowNs);
  channel.send(prepare(session, channel));
  const drops = channel.takeDrops();
  if (drops !== null && drops > 0) session.hostDropped(drops, channel.nowNs);
  if (session.isOver) return;
  const { nextSendNs = Infinity, nextTimeoutNs = Infinity } = session;
  const untilNs = Math.min(nextSendNs, nextTimeoutNs + 1);
  void channel.sleepUntil(untilNs);
  session.stalled(channel.nowNs - untilNs, channel.nowNs);
}

function prepare(session: Session, { batch, nowNs }: ProbeChannel): number {
  for (let entry = 0; entry < batch.capacity; entry++) {
    const start = batch.startOf(entry);
    const port = session.prepare(nowNs, batch.view, start);
    if (port === undefined) return entry;
    batch.ports[entry] = port;
    batch.tickets[entry] = session.lastSequence;
    batch.payloadBytes[entry] = batch.startOf(1);
  }
  return batch.capacity;
}
