// The prober over a hub without sockets, whose times are made up.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../../src/random.ts';
import { noCounts, sentOf, type Counts } from '../../../../src/watch/counts.ts';
import type { FleetMember } from '../../../../src/watch/target.ts';
import { memberOf, type MemberOptions } from '../../../helpers/made-fleet.ts';
import { SimulatedFleet } from '../../../helpers/simulated-fleet.ts';
import type { SimulatedProbe } from '../../../helpers/simulated-hub.ts';

const MS = 1e6;
const SECOND = 1e9;

const PLAN = { address: '192.0.2.1', port: 7, intervalMs: 100, timeoutMs: 250 };

function counts(some: Partial<Counts>): Counts {
  return { ...noCounts(), ...some };
}

/** One target, of whose probes the first so many have a fate of their own. */
function simulate(
  fates: readonly ((probe: SimulatedProbe, simulated: SimulatedFleet) => void)[],
  options: Partial<MemberOptions> = {},
): SimulatedFleet {
  const simulated = new SimulatedFleet();
  let sent = 0;
  simulated.hub.onProbe = (probe) => {
    fates[sent++]?.(probe, simulated);
  };
  const member = memberOf('one', { ...PLAN, ...options });
  simulated.fleet.set([member]);
  simulated.runUntil((fates.length * member.target.probe.intervalMs + 50) * MS);
  while (sent < fates.length) simulated.runUntil(simulated.hub.nowNs + 10 * MS);
  simulated.stop();
  assert.deepEqual(simulated.sumOf('one'), simulated.countsOf('one'));
  return simulated;
}

function answeredAfter(ms: number): (probe: SimulatedProbe, simulated: SimulatedFleet) => void {
  return (probe, { hub }) => {
    hub.reply(probe, probe.atNs + ms * MS);
  };
}

const lost = (): void => undefined;

test('a reply within the timeout is in time, within twice that late, and after that a stray', () => {
  const simulated = simulate([
    ...[answeredAfter(1), answeredAfter(249), answeredAfter(251), answeredAfter(499)],
    ...[answeredAfter(501), lost],
  ]);
  const expected = { received: 2, late: 2, lost: 2, stray: 1 };
  const { reordered, ...rest } = simulated.countsOf('one');
  assert.deepEqual({ ...rest, reordered: 0 }, counts(expected));
  assert.equal(reordered, 0);
  const { rttBuckets, rttSumNs } = simulated.fleet.countersOf('one')!;
  assert.equal(rttSumNs, 250 * MS);
  // 1 ms is above 25 µs · 2^5, and 249 ms above 25 µs · 2^13.
  assert.deepEqual([rttBuckets[6], rttBuckets[14]], [1, 1]);
});

test('a reply in time counts at once, a lost probe at twice its timeout', () => {
  const simulated = new SimulatedFleet();
  const sentAtNs: number[] = [];
  simulated.hub.onProbe = (probe) => {
    sentAtNs.push(probe.atNs);
    if (sentAtNs.length === 1) simulated.hub.reply(probe, probe.atNs + MS);
  };
  simulated.fleet.set([memberOf('one', PLAN)]);
  simulated.runUntil(SECOND / 10 + 50 * MS);
  while (sentAtNs.length < 2) simulated.runUntil(simulated.hub.nowNs + MS);
  assert.deepEqual(simulated.countsOf('one'), counts({ received: 1 }));
  simulated.runUntil(sentAtNs[1]! + 499 * MS);
  assert.equal(simulated.countsOf('one').lost, 0);
  simulated.runUntil(sentAtNs[1]! + 501 * MS);
  assert.equal(simulated.countsOf('one').lost, 1);
});

test('a second reply is a duplicate, and one that was overtaken is reordered', () => {
  const twice = (probe: SimulatedProbe, { hub }: SimulatedFleet): void => {
    hub.reply(probe, probe.atNs + MS);
    hub.reply(probe, probe.atNs + 2 * MS);
  };
  const simulated = simulate([twice, answeredAfter(150), answeredAfter(1)]);
  assert.deepEqual(simulated.countsOf('one'), counts({ received: 3, duplicate: 1, reordered: 1 }));
});

test('a changed reply is corrupted, and its probe lost', () => {
  const changed = (probe: SimulatedProbe, { hub }: SimulatedFleet): void => {
    hub.reply(
      probe,
      probe.atNs + MS,
      probe.bytes.map((byte, at) => (at === 50 ? byte ^ 1 : byte)),
    );
  };
  assert.deepEqual(simulate([changed]).countsOf('one'), counts({ corrupted: 1, lost: 1 }));
});

test('an ICMP error names a lost probe by its sender, and a reply proves it wrong', () => {
  const refused = (probe: SimulatedProbe, { hub }: SimulatedFleet): void => {
    hub.refuse(probe, probe.atNs + MS);
  };
  const byRouter = (probe: SimulatedProbe, { hub }: SimulatedFleet): void => {
    hub.refuse(probe, probe.atNs + MS, '198.51.100.1');
  };
  const refusedAndAnswered = (probe: SimulatedProbe, { hub }: SimulatedFleet): void => {
    hub.refuse(probe, probe.atNs + MS);
    hub.reply(probe, probe.atNs + 2 * MS);
  };
  assert.deepEqual(
    simulate([refused, byRouter, refusedAndAnswered]).countsOf('one'),
    counts({ received: 1, lost: 2, portUnreachable: 1, icmpErrors: 1 }),
  );
});

test('a probe that could not be sent is in no other count', () => {
  const failed = ({ ticket }: SimulatedProbe, { hub }: SimulatedFleet): void => {
    hub.failSend(ticket);
  };
  const { fleet, ...simulated } = simulate([failed, answeredAfter(1)]);
  assert.ok(simulated.columns.length > 0);
  assert.deepEqual(fleet.countersOf('one')!.counts, counts({ received: 1, sendFailed: 1 }));
});

test('a kernel timestamp shortens the round trip, and one of a former session is nobody’s', () => {
  const simulated = new SimulatedFleet();
  const probes: SimulatedProbe[] = [];
  simulated.hub.onProbe = (probe) => {
    probes.push(probe);
    if (probe.to.port !== 8) return;
    // Those of the former session come now: late, and with the number that a probe of this one has.
    simulated.hub.stamp(probes[0]!.ticket, probe.atNs + 2 * MS, probe.atNs + 3 * MS);
    simulated.hub.stamp(probe.ticket, probe.atNs + MS, probe.atNs + 3 * MS);
    simulated.hub.reply(probe, probe.atNs + 5 * MS);
  };
  simulated.fleet.set([memberOf('one', PLAN)]);
  simulated.runUntil(100 * MS);
  assert.equal(probes.length, 1);
  simulated.fleet.set([memberOf('one', { ...PLAN, port: 8 })]);
  simulated.runUntil(200 * MS);
  simulated.stop();
  assert.equal(simulated.fleet.countersOf('one')!.rttSumNs, 4 * MS);
  assert.deepEqual(simulated.countsOf('one'), counts({ received: 1, abandoned: 1 }));
});

test('while the send buffer is crowded, what nothing shows to have left is not added to', () => {
  const simulated = new SimulatedFleet();
  const probes: SimulatedProbe[] = [];
  simulated.hub.onProbe = (probe) => {
    probes.push(probe);
    if (probe.to.port === 8) simulated.hub.reply(probe, probe.atNs + MS);
  };
  simulated.fleet.set([memberOf('dead', PLAN), memberOf('good', { ...PLAN, port: 8 })]);
  simulated.runUntil(SECOND);
  assert.equal(simulated.countsOf('dead').sendFailed, 0);
  simulated.hub.side.isFull = true;
  simulated.runUntil(2 * SECOND);
  const { sendFailed } = simulated.countsOf('dead');
  // One more whenever one is given up: ten slots, of which twice the timeout takes five.
  assert.ok(sendFailed >= 6 && sendFailed <= 9, String(sendFailed));
  assert.equal(simulated.countsOf('good').sendFailed, 0);
  simulated.hub.side.isFull = false;
  simulated.runUntil(3 * SECOND);
  simulated.stop();
  assert.equal(simulated.countsOf('dead').sendFailed, sendFailed);
  assert.equal(sentOf(simulated.countsOf('good')), simulated.countsOf('good').received);
});

test('slots that are more than an interval late are skipped, and never made up for', () => {
  const simulated = new SimulatedFleet();
  const sentAtNs: number[] = [];
  simulated.hub.onProbe = (probe) => {
    sentAtNs.push(probe.atNs);
    simulated.hub.reply(probe, probe.atNs + 1);
  };
  simulated.fleet.set([memberOf('one', PLAN)]);
  simulated.runUntil(SECOND);
  const before = sentAtNs.length;
  // Nothing runs for a second.
  simulated.hub.nowNs = 2 * SECOND;
  simulated.prober.turn();
  assert.equal(sentAtNs.length, before + 1);
  simulated.runUntil(3 * SECOND);
  simulated.stop();
  const { skipped, received } = simulated.countsOf('one');
  assert.equal(skipped, 9);
  assert.equal(received + skipped, 30);
  assert.equal(simulated.events.length, 0);
});

test('sequence numbers go beyond 2^16, and a late ticket still finds its probe', () => {
  const simulated = new SimulatedFleet();
  let sent = 0;
  simulated.hub.onProbe = (probe) => {
    sent++;
    if (sent % 1000 === 0) simulated.hub.failSend(probe.ticket);
    else simulated.hub.reply(probe, probe.atNs + 1);
  };
  simulated.fleet.set([
    memberOf('one', { ...PLAN, intervalMs: 10, timeoutMs: 20, payloadBytes: 44 }),
  ]);
  simulated.runUntil(700 * SECOND);
  simulated.stop();
  assert.ok(sent > 2 ** 16);
  const { received, sendFailed } = simulated.countsOf('one');
  assert.deepEqual(
    [received, sendFailed],
    [sent - Math.floor(sent / 1000), Math.floor(sent / 1000)],
  );
});

test('columns are of 10 s of wall time, by when probes were sent', () => {
  const simulated = new SimulatedFleet();
  simulated.hub.wallMs = 1_700_000_003_000;
  // The reply to what was sent in one column comes in the next.
  simulated.hub.onProbe = (probe) => {
    simulated.hub.reply(probe, probe.atNs + 900 * MS);
  };
  simulated.fleet.set([memberOf('one', { ...PLAN, intervalMs: 1000, timeoutMs: 1000 })]);
  simulated.runUntil(30 * SECOND);
  const starts = simulated.columns.map(({ startMs }) => startMs - 1_700_000_000_000);
  assert.deepEqual(starts, [0, 10_000, 20_000]);
  assert.deepEqual(
    simulated.columns.map(({ counts: { received } }) => received),
    [7, 10, 10],
  );
  // One message for all that is known in a second.
  assert.equal(simulated.messages, 3);
  simulated.stop();
  assert.equal(simulated.sumOf('one').received, 30);
});

test('drops of this host are in the columns of all targets that share the sockets', () => {
  const simulated = new SimulatedFleet();
  simulated.fleet.set([memberOf('one', PLAN), memberOf('two', { port: 7 })]);
  simulated.runUntil(500 * MS);
  simulated.hub.side.drops = 3;
  simulated.runUntil(2 * SECOND);
  simulated.stop();
  assert.deepEqual(
    simulated.columns.map(({ key, hostDropped }) => [key, hostDropped]),
    [
      ['one', 3],
      ['two', 0],
    ],
  );
  assert.deepEqual(
    simulated.events.map(({ kind }) => kind),
    ['host_dropped'],
  );
  assert.deepEqual(simulated.fleet.counters.hostDropped, { ipv4: 3, ipv6: 0 });
});

test('starts are spread over the interval, and edits of the list move nobody', () => {
  const simulated = new SimulatedFleet();
  const sentAtNs = new Map<number, number[]>();
  simulated.hub.onProbe = ({ to, atNs }) => {
    sentAtNs.set(to.port, [...(sentAtNs.get(to.port) ?? []), atNs]);
  };
  const members = Array.from({ length: 200 }, (_, index) =>
    memberOf(`target ${index}`, { ...PLAN, port: 1000 + index, intervalMs: 1000 }),
  );
  simulated.fleet.set(members);
  simulated.runUntil(SECOND);
  const starts = [...sentAtNs.values()].map(([first]) => first!);
  assert.equal(starts.length, 200);
  assert.equal(new Set(starts).size, 200);
  // Of 200 in a second, 20 are expected in a tenth of it.
  const tenths = Array.from(
    { length: 10 },
    (_, tenth) => starts.filter((atNs) => Math.floor(atNs / (100 * MS)) === tenth).length,
  );
  assert.ok(Math.max(...tenths) < 40, tenths.join(' '));
  simulated.fleet.set(members.slice(100));
  simulated.runUntil(2 * SECOND);
  for (const [port, [first, second]] of sentAtNs) {
    assert.equal(second, port < 1100 ? undefined : first! + SECOND);
  }
});

interface Sent {
  readonly atNs: number;
  /** When its reply comes; Infinity never. */
  readonly repliedNs: number;
  readonly failed: boolean;
}

/** What a target's counts must be: of each probe it is known when it was sent and when its reply came. */
class Model {
  readonly counts = noCounts();
  #open: Sent[] = [];

  add(sent: Sent): void {
    if (sent.failed) this.counts.sendFailed++;
    else this.#open.push(sent);
  }

  /** Everything up to now is known, and what is open then is waited for no more. */
  abandon(nowNs: number, timeoutNs: number): void {
    for (const probe of this.#open.splice(0)) this.counts[fateOf(probe, nowNs, timeoutNs)]++;
  }
}

function fateOf({ atNs, repliedNs }: Sent, nowNs: number, timeoutNs: number): keyof Counts {
  const delayNs = repliedNs - atNs;
  if (repliedNs <= nowNs && delayNs <= timeoutNs) return 'received';
  if (repliedNs <= nowNs && delayNs <= 2 * timeoutNs) return 'late';
  return nowNs - atNs > 2 * timeoutNs ? 'lost' : 'abandoned';
}

test('random edits of the list and random fates give the counts that a simple model gives', () => {
  const random = new Random(16);
  const simulated = new SimulatedFleet();
  const { hub } = simulated;
  const models = new Map<string, Model>();
  const members = new Map<string, FleetMember>();
  const finished = new Map<string, Counts>();
  let names = 0;
  hub.onProbe = (probe) => {
    const key = [...members].find(([, { address }]) => address?.port === probe.to.port)![0];
    const failed = random.next() < 0.02;
    const isLost = random.next() < 0.1;
    const repliedNs = isLost ? Infinity : probe.atNs + Math.ceil(random.next() ** 4 * 800 * MS);
    models.get(key)!.add({ atNs: probe.atNs, repliedNs, failed });
    if (failed) hub.failSend(probe.ticket);
    else if (repliedNs < Infinity) hub.reply(probe, repliedNs);
  };
  const timeoutNsOf = (key: string): number => members.get(key)!.target.probe.timeoutMs * MS;
  const newMember = (key: string): FleetMember => {
    // An address that no other has had lately: only so the model knows whose a reply is.
    const port = 1 + (names++ % 60_000);
    const timeoutMs = 50 + Math.floor(random.next() * 200);
    return memberOf(key, {
      ...PLAN,
      port,
      timeoutMs,
      intervalMs: 20 + Math.floor(random.next() * 200),
    });
  };
  for (let edit = 0; edit < 600; edit++) {
    simulated.runUntil(hub.nowNs + Math.ceil(random.next() * 200 * MS));
    const keys = [...members.keys()];
    const key = keys[Math.floor(random.next() * keys.length)];
    const kind = random.next();
    if (key === undefined || (kind < 0.4 && keys.length < 40)) {
      const added = `target ${names}`;
      models.set(added, new Model());
      members.set(added, newMember(added));
    } else {
      models.get(key)!.abandon(hub.nowNs, timeoutNsOf(key));
      if (kind < 0.7) {
        members.delete(key);
        finished.set(key, models.get(key)!.counts);
      } else members.set(key, newMember(key));
    }
    simulated.fleet.set([...members.values()]);
    for (const [watched] of members) {
      const { lostForward, lostBackward, ...now } = simulated.countsOf(watched);
      assert.ok(lostForward + lostBackward <= now.lost);
    }
  }
  simulated.stop();
  for (const key of members.keys()) models.get(key)!.abandon(Infinity, timeoutNsOf(key));
  for (const [key, model] of models) {
    const { received, late, lost: gone, sendFailed, abandoned } = simulated.sumOf(key);
    const { received: a, late: b, lost: c, sendFailed: d, abandoned: e } = model.counts;
    assert.deepEqual([received, late, gone, sendFailed, abandoned], [a, b, c, d, e], key);
    if (!finished.has(key)) assert.deepEqual(simulated.sumOf(key), simulated.countsOf(key));
  }
  // Places of peers are used again: 40 targets at a time, and as many whose replies may still come.
  assert.ok(hub.side.peers.length < 100, String(hub.side.peers.length));
  const sent = [...models.keys()].map((key) => sentOf(simulated.sumOf(key)));
  assert.ok(sent.reduce((sum, count) => sum + count) > 5000);
});
