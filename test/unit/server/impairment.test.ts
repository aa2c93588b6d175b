import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { IMPAIRMENT } from '../../../src/options/impairment.ts';
import {
  IMPAIRMENT_MEANING,
  IMPAIRMENTS,
  type Impairment,
  type ImpairmentPlan,
} from '../../../src/impairment/impairments.ts';
import { ImpairedNetwork, withheldBy } from '../../../src/server/impairment.ts';
import { ANSWER, type DatagramBatch } from '../../../src/socket/datagram-batch.ts';
import { until } from '../../helpers/deadline.ts';
import { MadeBatch } from '../../helpers/made-batch.ts';

const CLIENT = { address: '192.0.2.7', port: 50_139 };

type Counts = Readonly<Record<Impairment, number>>;

/** An impaired network, and what leaves it. */
class Box {
  readonly network: ImpairedNetwork;
  /** Payloads that left late or twice, in the order in which they did. */
  readonly released: Buffer[] = [];
  readonly #cells = new Float64Array(IMPAIRMENTS.length);

  constructor(plan: ImpairmentPlan) {
    this.network = new ImpairedNetwork(plan, this.#cells);
  }

  /** Applies the plan; resolves with which of the payloads leave at once. */
  apply(payloads: readonly Uint8Array[], batch = batchOf(payloads)): readonly boolean[] {
    this.network.apply(batch);
    return payloads.map((_, index) => batch.verdicts[index] === ANSWER);
  }

  release(): void {
    this.network.release({
      send: (batch: DatagramBatch) => {
        const offset = batch.offsetOf(0);
        const end = offset + batch.lengths[0]!;
        this.released.push(Buffer.from(batch.bytesOf(0).subarray(offset, end)));
      },
    });
  }

  /** Releases until nothing is held back. */
  async drain(): Promise<void> {
    await until(() => {
      this.release();
      return this.network.dueInMs === undefined;
    }, 'the replies held back to be released');
  }

  get counts(): Counts {
    return Object.fromEntries(IMPAIRMENTS.map((name, at) => [name, this.#cells[at]!])) as Record<
      Impairment,
      number
    >;
  }
}

function batchOf(payloads: readonly Uint8Array[]): MadeBatch {
  return new MadeBatch(payloads.map((payload) => ({ ...CLIENT, payload })));
}

function numbered(count: number): Buffer[] {
  return Array.from({ length: count }, (_, number) => {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(number);
    return payload;
  });
}

const NOTHING: Counts = {
  lost: 0,
  blackout: 0,
  delayed: 0,
  duplicated: 0,
  reordered: 0,
  corrupted: 0,
  overflowed: 0,
};

test('an empty plan lets everything pass as it is', () => {
  const box = new Box({});
  const payloads = numbered(1000);
  const batch = batchOf(payloads);
  assert.ok(box.apply(payloads, batch).every(Boolean));
  assert.deepEqual(batch.arena, Buffer.concat(payloads));
  assert.deepEqual(box.counts, NOTHING);
  assert.equal(box.network.dueInMs, undefined);
});

test('what admission refused is passed over', () => {
  const box = new Box({ lossRatio: 1 });
  const batch = batchOf(numbered(3));
  batch.verdicts[1] = 3;
  box.network.apply(batch);
  assert.equal(batch.verdicts[1], 3);
  assert.deepEqual(box.counts, { ...NOTHING, lost: 2 });
});

/** The draws of n datagrams, each with chance p: n × p, give or take five standard deviations. */
const DRAWS = 10_000;

// By hand, standard deviation √(n p (1 − p)): √(10,000 × 0.1 × 0.9) = 30, √(10,000 × 0.5 × 0.5) = 50,
// √(10,000 × 0.01 × 0.99) = 9.95.
const RATIOS: readonly [ratio: number, expected: number, fiveDeviations: number][] = [
  [0.1, 1000, 150],
  [0.5, 5000, 250],
  [0.01, 100, 50],
  [0, 0, 0],
  [1, 10_000, 0],
];

const BY_RATIO = [
  ['lossRatio', 'lost'],
  ['duplicateRatio', 'duplicated'],
  ['reorderRatio', 'reordered'],
  ['corruptRatio', 'corrupted'],
] as const;

for (const [field, counter] of BY_RATIO) {
  for (const [ratio, expected, fiveDeviations] of RATIOS) {
    test(`${field} ${ratio} is what happens to ${expected} of ${DRAWS} ± ${fiveDeviations}`, () => {
      const box = new Box({ [field]: ratio, seed: 862 });
      box.apply(numbered(DRAWS));
      const { [counter]: count, ...others } = box.counts;
      assert.ok(Math.abs(count - expected) <= fiveDeviations, `${counter}: ${count}`);
      const { [counter]: _, ...nothing } = NOTHING;
      assert.deepEqual(others, nothing);
    });
  }
}

/** The fates of datagrams under a plan: which leave at once, and what was counted. */
function fates(plan: ImpairmentPlan, batchSize = 1000): readonly boolean[] {
  const box = new Box(plan);
  const payloads = numbered(1000);
  const passed: boolean[] = [];
  for (let at = 0; at < payloads.length; at += batchSize) {
    passed.push(...box.apply(payloads.slice(at, at + batchSize)));
  }
  return passed;
}

test('the same seed gives the n-th datagram the same fate, however batches fall', () => {
  const plan = { lossRatio: 0.3, seed: 42 };
  assert.deepEqual(fates(plan), fates(plan));
  assert.deepEqual(fates(plan, 1), fates(plan));
  assert.deepEqual(fates(plan, 64), fates(plan));
});

test('another seed gives other fates, and no seed is seed 1', () => {
  assert.notDeepEqual(fates({ lossRatio: 0.3, seed: 42 }), fates({ lossRatio: 0.3, seed: 43 }));
  assert.deepEqual(fates({ lossRatio: 0.3 }), fates({ lossRatio: 0.3, seed: 1 }));
});

test('one impairment does not shift the fates of another', () => {
  const alone = fates({ lossRatio: 0.3, seed: 42 });
  const among = { lossRatio: 0.3, seed: 42, corruptRatio: 0.5, duplicateRatio: 0.5 };
  assert.deepEqual(fates(among), alone);
});

test('a field that is there and undefined has its default', async () => {
  // As JavaScript may write it; the compiler would not let it pass.
  const undefinedFields = Object.fromEntries([
    ['jitterMs', undefined],
    ['seed', undefined],
  ]);
  const box = new Box({ delayMs: 1, lossRatio: 0.3, ...undefinedFields });
  box.apply(numbered(1000));
  const same = new Box({ delayMs: 1, lossRatio: 0.3 });
  same.apply(numbered(1000));
  assert.deepEqual(box.counts, same.counts);
  assert.equal(box.counts.delayed + box.counts.lost, 1000);
  await box.drain();
});

test('a corrupted reply has one bit flipped, anywhere in it, and its length', () => {
  const box = new Box({ corruptRatio: 1, seed: 1 });
  const flipped = new Set<number>();
  for (let round = 0; round < 500; round++) {
    const batch = batchOf([Buffer.alloc(4)]);
    box.network.apply(batch);
    assert.equal(batch.lengths[0], 4);
    const word = batch.arena.readUInt32BE();
    // One bit: a power of two.
    assert.ok(word !== 0 && (word & (word - 1)) === 0, word.toString(2));
    flipped.add(word);
  }
  // 32 bits, 500 draws: that one is never drawn has a chance of 32 × (31/32)^500 = 4 in a million.
  assert.equal(flipped.size, 32);
});

test('an empty reply has nothing to corrupt, and the next one is left as it is', () => {
  const box = new Box({ corruptRatio: 1 });
  const batch = batchOf([Buffer.alloc(0), Buffer.from('x')]);
  batch.verdicts[1] = 1;
  box.network.apply(batch);
  assert.deepEqual(box.counts, NOTHING);
  assert.equal(batch.payloadOf(1).toString(), 'x');
});

test('a duplicate is a copy that follows, also where the batch is used again', async () => {
  const box = new Box({ duplicateRatio: 1 });
  const batch = batchOf([Buffer.from('first'), Buffer.from('other')]);
  assert.deepEqual(box.apply(numbered(2), batch), [true, true]);
  batch.arena.fill(0);
  await box.drain();
  assert.deepEqual(box.released.map(String), ['first', 'other']);
});

test('what is delayed leaves later, once, in the order in which it came', async () => {
  const box = new Box({ delayMs: 5 });
  const payloads = numbered(300);
  for (let at = 0; at < payloads.length; at += 100) {
    assert.ok(!box.apply(payloads.slice(at, at + 100)).some(Boolean));
  }
  assert.ok(box.network.dueInMs !== undefined && box.network.dueInMs <= 5);
  await box.drain();
  assert.deepEqual(box.released, payloads);
  assert.deepEqual(box.counts, { ...NOTHING, delayed: 300 });
});

test('what is not due yet stays', () => {
  const box = new Box({ delayMs: 60_000 });
  box.apply(numbered(3));
  box.release();
  assert.deepEqual(box.released, []);
  assert.ok(box.network.dueInMs! > 0 && box.network.dueInMs! <= 60_000);
});

test('a reply that is reordered is overtaken by those behind it', async () => {
  // Under this plan each reply is as likely to be held as not.
  const box = new Box({ reorderRatio: 0.5, delayMs: 1, seed: 3 });
  const payloads = numbered(100);
  box.apply(payloads);
  await box.drain();
  const { reordered } = box.counts;
  const order = box.released.map((payload) => payload.readUInt32BE());
  assert.equal(order.length, 100);
  // The others in their order, then those that were held, in theirs.
  const others = order.slice(0, 100 - reordered);
  const held = order.slice(100 - reordered);
  assert.deepEqual(
    others,
    others.toSorted((a, b) => a - b),
  );
  assert.deepEqual(
    held,
    held.toSorted((a, b) => a - b),
  );
  assert.ok(held[0]! < others.at(-1)!);
});

test('jitter spreads the delay around it, never below none', async () => {
  const box = new Box({ delayMs: 1, jitterMs: 4, seed: 5 });
  const payloads = numbered(1000);
  const passed = box.apply(payloads).filter(Boolean).length;
  // Drawn evenly from −3 to 5 ms: three of eight leave at once, 375 ± 5 × √(1000 × 3/8 × 5/8) = 77.
  assert.ok(Math.abs(passed - 375) <= 77, `${passed}`);
  assert.equal(box.counts.delayed, 1000 - passed);
  await box.drain();
  assert.equal(box.released.length, 1000 - passed);
  assert.notDeepEqual(
    box.released,
    box.released.toSorted((a, b) => a.readUInt32BE() - b.readUInt32BE()),
  );
});

test('a reply can be delayed, duplicated and corrupted at once', async () => {
  const box = new Box({ delayMs: 1, duplicateRatio: 1, corruptRatio: 1 });
  assert.deepEqual(box.apply([Buffer.alloc(1)]), [false]);
  await box.drain();
  assert.equal(box.released.length, 2);
  assert.deepEqual(box.released[0], box.released[1]);
  assert.notEqual(box.released[0]![0], 0);
  assert.deepEqual(box.counts, { ...NOTHING, delayed: 1, duplicated: 1, corrupted: 1 });
});

test('no more than 16,384 replies are held back; the rest is not sent, and counted', () => {
  const box = new Box({ delayMs: 60_000 });
  box.apply(numbered(16_384));
  assert.equal(box.counts.overflowed, 0);
  assert.deepEqual(box.apply(numbered(3)), [false, false, false]);
  assert.equal(box.counts.overflowed, 3);
});

for (const [what, plan, before, expected] of [
  ['lost', { lossRatio: 1, delayMs: 60_000 }, 0, 'lost'],
  ['sent into a blackout', { blackoutMs: 60_000 }, 0, 'blackout'],
  ['held back', { delayMs: 60_000 }, 0, 'delayed'],
  ['not held back, as there is no room', { delayMs: 60_000 }, 16_384, 'overflowed'],
  ['sent at once', { duplicateRatio: 1 }, 0, null],
] as const) {
  test(`the verdict on a reply says that it was ${what}`, () => {
    const box = new Box(plan);
    box.apply(numbered(before));
    const batch = batchOf(numbered(1));
    box.network.apply(batch);
    assert.equal(withheldBy(batch.verdicts[0]!), expected);
  });
}

test('no more than 64 MiB are held back; what still fits is', () => {
  const box = new Box({ delayMs: 60_000 });
  const payload = Buffer.alloc(65_507);
  // 1,024 × 65,507 bytes leave 29,696 of 67,108,864.
  for (let reply = 0; reply < 1024; reply++) box.apply([payload]);
  assert.equal(box.counts.overflowed, 0);
  box.apply([payload.subarray(0, 29_697)]);
  assert.equal(box.counts.overflowed, 1);
  box.apply([payload.subarray(0, 29_696)]);
  assert.equal(box.counts.overflowed, 1);
  box.apply([payload.subarray(0, 1)]);
  assert.equal(box.counts.overflowed, 2);
});

test('what was released makes room', async () => {
  const box = new Box({ delayMs: 1 });
  const payload = Buffer.alloc(65_507);
  for (let reply = 0; reply < 1025; reply++) box.apply([payload]);
  await box.drain();
  const { overflowed } = box.counts;
  box.apply([payload]);
  assert.equal(box.counts.overflowed, overflowed);
  await box.drain();
});

test('what left is what came, less the lost and the overflowed, and the duplicates', async () => {
  const box = new Box({ lossRatio: 0.2, duplicateRatio: 0.4, delayMs: 1, jitterMs: 2, seed: 9 });
  const passed = box.apply(numbered(20_000)).filter(Boolean).length;
  await box.drain();
  const { lost, duplicated, overflowed } = box.counts;
  assert.ok(overflowed > 0);
  assert.equal(passed + box.released.length, 20_000 - lost - overflowed + duplicated);
});

const PLANS: readonly unknown[] = [
  {},
  { blackoutMs: 2000, blackoutStartMs: 0, blackoutEveryMs: 60_000 },
  { lossRatio: 0 },
  { lossRatio: 1, duplicateRatio: 0.5, reorderRatio: 0.1, corruptRatio: 1e-6 },
  { delayMs: 60_000, jitterMs: 0.5, seed: 4_294_967_295 },
  { delayMs: undefined },
];

for (const plan of PLANS) {
  test(`${JSON.stringify(plan)} is a plan`, () => {
    assert.equal(IMPAIRMENT.accepts(plan), true);
  });
}

const NO_PLANS: readonly unknown[] = [
  undefined,
  null,
  'loss=1%',
  0.1,
  () => 1,
  ['loss'],
  { loss: 0.1 },
  { lossRatio: 1.1 },
  { lossRatio: -0.1 },
  { lossRatio: NaN },
  { lossRatio: '0.1' },
  { lossRatio: null },
  { delayMs: 60_001 },
  { delayMs: -1 },
  { delayMs: Infinity },
  { seed: 0.5 },
  { blackoutMs: 0 },
  { blackoutStartMs: -1 },
  { blackoutEveryMs: '1m' },
  { seed: -1 },
  { seed: 4_294_967_296 },
  { toString: 1 },
];

for (const plan of NO_PLANS) {
  test(`${inspect(plan)} is no plan`, () => {
    assert.equal(IMPAIRMENT.accepts(plan), false);
  });
}

test('every impairment has a meaning in words', () => {
  assert.deepEqual(Object.keys(IMPAIRMENT_MEANING), [...IMPAIRMENTS]);
});
