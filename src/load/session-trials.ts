// SPDX-License-Identifier: MIT
// Runs trials as sessions of an open probe engine: one session for each, all from the same ports.

import { setTimeout } from 'node:timers/promises';
import type { ProbeEngine, RunOutcome } from '../client/engines/probe-engine.ts';
import { hostDropsOf } from '../client/host/host-drops.ts';
import { makeNonce } from '../client/nonce.ts';
import { IcmpErrorTable } from '../client/session/icmp-error-table.ts';
import type { IcmpErrorCount } from '../client/session/session-result.ts';
import { otherDialect, type Dialect } from '../client/verdict/unanswered.ts';
import { MAX_CAPACITY } from '../client/session/in-flight.ts';
import type { SessionPlan } from '../client/session/session-plan.ts';
import type { TrialPlan } from '../client/session/trial-statistics.ts';
import { countedBetween, readUdpCounters } from '../socket/udp-counters.ts';
import { monotonicNs } from '../time.ts';
import { measuredTrial } from './measured-trial.ts';
import {
  slotsOf,
  type IdlePath,
  type MeasuredTrial,
  type TrialRunner,
  type TrialSpec,
} from './trial.ts';

const IDLE: Pick<TrialSpec, 'pps' | 'durationNs'> = { pps: 50, durationNs: 1e9 };

/** How long the first replies are waited for. */
const IDLE_TIMEOUT_NS = 2e9;

/** On a path that is not known yet, only an ICMP error ends a trial. */
const IDLE_TRIAL: TrialPlan = { idleRttNs: Infinity, silenceNs: Infinity };

const LEAST_TIMEOUT_NS = 1e9;
const TIMEOUT_RTTS = 4;

/** The parts of a session's plan that are the same for every trial. */
export type TrialSettings = Pick<SessionPlan, 'payloadBytes' | 'streams' | 'protocol' | 'key'>;

/** The plan of the idle path, with which an engine is opened. */
export function idlePlan(settings: TrialSettings): SessionPlan {
  return planOf(settings, IDLE, IDLE_TIMEOUT_NS, IDLE_TRIAL);
}

export class SessionTrials implements TrialRunner {
  readonly #engine: ProbeEngine;
  readonly #settings: TrialSettings;
  readonly #ipVersion: 4 | 6;
  readonly #signal: AbortSignal | undefined;
  readonly #startedNs = monotonicNs();
  readonly #icmpErrors = new IcmpErrorTable();
  #sent = 0;
  #idle: RunOutcome['statistics'] | undefined;

  /** @param engine  opened with `idlePlan(settings)` */
  constructor(
    engine: ProbeEngine,
    settings: TrialSettings,
    { ipVersion, signal }: { ipVersion: 4 | 6; signal: AbortSignal | undefined },
  ) {
    this.#engine = engine;
    this.#settings = settings;
    this.#ipVersion = ipVersion;
    this.#signal = signal;
  }

  get elapsedNs(): number {
    return monotonicNs() - this.#startedNs;
  }

  get isStopped(): boolean {
    return this.#signal?.aborted === true;
  }

  /** All datagrams that left. */
  get sent(): number {
    return this.#sent;
  }

  /** By sender and kind, of all trials together. */
  get icmpErrors(): readonly IcmpErrorCount[] {
    return this.#icmpErrors.summary();
  }

  /** What arrived in place of replies, if the other end speaks another protocol or has another key. */
  otherDialect(target: Dialect['target']): string | undefined {
    if (this.#idle === undefined || this.#idle.datagrams.received > 0) return undefined;
    return otherDialect({ ...this.#idle, target });
  }

  async runIdle(): Promise<IdlePath> {
    const { statistics } = await this.#run();
    this.#idle = statistics;
    const { datagrams, rttNs, trial } = statistics;
    const medianNs = rttNs.p50 ?? 0;
    const timeoutNs = Math.max(LEAST_TIMEOUT_NS, TIMEOUT_RTTS * medianNs);
    return {
      sent: datagrams.sent,
      rttNs,
      iqrNs: trial!.iqrNs,
      lossRatio: datagrams.lossRatio,
      timeoutNs,
      mostPps: (MAX_CAPACITY / 2 / timeoutNs) * 1e9,
      cutBy: this.#cutBy(trial!.stoppedBy),
    };
  }

  async runTrial(spec: TrialSpec, idle: IdlePath): Promise<MeasuredTrial> {
    const atNs = Math.round(this.elapsedNs);
    const { timeoutNs } = idle;
    const trial = { idleRttNs: idle.rttNs.p50 ?? 0, silenceNs: timeoutNs };
    const before = readUdpCounters(this.#ipVersion);
    const outcome = await this.#run(planOf(this.#settings, spec, timeoutNs, trial));
    const counted = countedBetween(before, readUdpCounters(this.#ipVersion));
    const drops = hostDropsOf(outcome.kernelDrops, counted, this.#engine.engine === 'linux');
    const { stoppedBy } = outcome.statistics.trial!;
    return measuredTrial(spec, outcome, { atNs, drops, cutBy: this.#cutBy(stoppedBy) });
  }

  async rest(restNs: number): Promise<void> {
    const signal = this.#signal;
    await setTimeout(restNs / 1e6, undefined, { signal }).catch(() => undefined);
  }

  async #run(plan?: SessionPlan): Promise<RunOutcome> {
    const outcome = await this.#engine.run(plan);
    const { datagrams, leftOut, icmpErrors } = outcome.statistics;
    this.#sent += datagrams.sent + leftOut;
    for (const error of icmpErrors) this.#icmpErrors.add(error, error.count);
    return outcome;
  }

  #cutBy(stoppedBy: MeasuredTrial['cutBy']): MeasuredTrial['cutBy'] {
    return this.isStopped ? 'stop' : stoppedBy;
  }
}

function planOf(
  settings: TrialSettings,
  { pps, durationNs }: Pick<TrialSpec, 'pps' | 'durationNs'>,
  timeoutNs: number,
  trial: TrialPlan,
): SessionPlan {
  const slots = slotsOf({ pps, durationNs });
  const intervalNs = 1e9 / pps;
  return {
    ...settings,
    schedule: 'periodic',
    intervalNs,
    // A slot that this host misses is not made up for.
    count: Infinity,
    durationNs: (slots - 0.5) * intervalNs,
    timeoutNs,
    rttLimitsNs: [],
    hasPicture: false,
    nonce: makeNonce(),
    trial,
  };
}
