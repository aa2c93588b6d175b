import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Board } from '../../../../src/watch/board/board.ts';
import { STATE_LABEL } from '../../../../src/watch/board/states.ts';
import type { TargetFacts } from '../../../../src/watch/board/watched.ts';
import { noCounts, sentOf, type Counts } from '../../../../src/watch/counts.ts';
import type { FleetMember, WatchTarget } from '../../../../src/watch/target.ts';
import type { TargetStatus } from '../../../../src/watch/watch-view.ts';
import { madeColumn, madeMember, madeTarget } from '../../../helpers/made-watch.ts';
import { holds } from '../../../helpers/property.ts';

/** A board whose clock the test sets, and what others know of its targets. */
class Made {
  nowMs = 1_000_000;
  /** By the clock that never steps; with the other one unless a test parts them. */
  steadyMs = 0;
  engine: 'linux' | 'portable' = 'linux';
  readonly facts = new Map<string, Partial<TargetFacts>>();
  readonly lastReplies = new Map<string, number>();
  board: Board;

  constructor(engine: 'linux' | 'portable' = 'linux') {
    this.board = new Board({
      engine,
      factsOf: (key) => this.#factsOf(key),
      now: () => ({ nowMs: this.nowMs, steadyMs: this.steadyMs }),
    });
  }

  pass(ms: number): void {
    this.nowMs += ms;
    this.steadyMs += ms;
  }

  #factsOf(key: string): TargetFacts {
    return {
      counters: {
        counts: noCounts(),
        rttBuckets: [],
        rttSumNs: 0,
        lastReplyAtMs: this.lastReplies.get(key) ?? null,
      },
      resolveError: null,
      addressChanges: 0,
      resolveFailures: 0,
      ...this.facts.get(key),
    };
  }
}

const TARGET = madeTarget('fra');
const { key: KEY } = TARGET;

interface Case {
  readonly counts: Partial<Counts>;
  readonly hostDropped?: number | null;
  /** Before now; none if it is left out. */
  readonly lastReplyAgoMs?: number;
  readonly engine?: 'linux' | 'portable';
  readonly target?: WatchTarget;
  readonly member?: FleetMember;
}

/** The state after one minute of a probe a second, of which the last column has everything that is counted. */
function stateOf({
  counts,
  hostDropped = 0,
  lastReplyAgoMs,
  engine,
  target = TARGET,
  member,
}: Case) {
  const made = new Made(engine);
  made.board.set([member ?? madeMember(target)]);
  made.pass(60_000);
  if (lastReplyAgoMs !== undefined) made.lastReplies.set(target.key, made.nowMs - lastReplyAgoMs);
  made.board.add([madeColumn(target.key, 1_050_000, { ...counts, hostDropped })]);
  return made.board.statusOf(target.key)!.state;
}

test('each state follows from its counts', () => {
  const rows: readonly (readonly [code: string, Case, words: string])[] = [
    ['WORKS', { counts: { received: 60 } }, 'Works: 0 lost of 60.'],
    [
      'WORKS_WITH_LOSSES',
      { counts: { received: 58, lost: 1, late: 1, lostForward: 1 } },
      'Works with losses: 1 lost, 1 late of 60 (3.33 %), 1 on the way there.',
    ],
    // 5 % of 60 are 3: up to that it works with losses.
    ['WORKS_WITH_LOSSES', { counts: { received: 57, lost: 3 } }, 'Works with losses: 3 lost of 60 (5 %).'],
    ['PARTLY_WORKS', { counts: { received: 56, lost: 4 } }, 'Works in part: 4 lost of 60 (6.67 %).'],
    [
      'NOT_ALL_SENT',
      { counts: { received: 55, sendFailed: 3, lost: 2 } },
      'This host did not send all: the system refused 3 probes.',
    ],
    [
      'NOTHING_SENT',
      { counts: { sendFailed: 59, skipped: 1 } },
      'This host sent nothing: the system refused 59 probes, it was too late for 1 probe.',
    ],
    ['NO_REPLY', { counts: { lost: 60 } }, 'No reply to 60 probes, and never one before.'],
    [
      'NO_REPLY',
      { counts: { lost: 60 }, engine: 'portable' },
      "No reply to 60 probes, and never one before; the portable engine can't tell whether the port is closed.",
    ],
    ['DOWN_NOW', { counts: { lost: 60 }, lastReplyAgoMs: 90_000 }, 'Down: no reply for 90 s.'],
    [
      'NOTHING_LISTENS',
      { counts: { lost: 60, portUnreachable: 60 } },
      'Nothing listens on port 7, or a firewall rejects the probes (60 ICMP "port unreachable").',
    ],
    ['ICMP_ERROR', { counts: { lost: 60, portUnreachable: 1, icmpErrors: 59 } }, '60 ICMP errors came instead of replies.'],
    ['WRONG_PROTOCOL', { counts: { lost: 60, unaltered: 60 } }, 'Port 7 is a plain echo server: 60 probes came back unchanged.'],
    [
      'WRONG_KEY',
      { counts: { lost: 60, unauthenticated: 60 } },
      '60 replies failed HMAC verification: the other end uses another key or none, or something on the path changes them.',
    ],
    ['ALL_LATE', { counts: { late: 60 } }, 'Every reply arrived after the timeout of 1 s (60 of 60).'],
    ['ALTERED', { counts: { lost: 60, corrupted: 60 } }, '60 replies came back altered and none intact.'],
    ['STRAYS', { counts: { lost: 60, stray: 7 } }, '7 datagrams came, and none answers a probe.'],
    // Half of the lost may have been dropped here.
    [
      'UNKNOWN_HERE',
      { counts: { received: 50, lost: 10 }, hostDropped: 5 },
      'The cause is unknown: 10 of 60 probes had no reply, and this host dropped 5 datagrams that may have been replies.',
    ],
    [
      'PARTLY_WORKS',
      { counts: { received: 50, lost: 10 }, hostDropped: 4 },
      'Works in part: 10 lost of 60 (16.7 %), up to 4 by this host.',
    ],
    ['UNKNOWN_HERE', { counts: { lost: 60 }, hostDropped: 60, lastReplyAgoMs: 90_000 },
      'The cause is unknown: 60 of 60 probes had no reply, and this host dropped 60 datagrams that may have been replies.'],
    // Drops without a loss are nobody's trouble.
    ['WORKS', { counts: { received: 60 }, hostDropped: 9 }, 'Works: 0 lost of 60.'],
    ['PARTLY_WORKS', { counts: { received: 50, lost: 10 }, hostDropped: null }, 'Works in part: 10 lost of 60 (16.7 %).'],
    ['STARTING', { counts: { received: 2 } }, 'Too few probes were settled to tell.'],
    ['STARTING', { counts: { unresolved: 60 } }, 'Too few probes were settled to tell.'],
    [
      'UNRESOLVED',
      { counts: { unresolved: 60 }, member: { target: TARGET, address: undefined } },
      'Nothing is sent: fra.example.net has no address yet.',
    ],
    // After a timeout of 1 s, 5 probes of the last 6 s went unanswered: of 50 before, all were.
    ['DOWN_NOW', { counts: { received: 50, lost: 5 }, lastReplyAgoMs: 6000 }, 'Down: no reply for 6 s.'],
    ['PARTLY_WORKS', { counts: { received: 50, lost: 5 }, lastReplyAgoMs: 5900 }, 'Works in part: 5 lost of 55 (9.09 %).'],
    // A path that loses half will be silent for five probes now and then.
    ['PARTLY_WORKS', { counts: { received: 30, lost: 30 }, lastReplyAgoMs: 6000 }, 'Works in part: 30 lost of 60 (50 %).'],
  ]; // prettier-ignore
  for (const [code, given, words] of rows) {
    const state = stateOf(given);
    assert.deepEqual([state.code, state.words], [code, words]);
  }
});

test('silence alone is no outage: what was lost before the last reply proves nothing', () => {
  const made = new Made();
  made.board.set([madeMember(TARGET)]);
  made.pass(60_000);
  made.board.add([madeColumn(KEY, 1_030_000, { received: 0, lost: 10 })]);
  made.board.add([madeColumn(KEY, 1_040_000, { received: 10 })]);
  made.board.add([madeColumn(KEY, 1_050_000, { skipped: 10 })]);
  made.lastReplies.set(KEY, 1_050_000);
  assert.equal(made.board.statusOf(KEY)!.state.code, 'PARTLY_WORKS');
});

test('a state is of the last minute', () => {
  const made = new Made();
  made.board.set([madeMember(TARGET)]);
  made.pass(60_000);
  made.board.add([madeColumn(KEY, 1_000_000, { received: 5, lost: 5 })]);
  for (let at = 1; at <= 5; at++) {
    made.board.add([madeColumn(KEY, 1_000_000 + at * 10_000, { received: 10 })]);
  }
  assert.equal(made.board.statusOf(KEY)!.state.code, 'PARTLY_WORKS');
  assert.deepEqual(pick(made.board.statusOf(KEY)!), { seconds: 60, sent: 60, lost: 5 });
  made.board.add([madeColumn(KEY, 1_060_000, { received: 10 })]);
  assert.equal(made.board.statusOf(KEY)!.state.code, 'WORKS');
  assert.deepEqual(pick(made.board.statusOf(KEY)!), { seconds: 60, sent: 60, lost: 0 });
});

test('a minute that began before the target was added begins with it', () => {
  const made = new Made();
  made.pass(4000);
  made.board.set([madeMember(TARGET)]);
  made.pass(16_000);
  // Columns begin at multiples of ten seconds, the first one four seconds early.
  made.board.add([madeColumn(KEY, 1_000_000, { received: 6 })]);
  made.board.add([madeColumn(KEY, 1_010_000, { received: 10 })]);
  assert.deepEqual(pick(made.board.statusOf(KEY)!), { seconds: 16, sent: 16, lost: 0 });
});

test('a slow target is judged by three probes, however long these take', () => {
  const made = new Made();
  made.board.set([madeMember(madeTarget('fra', { intervalMs: 60_000 }))]);
  made.pass(300_000);
  for (let at = 0; at < 30; at++) {
    made.board.add([madeColumn(KEY, 1_000_000 + at * 10_000, at % 6 === 0 ? { received: 1 } : {})]);
  }
  // Columns 12, 18 and 24 have one each: from the start of the first of them to the end of all.
  assert.deepEqual(pick(made.board.statusOf(KEY)!), { seconds: 180, sent: 3, lost: 0 });
  assert.equal(made.board.statusOf(KEY)!.state.code, 'WORKS');
});

test('columns that are not final count, and give way to those that are', () => {
  const made = new Made();
  made.board.set([madeMember(TARGET)]);
  made.board.add([madeColumn(KEY, 1_000_000, { received: 10 })]);
  made.pass(14_000);
  made.board.setOpen([madeColumn(KEY, 1_010_000, { received: 4, isFinal: false })]);
  assert.deepEqual(pick(made.board.statusOf(KEY)!), { seconds: 14, sent: 14, lost: 0 });
  assert.equal(made.board.statusOf(KEY)!.recent.length, 2);
  made.board.add([madeColumn(KEY, 1_010_000, { received: 9, lost: 1 })]);
  assert.deepEqual(pick(made.board.statusOf(KEY)!), { seconds: 20, sent: 20, lost: 1 });
  assert.deepEqual(
    made.board.statusOf(KEY)!.recent.map(({ startMs, isFinal }) => [startMs, isFinal]),
    [[1_000_000, true], [1_010_000, true]],
  ); // prettier-ignore
  assert.equal(sentOf(made.board.totalsOf(KEY)!.counts), 20);
});

test('percentiles are those of all replies of the stretch', () => {
  const made = new Made();
  made.board.set([madeMember(TARGET)]);
  made.board.add([madeColumn(KEY, 1_000_000, { received: 98, rttNs: 100_000 })]);
  made.board.add([madeColumn(KEY, 1_010_000, { received: 2, rttNs: 50_000_000 })]);
  const { p50Ns, p99Ns } = made.board.statusOf(KEY)!.window;
  // The upper end of the row that holds it: at most 1/32 above.
  assert.ok(p50Ns! >= 100_000 && p50Ns! <= 103_125, String(p50Ns));
  assert.ok(p99Ns! >= 50_000_000 && p99Ns! <= 51_562_500, String(p99Ns));
  assert.deepEqual(made.board.totalsOf(KEY)!.p99Ns, p99Ns);
});

test('half a minute without news is a state of its own, whatever was known', () => {
  const made = new Made();
  made.board.set([madeMember(TARGET)]);
  made.board.add([madeColumn(KEY, 1_000_000, { received: 10 })]);
  // Beside the 30 s, a probe may be due a second later, and settled two after that.
  made.pass(33_000);
  assert.equal(made.board.statusOf(KEY)!.state.code, 'WORKS');
  made.pass(1);
  assert.equal(made.board.statusOf(KEY)!.state.code, 'STALE');
  made.board.add([madeColumn(KEY, 1_030_000, { received: 10 })]);
  assert.equal(made.board.statusOf(KEY)!.state.code, 'WORKS');
  // A host that slept does not know for how long.
  made.board.forgetNews();
  assert.equal(made.board.statusOf(KEY)!.state.code, 'STALE');
});

test('a state is there since it began, whatever else changes', () => {
  const made = new Made();
  made.board.set([madeMember(TARGET)]);
  assert.equal(made.board.statusOf(KEY)!.state.sinceMs, 1_000_000);
  made.pass(10_000);
  made.board.add([madeColumn(KEY, 1_000_000, { received: 10 })]);
  assert.equal(made.board.statusOf(KEY)!.state.sinceMs, 1_010_000);
  made.pass(10_000);
  made.board.add([madeColumn(KEY, 1_010_000, { received: 10 })]);
  assert.equal(made.board.statusOf(KEY)!.state.sinceMs, 1_010_000);
  // It is down since its last reply, and not since somebody noticed.
  made.lastReplies.set(KEY, 1_020_000);
  made.pass(20_000);
  made.board.add([madeColumn(KEY, 1_020_000, { lost: 10 })]);
  const { state } = made.board.statusOf(KEY)!;
  assert.deepEqual([state.code, state.sinceMs], ['DOWN_NOW', 1_020_000]);
});

test('a clock that is set makes no number absurd', () => {
  const made = new Made();
  made.board.set([madeMember(TARGET)]);
  made.board.add([madeColumn(KEY, 1_000_000, { received: 10 })]);
  made.lastReplies.set(KEY, 1_009_000);
  // An hour back: the wall clock alone.
  made.nowMs -= 3_600_000;
  made.board.setOpen([madeColumn(KEY, 1_010_000 - 3_600_000, { received: 4, isFinal: false })]);
  const back = made.board.statusOf(KEY)!;
  assert.equal(back.state.code, 'WORKS');
  // The stretch ends where the clock was set.
  assert.equal(back.window.sent, 4);
  assert.ok(back.window.seconds >= 0 && back.window.seconds <= 10, String(back.window.seconds));
  // An hour ahead: the last reply seems to be long ago, and nothing was lost.
  made.nowMs += 7_200_000;
  assert.equal(made.board.statusOf(KEY)!.state.code, 'WORKS');
});

test('the worst comes first, in an order that is total and the same each time', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const given = fc.array(
    fc.record({
      name: fc.constantFrom(...names),
      received: fc.nat(20),
      lost: fc.nat(20),
      late: fc.nat(3),
      sendFailed: fc.nat(3),
    }),
    { maxLength: 30 },
  );
  holds(
    fc.property(given, fc.array(fc.nat(5)), (columns, order) => {
      const orders = [names, [...new Set([...order, 0, 1, 2, 3, 4, 5])].map((at) => names[at]!)];
      const [one, other] = orders.map((added) => {
        const made = new Made();
        made.board.set(added.map((name) => madeMember(madeTarget(name))));
        for (const [at, { name, ...counts }] of columns.entries()) {
          made.board.add([madeColumn(`${name} default`, at * 10_000, counts)]);
        }
        return made.board.statuses;
      });
      const keys = (statuses: readonly TargetStatus[]): string[] =>
        statuses.map(({ target }) => target.key);
      assert.deepEqual(keys(one!), keys(other!));
      const ranks = one!.map(({ state }) => Object.keys(STATE_LABEL).indexOf(state.code));
      assert.deepEqual(
        ranks,
        [...ranks].sort((a, b) => a - b),
      );
      assert.ok(ranks.every((rank) => rank >= 0));
    }),
    200,
  );
});

test('a target that leaves is forgotten, and one that stays keeps what is known', () => {
  const made = new Made();
  const other = madeTarget('ams');
  made.board.set([madeMember(TARGET), madeMember(other)]);
  made.board.add([madeColumn(KEY, 1_000_000, { received: 10 })]);
  made.board.add([madeColumn(other.key, 1_000_000, { received: 10 })]);
  made.board.set([madeMember(TARGET, '192.0.2.8')]);
  assert.deepEqual(made.board.statuses.map(({ target }) => target.key), [KEY]); // prettier-ignore
  const { address, state } = made.board.statusOf(KEY)!;
  assert.deepEqual([address!.address, state.code], ['192.0.2.8', 'WORKS']);
  // Of one that left, columns may still come.
  made.board.add([madeColumn(other.key, 1_010_000, { received: 10 })]);
  assert.equal(made.board.statusOf(other.key), undefined);
});

test('no column, ratio or percentile is ever out of its range', () => {
  const counts = fc.record({
    received: fc.nat(1000),
    lost: fc.nat(1000),
    late: fc.nat(1000),
    sendFailed: fc.nat(1000),
    skipped: fc.nat(1000),
    portUnreachable: fc.nat(5),
    icmpErrors: fc.nat(5),
    hostDropped: fc.option(fc.nat(2000)),
    step: fc.integer({ min: -400, max: 400 }),
  });
  holds(
    fc.property(fc.array(counts, { maxLength: 20 }), (columns) => {
      const made = new Made();
      made.board.set([madeMember(TARGET)]);
      let startMs = 1_000_000;
      for (const { step, ...given } of columns) {
        made.board.add([madeColumn(KEY, startMs, given)]);
        startMs += 10_000 * step;
        made.nowMs = startMs;
        const { window, state } = made.board.statusOf(KEY)!;
        assert.equal(window.sent, window.received + window.late + window.lost);
        assert.ok(window.lossRatio === null || (window.lossRatio >= 0 && window.lossRatio <= 1));
        assert.ok(window.seconds >= 0 && window.seconds <= 1800, String(window.seconds));
        assert.ok(
          state.words.length > 0 && !/NaN|undefined|null|-\d/.test(state.words),
          state.words,
        );
      }
    }),
    300,
  );
});

function pick({ window: { seconds, sent, lost } }: TargetStatus): object {
  return { seconds, sent, lost };
}
