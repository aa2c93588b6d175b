import assert from 'node:assert/strict';
import { mock, test, type TestContext } from 'node:test';
import { NameBook, type HostName } from '../../../../src/watch/resolve/name-book.ts';
import type { Addresses } from '../../../../src/watch/resolve/host-lookup.ts';
import type { HostAddress } from '../../../../src/socket/resolve.ts';

const NAME: HostName = { host: 'a.example', ipVersion: undefined };

/** A name server whose answers are given one by one. */
class Lookups {
  readonly asked: string[] = [];
  readonly #waiting: ((answer: Addresses) => void)[] = [];

  readonly knownAddresses = (): undefined => undefined;

  readonly addresses = (host: string): Promise<Addresses> => {
    this.asked.push(host);
    return new Promise((resolve) => this.#waiting.push(resolve));
  };

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Answers the longest waiting. */
  async give(answer: Partial<Addresses>): Promise<void> {
    this.#waiting.shift()!({ addresses: [], ttlMs: 60_000, unknown: [], error: null, ...answer });
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
}

function start(t: TestContext) {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => {
    mock.timers.reset();
  });
  const lookups = new Lookups();
  let changes = 0;
  const book = new NameBook(lookups, () => {
    changes++;
  });
  const after = (ms: number): void => {
    mock.timers.tick(ms);
  };
  return { lookups, book, after, changes: () => changes };
}

function v4(...addresses: readonly string[]): Partial<Addresses> {
  return { addresses: addresses.map((address): HostAddress => ({ address, ipVersion: 4 })) };
}

test('an address is kept while it is among the answers, however they turn', async (t) => {
  const { lookups, book, after, changes } = start(t);
  book.set([NAME]);
  await lookups.give(v4('192.0.2.1', '192.0.2.2'));
  assert.equal(book.stateOf(NAME)?.address?.address, '192.0.2.1');
  after(60_000);
  await lookups.give(v4('192.0.2.2', '192.0.2.1'));
  assert.equal(book.stateOf(NAME)?.address?.address, '192.0.2.1');
  assert.equal(changes(), 1);
  after(60_000);
  await lookups.give(v4('192.0.2.3', '192.0.2.2'));
  assert.equal(book.stateOf(NAME)?.address?.address, '192.0.2.3');
  assert.equal(changes(), 2);
});

test('an address of the IP version that a server can’t tell of now is kept', async (t) => {
  const { lookups, book, after } = start(t);
  book.set([NAME]);
  await lookups.give({ addresses: [{ address: '2001:db8::1', ipVersion: 6 }] });
  after(60_000);
  await lookups.give({ ...v4('192.0.2.1'), unknown: [6] });
  assert.equal(book.stateOf(NAME)?.address?.address, '2001:db8::1');
  after(60_000);
  await lookups.give(v4('192.0.2.1'));
  assert.equal(book.stateOf(NAME)?.address?.address, '192.0.2.1');
});

test('a failure keeps the last good address, is counted, and is tried again ever more slowly', async (t) => {
  const { lookups, book, after } = start(t);
  book.set([NAME]);
  await lookups.give(v4('192.0.2.1'));
  after(60_000);
  // 5 s, doubled up to 60 s.
  for (const pauseMs of [5000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
    await lookups.give({ error: 'ESERVFAIL', ttlMs: Infinity });
    assert.equal(lookups.waiting, 0);
    after(pauseMs - 1);
    assert.equal(lookups.waiting, 0);
    after(1);
    assert.equal(lookups.waiting, 1);
  }
  const state = book.stateOf(NAME);
  assert.equal(state?.address?.address, '192.0.2.1');
  assert.deepEqual([state.error, state.failures], ['ESERVFAIL', 6]);
  await lookups.give(v4('192.0.2.1'));
  assert.deepEqual([book.stateOf(NAME)?.error, book.stateOf(NAME)?.failures], [null, 6]);
});

for (const [ttlMs, pauseMs] of [
  [0, 5000],
  [30_000, 30_000],
  [86_400_000, 300_000],
] as const) {
  test(`an answer that lives ${ttlMs} ms is asked for again after ${pauseMs} ms`, async (t) => {
    const { lookups, book, after } = start(t);
    book.set([NAME]);
    await lookups.give({ ...v4('192.0.2.1'), ttlMs });
    after(pauseMs - 1);
    assert.equal(lookups.waiting, 0);
    after(1);
    assert.equal(lookups.waiting, 1);
  });
}

test('sixteen look-ups run at once, in the order of the names; an address needs none', async (t) => {
  const { lookups, book } = start(t);
  const hosts = Array.from({ length: 20 }, (_, n) => ({ host: `h${n}`, ipVersion: undefined }));
  const literal = { host: '192.0.2.9', ipVersion: undefined };
  book.set([...hosts, literal]);
  assert.equal(lookups.waiting, 16);
  assert.equal(book.stateOf(literal)?.address?.address, '192.0.2.9');
  await lookups.give(v4('192.0.2.1'));
  await lookups.give({ error: 'ETIMEOUT' });
  assert.equal(lookups.asked.length, 18);
  assert.equal(book.isSettled, false);
});

test('a name that is not needed any more is forgotten, also while it is looked up', async (t) => {
  const { lookups, book, changes } = start(t);
  book.set([NAME]);
  book.set([]);
  assert.equal(book.stateOf(NAME), undefined);
  await lookups.give(v4('192.0.2.1'));
  assert.equal(changes(), 0);
  assert.equal(book.isSettled, true);
});
