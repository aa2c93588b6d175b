// The counts of each direction through a bad network whose log tells the truth. What nobody can know, and the
// rule for it, is in src/stats/direction-counts.ts: the plans leave out the replies to copies that are lost,
// and begin and end with probes that are answered, before some that are all lost.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ping } from '../../src/index.ts';
import type { ProtocolName } from '../../src/client/protocols/probe-protocol.ts';
import type { SessionResult } from '../../src/client/session/session-result.ts';
import { deadline } from './deadline.ts';
import { STAMP_FRAMING, UDP_ECHO_PLUS_FRAMING } from './framing.ts';
import { ImpairmentProxy, type ProbePlan, type Treatment } from './impairment-proxy.ts';
import { MadeStampReflector, MadeUdpEchoPlus } from './reflector.ts';

const TIMEOUT_MS = 3000;
const AT_A_TIME = { portable: 100, linux: 20 };
const SEED = 8762;
/** Answered before the plan, as UDPEchoPlus calibrates with its first reply; and after it. */
const ANCHORS = 2;
/** More than any is overtaken by. */
const LAST_ANCHORS = 6;
const SPARE_PROBES = 8;

export const PASS: Treatment = { kind: 'pass' };
export const DROP: Treatment = { kind: 'drop' };
export const PASSING: ProbePlan = { forward: PASS, backward: PASS };
export const LOST: ProbePlan = { forward: DROP, backward: PASS };

type Engine = 'linux' | 'portable';
/** A protocol that numbers its replies. */
export type Reflecting = Exclude<ProtocolName, 'echo'>;

interface Measured {
  readonly result: SessionResult;
  readonly proxy: ImpairmentProxy;
}

export async function measure(
  protocol: Reflecting,
  engine: Engine,
  plans: readonly ProbePlan[],
  flows = 1,
): Promise<Measured> {
  const isStamp = protocol === 'stamp';
  const framing = isStamp ? STAMP_FRAMING : UDP_ECHO_PLUS_FRAMING;
  await using reflector = isStamp
    ? await MadeStampReflector.open({})
    : // Somebody asked it before.
      await MadeUdpEchoPlus.open({ firstNumber: 2 ** 32 - 4 });
  const all = [
    ...Array.from({ length: ANCHORS }, () => PASSING),
    ...plans,
    ...Array.from({ length: LAST_ANCHORS }, () => PASSING),
  ];
  // Not ended by the slots, of which a host that stalls skips some, but when the client has told of all
  // probes that have a plan: a late reply, which is let go then, must find it there.
  const enough = new AbortController();
  const planned = isStamp ? all.length * flows : all.length;
  let untold = planned;
  let latest = 0;
  const endWhenKnown = (): void => {
    if (untold === 0 && latest >= all.length + SPARE_PROBES) enough.abort();
  };
  // Numbers begin at 1.
  const planOf = (number: number): ProbePlan => {
    latest = Math.max(latest, number);
    endWhenKnown();
    return all[number - 1] ?? LOST;
  };
  await using proxy = await ImpairmentProxy.open(reflector.port, planOf, framing);
  let ports: readonly number[] = [];
  const result = await ping({
    engine,
    host: '127.0.0.1',
    port: proxy.port,
    protocol,
    flows,
    intervalMs: 50,
    timeoutMs: TIMEOUT_MS,
    signal: enough.signal,
  })
    .on('start', (target) => {
      ports = target.sourcePorts;
    })
    .on('record', (record) => {
      if (record.type !== 'timeout' && record.type !== 'reply') return;
      const number = isStamp ? Math.floor(record.sequence / flows) : record.sequence;
      if (record.type === 'timeout') proxy.giveUp(number + 1, ports[record.stream]);
      if (record.sequence < planned) untold--;
      endWhenKnown();
    });
  return { result, proxy };
}

interface DirectionTruth {
  readonly lost: number;
  readonly reordered: number;
  readonly duplicate: number;
}

/** What the log says, by counter of the reflector: STAMP has one for each port. */
function logged(
  proxy: ImpairmentProxy,
  protocol: Reflecting,
): {
  forward: DirectionTruth;
  backward: DirectionTruth;
  unattributed: number;
} {
  const groups = protocol === 'stamp' ? [...new Set(proxy.sent.map(({ port }) => port))] : [null];
  const truths = groups.map((port) => loggedOf(proxy, port));
  const sum = (pick: (truth: (typeof truths)[0]) => number): number =>
    truths.reduce((total, truth) => total + pick(truth), 0);
  const directionOf = (name: 'forward' | 'backward'): DirectionTruth => ({
    lost: sum((truth) => truth[name].lost),
    reordered: sum((truth) => truth[name].reordered),
    duplicate: sum((truth) => truth[name].duplicate),
  });
  return {
    forward: directionOf('forward'),
    backward: directionOf('backward'),
    unattributed: sum(({ unattributed }) => unattributed),
  };
}

function loggedOf(
  { sent, arrived, deliveries }: ImpairmentProxy,
  port: number | null,
): { forward: DirectionTruth; backward: DirectionTruth; unattributed: number } {
  const isOf = (one: { port: number }): boolean => port === null || one.port === port;
  const replies = deliveries.filter((one) => isOf(one) && one.is === 'intact');
  const answered = new Set(replies.map(({ number }) => number));
  const reached = new Set(arrived.filter(isOf).map(({ number }) => number));
  const last = Math.max(0, ...answered);
  const numbers = sent.filter(isOf).map(({ number }) => number);
  const unanswered = numbers.filter((number) => !answered.has(number));
  const known = unanswered.filter((number) => number < last);
  const portOf = new Map(replies.map((one) => [one.theirs, one.port]));
  const theirs = [...portOf.keys()];
  const arrivals = new Map(arrived.filter(isOf).map((one) => [one.number, one.port]));
  return {
    forward: {
      lost: known.filter((number) => !reached.has(number)).length,
      // Of a probe without a reply nobody can know when it got there.
      reordered: overtaken(
        [...arrivals]
          .filter(([number]) => answered.has(number))
          .map(([value, of]) => ({ value, port: of })),
      ),
      duplicate: theirs.length - answered.size,
    },
    backward: {
      lost: known.filter((number) => reached.has(number)).length,
      // No counter wraps twice here.
      reordered: overtaken(
        [...portOf].map(([number, of]) => ({ value: (number + 100) % 2 ** 32, port: of })),
      ),
      duplicate: replies.length - theirs.length,
    },
    unattributed: unanswered.length - known.length,
  };
}

interface Arrival {
  readonly value: number;
  readonly port: number;
}

/** RFC 4737: those that come after a larger one on the same port. */
function overtaken(arrivals: readonly Arrival[]): number {
  const isOvertaken = ({ value, port }: Arrival, index: number): boolean =>
    arrivals.slice(0, index).some((other) => other.port === port && other.value > value);
  return arrivals.filter(isOvertaken).length;
}

export function assertTruth({ result, proxy }: Measured, protocol: Reflecting): void {
  const { forward, backward, reflector, datagrams } = result;
  const counted = [forward!, backward!].map(({ lost, reordered, duplicate }) => {
    return { lost, reordered, duplicate };
  });
  const truth = logged(proxy, protocol);
  assert.deepEqual(
    { forward: counted[0], backward: counted[1], unattributed: reflector!.unattributed },
    truth,
  );
  assert.equal(reflector!.numbering, 'own');
  // Every loss and every second reply is told of one direction, or of none.
  assert.equal(truth.forward.lost + truth.backward.lost + truth.unattributed, datagrams.lost);
  assert.equal(truth.forward.duplicate + truth.backward.duplicate, datagrams.duplicate);
  assert.equal(proxy.deliveries.filter(({ is }) => is === 'altered').length, datagrams.corrupted);
}

const duplicate = fc
  .integer({ min: 2, max: 4 })
  .map((copies): Treatment => ({ kind: 'duplicate', copies }));
const overtakenBy = fc
  .integer({ min: 1, max: LAST_ANCHORS - 1 })
  .map((by): Treatment => ({ kind: 'overtaken', by }));
const corrupt = fc
  .integer({ min: 0, max: 511 })
  .map((bit): Treatment => ({ kind: 'corrupt', bit }));
const losing = fc.oneof(fc.constant(DROP), corrupt);
const harmless = fc.oneof({ weight: 4, arbitrary: fc.constant(PASS) }, duplicate, overtakenBy);
const late = fc.constant<Treatment>({ kind: 'late' });
const single = fc
  .oneof(
    fc.record({ forward: fc.oneof(fc.constant(PASS), overtakenBy, duplicate), backward: harmless }),
    // A late reply to one of two copies is never let go: the other's ends the waiting.
    fc.record({
      forward: fc.oneof(fc.constant(PASS), overtakenBy),
      backward: fc.oneof(losing, late),
    }),
    fc.constant(LOST),
  )
  .map((plan) => [plan]);
const burst = fc
  .tuple(
    fc.constantFrom<ProbePlan>(LOST, PASSING, { forward: PASS, backward: DROP }),
    fc.integer({ min: 2, max: 8 }),
  )
  .map(([plan, length]) => Array.from({ length }, () => plan));
const anyPlans = fc
  .array(fc.oneof({ weight: 3, arbitrary: single }, burst), {
    minLength: 1,
    maxLength: 20,
    size: 'large' as const,
  })
  .map((parts) => parts.flat());

/** Holds the counts of so many measurements, each over a random plan, to the log. */
export async function assertTruthOfPlans(
  protocol: Reflecting,
  engine: Engine,
  numRuns: number,
): Promise<void> {
  const plans = fc.sample(anyPlans, { seed: SEED, numRuns });
  const measured: Measured[] = [];
  for (let first = 0; first < plans.length; first += AT_A_TIME[engine]) {
    const some = plans.slice(first, first + AT_A_TIME[engine]);
    measured.push(
      ...(await deadline(
        Promise.all(some.map((plan) => measure(protocol, engine, plan))),
        () => `${some.length} measurements from ${first} on`,
      )),
    );
  }
  for (const [index, one] of measured.entries()) {
    try {
      assertTruth(one, protocol);
    } catch (error) {
      throw new Error(`plan ${index}: ${JSON.stringify(plans[index])}`, { cause: error });
    }
  }
  // The plans have something of everything, so that equal counts say something.
  for (const way of ['forward', 'backward'] as const) {
    for (const count of ['lost', 'reordered', 'duplicate'] as const) {
      const total = measured.reduce((sum, { result }) => sum + result[way]![count]!, 0);
      assert.ok(total > plans.length / 4, `only ${total} ${count} ${way}`);
    }
  }
}
