// Random edits of the list of targets, against a model of it.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import type { FleetMember } from '../../src/watch/target.ts';
import { WatchedTargets } from './watched-targets.ts';

interface Entry {
  readonly name: string;
  readonly host: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly probe: 'default' | 'both';
}

const PROBES = { both: { family: 'both', interval: '2s' } } as const;

const name = fc.integer({ min: 0, max: 30 }).map((n) => `t${n}`);
const host = fc.integer({ min: 1, max: 250 }).map((n) => `127.0.0.${n}:7`);
const entry: fc.Arbitrary<Entry> = fc.record({
  name,
  host,
  labels: fc.constantFrom({}, { site: 'a' }, { site: 'b' }),
  probe: fc.constantFrom('default', 'both'),
});

/** The next list; every tenth or so has a target twice. */
const edit = fc.oneof(
  { weight: 6, arbitrary: entry.map((added) => (list: readonly Entry[]) => [...list, added]) },
  {
    weight: 4,
    arbitrary: fc.nat().map((at) => (list: readonly Entry[]) => list.toSpliced(at % 31, 1)),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.nat(), entry).map(
      ([at, other]) =>
        (list: readonly Entry[]) =>
          list.map((old, index) => (index === at % 31 ? { ...other, name: old.name } : old)),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(), name).map(
      ([at, other]) =>
        (list: readonly Entry[]) =>
          list.map((old, index) => (index === at % 31 ? { ...old, name: other } : old)),
    ),
  },
  { weight: 2, arbitrary: fc.constant((list: readonly Entry[]) => list.toReversed()) },
  { weight: 1, arbitrary: fc.constant((): readonly Entry[] => []) },
);

/** What is to be probed, by key. An IPv4 address has nothing for the IPv6 half of a target. */
function modelOf(list: readonly Entry[]): ReadonlyMap<string, string> | undefined {
  const model = new Map<string, string>();
  for (const { name, host, labels, probe } of list) {
    const keys =
      probe === 'both' ? [`${name} both ipv4`, `${name} both ipv6`] : [`${name} default`];
    for (const key of keys) {
      if (model.has(key)) return undefined;
      const address = key.endsWith('ipv6') ? null : host.replace(':7', '');
      model.set(key, JSON.stringify([host.replace(':7', ''), address, labels]));
    }
  }
  return model;
}

function shown(members: readonly FleetMember[]): ReadonlyMap<string, string> {
  return new Map(
    members.map(({ target, address }) => [
      target.key,
      JSON.stringify([target.host, address?.address ?? null, target.labels]),
    ]),
  );
}

/** Edits the list so often, the same way each time, and holds what is probed to the model. */
export async function editTargets(t: TestContext, times: number): Promise<void> {
  const watched = await WatchedTargets.open(t, { probes: PROBES, targets: [] });
  let list: readonly Entry[] = [];
  let refused = 0;
  for (const change of fc.sample(edit, { seed: 862, numRuns: times })) {
    const next = change(list);
    const model = modelOf(next);
    const before = watched.told.at(-1)!;
    const told = watched.told.length;
    const reloaded = watched.part.reload({ probes: PROBES, targets: [{ static: next }] });
    if (model === undefined) {
      await assert.rejects(reloaded, { code: 'ECHOGRAM_ERR_WATCH_CONFIG' });
      assert.equal(watched.told.length, told);
      refused++;
      continue;
    }
    await reloaded;
    list = next;
    const after = watched.told.at(-1)!;
    assert.deepEqual([...shown(after)], [...model]);
    requireUntouched(before, after);
  }
  assert.ok(refused > times / 100 && refused < times / 2, `${refused} were refused`);
  const counts = countsOf(watched.happened);
  assert.equal(counts.get('target_added')! - counts.get('target_left')!, modelOf(list)!.size);
}

/** What is the same is the same object, so that nobody takes it for a change. */
function requireUntouched(before: readonly FleetMember[], after: readonly FleetMember[]): void {
  const old = new Map(before.map((member) => [member.target.key, member]));
  const was = shown(before);
  const is = shown(after);
  for (const { target, address } of after) {
    if (was.get(target.key) !== is.get(target.key)) continue;
    assert.equal(target.labels, old.get(target.key)!.target.labels);
    assert.equal(address, old.get(target.key)!.address);
  }
}

function countsOf(happened: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const event of happened) {
    const [kind = ''] = event.split(' ');
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}
