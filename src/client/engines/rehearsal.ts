// SPDX-License-Identifier: MIT
// Runs the loop of a measurement for a moment before it begins, over a channel that answers itself. Code that runs for
// the first time is interpreted, then compiled, and its data is not in any cache. Without a rehearsal, the first tenth
// of a second of each measurement at a high rate measured mostly this program.

import type { Arrival, IcmpArrival, ProbeSink } from '../../socket/probe-channel.ts';
import { openEchoingChannel } from '../../socket/linux/open-probe-channel.ts';
import type { Session } from '../session/session.ts';
import { helperCpuNs } from '../host/helper-time.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { LinuxRun } from './linux-run.ts';
import { messageCount, RecordPacker } from './record-packer.ts';

/** A round has thousands of probes, so that the whole loop gets compiled. */
const ROUND_NS = 40e6;
const LONGEST_ROUND_INTERVAL_NS = 50_000;
const TIMEOUT_NS = 10e6;

/**
 * V8 compiles for the cases that it has seen, and discards the code at a case that it has not. So the first round has
 * no timestamps, as if they arrived later than the replies, and the first two rounds lose replies. Each round is a new
 * session, so that no code is compiled for a particular one.
 */
const UNSTAMPED_ROUNDS = 1;
const LEAST_ROUNDS = 3;
const MOST_ROUNDS = 12;

/**
 * Slower measurements begin after the minimum number of rounds: at their rate the compiler's few milliseconds do no
 * harm.
 */
const LONGEST_SETTLED_INTERVAL_NS = 200_000;

/** If V8's other threads took less than this in a round, they are practically idle. */
const HELPED_NS = 1e6;

const WIDENING_ROUND = 2;
const LONG_STALL_NS = 3e6;
const LONG_RUN_NS = 20e9;

/** Loses some replies and duplicates others, so that rare cases are compiled too. */
class ForgetfulSink implements ProbeSink {
  readonly #session: Session;
  #replies = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  receive(arrival: Arrival): void {
    this.#replies++;
    if (this.#replies % 64 === 0) return;
    this.#session.receive(arrival);
    if (this.#replies % 100 === 0) this.#session.receive(arrival);
  }

  stampSent(ticket: number, kernelSentNs: number, nowNs: number): void {
    this.#session.stampSent(ticket, kernelSentNs, nowNs);
  }

  failSend(ticket: number, systemCode: string, nowNs: number): void {
    this.#session.failSend(ticket, systemCode, nowNs);
  }

  receiveIcmp(arrival: IcmpArrival): void {
    this.#session.receiveIcmp(arrival);
  }
}

/** What a rehearsal shares with the measurement. */
export interface RehearsalOptions {
  readonly plan: SessionPlan;
  /** Polled as in the measurement, but not obeyed. */
  readonly wakeFd: number;
  /** True if records are made. */
  readonly hasListener: boolean;
  /** One cell of `STOP`: no round begins once it is not 0. */
  readonly wish: Int32Array;
}

/**
 * Continues until a round is as undisturbed as the measurement should be, or for `MOST_ROUNDS`.
 *
 * @param prepare  creates the measurement itself: late, so that its objects have the shapes that V8 has seen, but
 * before the last round, because allocating its memory triggers the garbage collector
 */
export async function rehearse<Run>(options: RehearsalOptions, prepare: () => Run): Promise<Run> {
  const { intervalNs } = options.plan;
  const rounds = intervalNs > LONGEST_SETTLED_INTERVAL_NS ? LEAST_ROUNDS : MOST_ROUNDS;
  for (let round = 1; round < LEAST_ROUNDS; round++) await rehearseOnce(options, round);
  const run = prepare();
  for (let round = LEAST_ROUNDS; round <= rounds; round++) {
    if (await rehearseOnce(options, round)) break;
  }
  return run;
}

/** @returns true if nothing is left to compile, or nothing can or should be rehearsed */
async function rehearseOnce(
  { plan, wakeFd, hasListener, wish }: RehearsalOptions,
  round: number,
): Promise<boolean> {
  if (Atomics.load(wish, 0) !== 0) return true;
  const { payloadBytes } = plan;
  const isStamped = round > UNSTAMPED_ROUNDS;
  using echoing = await openEchoingChannel({ payloadBytes, wakeFd, isStamped });
  if (echoing === undefined) return true;
  const { session, loop } = new LinuxRun({
    plan: briefly(plan),
    channel: echoing.channel,
    wish: new Int32Array(1),
    questions: new Int32Array(1),
    packer: hasListener ? new RecordPacker(messageCount(), () => undefined) : undefined,
    onInterim: () => undefined,
    ...(round < LEAST_ROUNDS && { sinkOf: (session) => new ForgetfulSink(session) }),
  });
  // The picture of a longer run, whose columns are widened several times.
  if (round === WIDENING_ROUND) session.stalled(LONG_STALL_NS, LONG_RUN_NS);
  const cpuNs = await helperCpuNs(() => loop.run());
  const { skipped } = session.summary([0]).schedule;
  return skipped === 0 && cpuNs < HELPED_NS;
}

function briefly(plan: SessionPlan): SessionPlan {
  return {
    ...plan,
    intervalNs: Math.min(plan.intervalNs, LONGEST_ROUND_INTERVAL_NS),
    count: Infinity,
    durationNs: ROUND_NS,
    timeoutNs: TIMEOUT_NS,
    streams: 1,
  };
}
