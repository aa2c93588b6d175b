// What the rules of a user do to a batch: lists of networks, limits, and the guard against loops.
// A batch is judged at one moment, so within it no token comes back and every number is exact.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf, REFUSALS, type Refusal } from '../../../src/server/admission.ts';
import { Limits, sharedMemory, WANTED_CELL, type LimitRules } from '../../../src/server/limits.ts';
import { admissionWith, type MadeRules } from '../../helpers/made-admission.ts';
import { MadeBatch, type MadeDatagram } from '../../helpers/made-batch.ts';

interface Judged {
  readonly batch: MadeBatch;
  /** Of each entry: its refusal, or undefined if it is answered. */
  readonly refusals: readonly (Refusal | undefined)[];
  /** The refusals that were counted, without the zeros. */
  readonly counts: Readonly<Record<string, number>>;
}

function judge(datagrams: readonly MadeDatagram[], options: Partial<MadeRules>): Judged {
  const cells = new Float64Array(REFUSALS.length);
  const batch = new MadeBatch(datagrams);
  admissionWith({ ...options, cells }).judge(batch);
  const counted = REFUSALS.map((refusal, at): [string, number] => [refusal, cells[at]!]);
  return {
    batch,
    refusals: datagrams.map((_, index) => refusalOf(batch.verdicts[index]!)),
    counts: Object.fromEntries(counted.filter(([, count]) => count > 0)),
  };
}

/** A bucket holds a fifth of a second's datagrams, so these rates are five times the bursts. */
function limitsOf({ source = 100_000, thread = 100_000 }): LimitRules {
  return { sourcePps: source * 5, threadPps: thread * 5, salt: 1, ...sharedMemory() };
}

const CLIENT = { address: '192.0.2.7', port: 50_139 };

/** Datagrams of one client whose payloads differ. */
function numbered(count: number, source: Partial<MadeDatagram> = {}): MadeDatagram[] {
  return Array.from({ length: count }, (_, number) => {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(number);
    return { ...CLIENT, payload, ...source };
  });
}

function from(...addresses: readonly string[]): MadeDatagram[] {
  return addresses.map((address) => ({ ...CLIENT, address }));
}

test('a denied source is refused, also where it is allowed', () => {
  const { refusals, counts } = judge(from('192.0.2.7', '192.0.2.8', '2001:db8::7'), {
    allow: ['192.0.2.0/24'],
    deny: ['192.0.2.7'],
  });
  assert.deepEqual(refusals, ['denied-source', undefined, 'denied-source']);
  assert.deepEqual(counts, { 'denied-source': 2 });
});

test('where nothing is allowed by name, all but the denied is', () => {
  const { refusals } = judge(from('192.0.2.7', '198.51.100.7', '2001:db8::7', '2001:db9::7'), {
    deny: ['192.0.2.0/24', '2001:db8::/32'],
  });
  assert.deepEqual(refusals, ['denied-source', undefined, 'denied-source', undefined]);
});

test('one IP version alone can be allowed or denied', () => {
  const sources = from('192.0.2.7', '2001:db8::7');
  assert.deepEqual(judge(sources, { allow: ['0.0.0.0/0'] }).refusals, [undefined, 'denied-source']);
  assert.deepEqual(judge(sources, { allow: ['::/0'] }).refusals, ['denied-source', undefined]);
  assert.deepEqual(judge(sources, { deny: ['0.0.0.0/0'] }).refusals, ['denied-source', undefined]);
  assert.deepEqual(judge(sources, { deny: ['::/0'] }).refusals, [undefined, 'denied-source']);
});

test('being allowed does not lift the other rules', () => {
  const { refusals } = judge(
    [
      { ...CLIENT, port: 7 },
      { ...CLIENT, address: '224.0.0.1' },
      { ...CLIENT, toGroup: true },
    ],
    { allow: ['0.0.0.0/0'] },
  );
  assert.deepEqual(refusals, ['privileged-port', 'multicast-source', 'group-destination']);
});

test('what came by broadcast or multicast is not answered', () => {
  const { refusals, counts } = judge([CLIENT, { ...CLIENT, toGroup: true }], {});
  assert.deepEqual(refusals, [undefined, 'group-destination']);
  assert.deepEqual(counts, { 'group-destination': 1 });
});

test('a source gets its burst, the next source its own', () => {
  const { refusals, counts } = judge(
    [...numbered(5), ...numbered(2, { address: '192.0.2.8' }), ...numbered(1)],
    { limits: limitsOf({ source: 3 }) },
  );
  const over = 'source-limit';
  assert.deepEqual(refusals, [
    undefined,
    undefined,
    undefined,
    over,
    over,
    undefined,
    undefined,
    over,
  ]);
  assert.deepEqual(counts, { 'source-limit': 3 });
});

test('a source is limited over all its ports', () => {
  const ports = Array.from({ length: 10 }, (_, at) => ({ ...CLIENT, port: 50_000 + at }));
  assert.deepEqual(judge(ports, { limits: limitsOf({ source: 4 }) }).counts, { 'source-limit': 6 });
});

test('a limit of less than one datagram a burst still answers one', () => {
  const { refusals } = judge(numbered(2), { limits: limitsOf({ source: 0.2 }) });
  assert.deepEqual(refusals, [undefined, 'source-limit']);
});

test('the server in all answers its own share, whoever asks', () => {
  const sources = from('192.0.2.1', '192.0.2.2', '2001:db8::3', '192.0.2.4', '192.0.2.5');
  const { refusals, counts } = judge(sources, { limits: limitsOf({ thread: 3 }) });
  assert.deepEqual(refusals, [undefined, undefined, undefined, 'global-limit', 'global-limit']);
  assert.deepEqual(counts, { 'global-limit': 2 });
});

test('what a source may not have is not taken from the share of all', () => {
  const { refusals } = judge([...numbered(4), ...numbered(2, { address: '192.0.2.8' })], {
    limits: limitsOf({ source: 2, thread: 4 }),
  });
  const over = 'source-limit';
  assert.deepEqual(refusals, [undefined, undefined, over, over, undefined, undefined]);
});

test('what another rule refuses takes no tokens', () => {
  const { refusals, counts } = judge([...numbered(9, { port: 7 }), ...numbered(2)], {
    limits: limitsOf({ source: 2, thread: 2 }),
  });
  assert.deepEqual(refusals.slice(9), [undefined, undefined]);
  assert.deepEqual(counts, { 'privileged-port': 9 });
});

test('from the hundred and first on the same datagrams are a loop', () => {
  const { refusals, counts } = judge(
    Array.from({ length: 102 }, () => ({ ...CLIENT, payload: Buffer.from('ping') })),
    { limits: limitsOf({}) },
  );
  assert.equal(refusals.indexOf('echo-loop'), 100);
  assert.deepEqual(counts, { 'echo-loop': 2 });
});

test('without limits the same datagram may come for ever', () => {
  const same = Array.from({ length: 1000 }, () => CLIENT);
  assert.deepEqual(judge(same, { limits: null }).counts, {});
});

/** A run that the kernel coalesced: datagrams of three bytes, the last of which may be shorter. */
function run(bytes: number, fields: Partial<MadeDatagram> = {}): MadeDatagram {
  return { ...CLIENT, payload: Buffer.alloc(bytes, 'abc'), segmentBytes: 3, ...fields };
}

test('a refused run counts each of its datagrams', () => {
  // 10 bytes are three datagrams of 3 and one of 1.
  const { refusals, counts } = judge([run(10, { port: 7 }), run(9, { toGroup: true })], {});
  assert.deepEqual(refusals, ['privileged-port', 'group-destination']);
  assert.deepEqual(counts, { 'privileged-port': 4, 'group-destination': 3 });
});

test('a run is cut to the part that its source may have', () => {
  const { batch, refusals, counts } = judge([run(29)], { limits: limitsOf({ source: 4 }) });
  // Ten datagrams, nine of 3 bytes and one of 2; four are answered.
  assert.deepEqual(refusals, [undefined]);
  assert.equal(batch.lengths[0], 12);
  assert.equal(batch.datagramsIn(0), 4);
  assert.deepEqual(counts, { 'source-limit': 6 });
});

test('a run is cut to the part that the server in all may answer', () => {
  const { batch, refusals, counts } = judge([run(29)], {
    limits: limitsOf({ source: 8, thread: 1 }),
  });
  assert.deepEqual(refusals, [undefined]);
  assert.equal(batch.lengths[0], 3);
  assert.equal(batch.datagramsIn(0), 1);
  assert.deepEqual(counts, { 'source-limit': 2, 'global-limit': 7 });
});

test('a run of which nothing may be answered is refused whole', () => {
  const limited = judge([run(9), run(11)], { limits: limitsOf({ source: 3 }) });
  assert.deepEqual(limited.refusals, [undefined, 'source-limit']);
  assert.equal(limited.batch.lengths[0], 9);
  assert.deepEqual(limited.counts, { 'source-limit': 4 });
  const full = judge([run(9), run(11)], { limits: limitsOf({ source: 6, thread: 3 }) });
  assert.deepEqual(full.refusals, [undefined, 'global-limit']);
  assert.deepEqual(full.counts, { 'source-limit': 1, 'global-limit': 3 });
});

test('a run that its source may have whole keeps its short last datagram', () => {
  const { batch, counts } = judge([run(29)], { limits: limitsOf({ source: 10 }) });
  assert.equal(batch.lengths[0], 29);
  assert.deepEqual(counts, {});
});

test('the sum of what is answered and what is refused is what came', () => {
  const { batch, counts } = judge(
    [
      run(29),
      run(10, { port: 7 }),
      ...numbered(7),
      run(5, { address: '192.0.2.8' }),
      run(6, { toGroup: true }),
    ],
    { limits: limitsOf({ source: 9, thread: 10 }) },
  );
  const answered = [...batch.verdicts.keys()]
    .filter((index) => batch.verdicts[index] === 0)
    .reduce((sum, index) => sum + batch.datagramsIn(index), 0);
  const refused = Object.values(counts).reduce((sum, count) => sum + count, 0);
  // 10 + 4 + 7 + 2 + 2 datagrams.
  assert.equal(answered + refused, 25);
  assert.equal(answered, 10);
});

test('refusals are listed in the order in which their rules are asked', () => {
  // What every rule forbids, and then each time one rule less.
  const loop = Array.from({ length: 101 }, () => ({ ...CLIENT, payload: Buffer.from('ping') }));
  const forbidden = { ...CLIENT, toGroup: true };
  const none = { source: 0, thread: 0 };
  const limits = limitsOf(none);
  assert.deepEqual(judge([forbidden], { deny: ['::/0', '0.0.0.0/0'], limits }).refusals, [
    'denied-source',
  ]);
  assert.deepEqual(judge([forbidden], { limits }).refusals, ['group-destination']);
  for (const [options, last] of [
    [none, 'source-limit'],
    [{ thread: 0 }, 'global-limit'],
    [{}, 'echo-loop'],
  ] as const) {
    assert.equal(judge(loop, { limits: limitsOf(options) }).refusals[100], last);
  }
  assert.deepEqual(REFUSALS.slice(7, 12), [
    'denied-source',
    'group-destination',
    'source-limit',
    'global-limit',
    'echo-loop',
  ]);
});

const HUNDRED = Array.from({ length: 100 }, (): MadeDatagram => {
  return { ...CLIENT, payload: Buffer.from('abc') };
});

test('what is repeated within a run is a loop too', () => {
  // Forty datagrams a run, all the same.
  const { batch, refusals, counts } = judge([run(120), run(120), run(120)], {
    limits: limitsOf({}),
  });
  assert.deepEqual(refusals, [undefined, undefined, undefined]);
  assert.deepEqual(batch.lengths, Int32Array.of(120, 120, 60));
  assert.deepEqual(counts, { 'echo-loop': 20 });
});

for (const [what, text, kept] of [
  ['first', 'abcdefghij', 'defghij'],
  ['in the middle', 'defabcghij', 'defghij'],
  ['last', 'defghiabc', 'defghi'],
  ['first and last', 'abcdefabc', 'def'],
] as const) {
  test(`a loop's datagram that came ${what} in a run is taken out of it`, () => {
    const ofRun = run(0, { payload: Buffer.from(text) });
    const { batch, refusals, counts } = judge([...HUNDRED, ofRun], { limits: limitsOf({}) });
    assert.equal(refusals[100], undefined);
    assert.equal(batch.payloadOf(100).toString(), kept);
    assert.deepEqual(counts, { 'echo-loop': text.split('abc').length - 1 });
  });
}

test('a shorter last datagram of a run is taken out too', () => {
  const shorter = HUNDRED.map(() => ({ ...CLIENT, payload: Buffer.from('j') }));
  const ofRun = run(0, { payload: Buffer.from('abcj') });
  const { batch, counts } = judge([...shorter, ofRun], { limits: limitsOf({}) });
  assert.equal(batch.payloadOf(100).toString(), 'abc');
  assert.deepEqual(counts, { 'echo-loop': 1 });
});

test('a run of nothing but a loop is refused whole, and one of it stays to be shown', () => {
  const { batch, refusals, counts } = judge([...HUNDRED, run(9)], { limits: limitsOf({}) });
  assert.equal(refusals[100], 'echo-loop');
  assert.equal(batch.payloadOf(100).toString(), 'abc');
  assert.deepEqual(counts, { 'echo-loop': 3 });
});

test('names the source of one refusal each time that it is asked, and of no other', () => {
  const rules = limitsOf({});
  const told: string[] = [];
  const limits = new Limits(rules, (refusal, source) => told.push(`${refusal} ${source}`));
  const batch = new MadeBatch(numbered(3));
  const refuseAll = (): void => {
    for (let index = 0; index < 3; index++) limits.noteRefused('global-limit', batch, index);
  };
  rules.sourceWanted[WANTED_CELL['source-limit']] = 1;
  refuseAll();
  assert.deepEqual(told, []);
  rules.sourceWanted[WANTED_CELL['global-limit']] = 1;
  refuseAll();
  assert.deepEqual(told, ['global-limit 192.0.2.7']);
  rules.sourceWanted[WANTED_CELL['global-limit']] = 1;
  refuseAll();
  assert.equal(told.length, 2);
});
