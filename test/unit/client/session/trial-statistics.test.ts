// What a trial of a load counts beyond a session, and when it stops sending.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrialPlan, TrialSummary } from '../../../../src/client/session/trial-statistics.ts';
import { MadeSession } from '../../../helpers/made-session.ts';

const MS = 1e6;

/** A hundred slots, 10 ms apart. */
const SLOTS = 100;
const PLAN = {
  intervalNs: 10 * MS,
  durationNs: 995 * MS,
  timeoutNs: 100 * MS,
};

const PATIENT: TrialPlan = { idleRttNs: 1 * MS, silenceNs: Infinity };

/** A trial, of whose probes each is answered after so long, before the next is due, or never. */
function played(
  delayMs: (slot: number) => number | undefined,
  trial: TrialPlan = PATIENT,
): { made: MadeSession; sent: number } {
  const made = new MadeSession({ ...PLAN, trial });
  let sent = 0;
  for (let slot = 0; slot < SLOTS; slot++) {
    const atNs = slot * PLAN.intervalNs;
    made.sweep(atNs);
    const bytes = made.send(atNs);
    if (bytes === undefined) break;
    sent++;
    const delay = delayMs(slot);
    if (delay !== undefined) made.receive(bytes, atNs + delay * MS);
  }
  return { made, sent };
}

function summaryOf(made: MadeSession): TrialSummary {
  return made.end().trial!;
}

/** A histogram is exact to 1/128. */
function assertNear(actual: number | null, expected: number): void {
  assert.ok(actual !== null && Math.abs(actual - expected) <= expected / 64, String(actual));
}

test('growth is the median of the last quarter minus that of the first', () => {
  // The 13th of each 25 is its median: slots 12 and 87.
  const { made } = played((slot) => 1 + slot / 20);
  const { growthNs, stoppedBy } = summaryOf(made);
  assertNear(growthNs, ((87 - 12) / 20) * MS);
  assert.equal(stoppedBy, null);
});

test('the rate of arrivals is that of the second half, whatever was lost', () => {
  // One in two is answered: 50 a second, 20 ms apart.
  const { made } = played((slot) => (slot % 2 === 0 ? 1 : undefined));
  assertNear(summaryOf(made).arrivalPps, 50);
});

test('one reply that is delayed does not change the rate of arrivals', () => {
  // From slot 50 on, 100 a second: if the first and the last decided, 5 ms of 495 would be a hundredth.
  const { made } = played((slot) => (slot === 50 ? 6 : 1));
  const { arrivalPps } = summaryOf(made);
  assert.ok(Math.abs(arrivalPps! - 100) < 0.15, String(arrivalPps));
});

test('quartiles are those of round-trip times', () => {
  const { made } = played((slot) => (slot % 2 === 0 ? 1 : 5));
  const { iqrNs, lastArrivalNs } = summaryOf(made);
  assertNear(iqrNs, 4 * MS);
  assert.equal(lastArrivalNs, 995 * MS);
});

test('without replies nothing is known', () => {
  const { made } = played(() => undefined, { ...PATIENT, silenceNs: 50 * MS });
  assert.deepEqual(summaryOf(made), {
    growthNs: null,
    arrivalPps: null,
    iqrNs: null,
    lastArrivalNs: null,
    stoppedBy: 'silence',
  });
});

test('it stops at the first slot after so long a silence', () => {
  const { sent } = played(() => undefined, { ...PATIENT, silenceNs: 45 * MS });
  // Slots at 0 to 40 ms; that of 50 ms comes too late.
  assert.equal(sent, 5);
});

test('it stops if more than half of what is settled was lost, of at least twenty', () => {
  const { made, sent } = played((slot) => (slot % 5 === 0 ? 1 : undefined));
  assert.equal(summaryOf(made).stoppedBy, 'loss');
  // The 20th is settled when its time is up, 100 ms after its slot at 190 ms.
  assert.equal(sent, 30);
});

test('half may be lost', () => {
  const { made, sent } = played((slot) => (slot % 2 === 0 ? 1 : undefined));
  assert.equal(summaryOf(made).stoppedBy, null);
  assert.equal(sent, SLOTS);
});

test('it stops after a reply that took a second longer than on the idle path', () => {
  const made = new MadeSession({
    ...PLAN,
    timeoutNs: 5000 * MS,
    durationNs: 9995 * MS,
    trial: PATIENT,
  });
  const bytes = made.send(0)!;
  made.receive(bytes, 1002 * MS);
  assert.equal(made.send(1010 * MS), undefined);
  assert.equal(summaryOf(made).stoppedBy, 'delay');
});

test('it stops at an ICMP error, unless that says that probes are too long', () => {
  const made = new MadeSession({ ...PLAN, trial: PATIENT });
  made.send(0);
  const error = { from: '192.0.2.1', icmpType: 3, icmpCode: 4 };
  made.receiveIcmp({ ...error, systemCode: 'EMSGSIZE' }, 1 * MS);
  assert.notEqual(made.send(10 * MS), undefined);
  made.receiveIcmp({ ...error, systemCode: 'EHOSTUNREACH', icmpCode: 13 }, 11 * MS);
  assert.equal(made.send(20 * MS), undefined);
  assert.equal(summaryOf(made).stoppedBy, 'icmp');
});
