import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ANSWER } from '../../../../src/socket/datagram-batch.ts';
import { IP_PKTINFO, SOL_IP } from '../../../../src/socket/linux/constants.ts';
import { IOVEC, MMSGHDR } from '../../../../src/socket/linux/layout.ts';
import type { LinuxBatch } from '../../../../src/socket/linux/linux-batch.ts';
import { encodeSockaddr } from '../../../../src/socket/linux/sockaddr.ts';
import { encodeControl, linuxBatch, receiveControl } from '../../../helpers/linux-batch.ts';
import { holds } from '../../../helpers/property.ts';
import { needsLinuxEngine } from '../../../helpers/skips.ts';

const skip = needsLinuxEngine();

/** What a slot holds: one datagram, or a run that the kernel coalesced. */
interface Slot {
  readonly client: number;
  readonly length: number;
  /** Of a run: the length of its datagrams, but for the last. */
  readonly segmentBytes?: number;
  readonly isRefused?: boolean;
  readonly tos?: number;
  /** Which of our addresses was asked. */
  readonly local?: number;
}

/** Fills the batch as if these had been received. */
function fill(batch: LinuxBatch, slots: readonly Slot[]): void {
  batch.count = slots.length;
  for (const [slot, { local = 0 }] of slots.entries()) {
    receiveControl(batch, slot, localMessage(local));
  }
  batch.control.read(slots.length);
  for (const [slot, made] of slots.entries()) {
    batch.lengths[slot] = made.length;
    batch.segmentBytes[slot] = made.segmentBytes ?? 0;
    batch.tos[slot] = made.tos ?? 0;
    batch.verdicts[slot] = made.isRefused === true ? 1 : ANSWER;
    // Clients differ by port, by address or by both.
    batch.sourcePorts[slot] = 50_000 + (made.client & 3);
    batch.sourceWords.set([0, 0, 0xffff, 0xc000_0200 + (made.client >> 2)], slot * 4);
  }
}

function localMessage(local: number): Buffer {
  const data = Buffer.from([0, 0, 0, 0, 127, 0, 0, local, 127, 0, 0, local]);
  return encodeControl([{ level: SOL_IP, type: IP_PKTINFO, data }]);
}

/** The slots of each group. */
function groupsOf(batch: LinuxBatch, longestSegmentBytes = 65_507, mirrorTos = false): number[][] {
  const { groups } = batch;
  groups.plan(longestSegmentBytes, mirrorTos);
  return Array.from({ length: groups.count }, (_, group) => {
    const slots: number[] = [];
    for (let slot = groups.leaderOf(group); slot >= 0; slot = groups.after(slot)) slots.push(slot);
    return slots;
  });
}

/** Small batch with these slots, grouped. */
async function grouped(
  slots: readonly Slot[],
  longestSegmentBytes?: number,
  mirrorTos?: boolean,
): Promise<number[][]> {
  const batch = await linuxBatch();
  fill(batch, slots);
  return groupsOf(batch, longestSegmentBytes, mirrorTos);
}

test('replies of equal length to one client leave together', { skip }, async () => {
  const slots = [0, 1, 0, 1, 0].map((client) => ({ client, length: 100 }));
  assert.deepEqual(await grouped(slots), [
    [0, 2, 4],
    [1, 3],
  ]);
});

test('link-local clients of two links are two clients', { skip }, async () => {
  const batch = await linuxBatch({ isIPv6: true, hasControl: false });
  // fe80::1 port 50000 on interface 2, then the same on interface 3 (RFC 4007).
  for (const slot of [0, 1]) {
    const name = encodeSockaddr({ address: `fe80::1%${slot + 2}`, port: 50_000 });
    batch.arena.bytes.set(name, batch.arena.nameAddress(slot) - batch.arena.baseAddress);
  }
  batch.load(2);
  batch.lengths.fill(100, 0, 2);
  assert.deepEqual(groupsOf(batch), [[0], [1]]);
});

test('clients are told apart by address as well as by port', { skip }, async () => {
  const slots = [0, 1, 4, 5, 0].map((client) => ({ client, length: 100 }));
  assert.deepEqual(await grouped(slots), [[0, 4], [1], [2], [3]]);
});

test('a shorter reply ends its group, and what follows starts the next', { skip }, async () => {
  const slots = [100, 100, 40, 100, 100].map((length) => ({ client: 0, length }));
  assert.deepEqual(await grouped(slots), [
    [0, 1, 2],
    [3, 4],
  ]);
});

test('a longer reply starts a group of its own', { skip }, async () => {
  const slots = [100, 101, 101, 100].map((length) => ({ client: 0, length }));
  // The last is shorter than the second group's, and ends it.
  assert.deepEqual(await grouped(slots), [[0], [1, 2, 3]]);
});

test('an empty reply leaves alone', { skip }, async () => {
  const slots = [0, 0, 100, 0, 100].map((length) => ({ client: 0, length }));
  assert.deepEqual(await grouped(slots), [[0], [1], [2], [3], [4]]);
});

test('what is refused is in no group', { skip }, async () => {
  const slots = [
    { client: 0, length: 100 },
    { client: 0, length: 100, isRefused: true },
    { client: 0, length: 100 },
  ];
  assert.deepEqual(await grouped(slots), [[0, 2]]);
  assert.deepEqual(await grouped([slots[1]!]), []);
});

test(
  'replies from different addresses of ours, or of different TOS, do not leave together',
  { skip },
  async () => {
    const slots = [
      { client: 0, length: 100, local: 1, tos: 0 },
      { client: 0, length: 100, local: 1, tos: 8 },
      { client: 0, length: 100, local: 2, tos: 8 },
      { client: 0, length: 100, local: 1, tos: 8 },
    ];
    assert.deepEqual(await grouped(slots, 65_507, true), [[0], [1, 3], [2]]);
    assert.deepEqual(await grouped(slots, 65_507, false), [[0, 1, 3], [2]]);
  },
);

test('replies longer than what a path takes whole leave alone', { skip }, async () => {
  const slots = [1400, 1400, 1401, 1401, 100].map((length) => ({ client: 0, length }));
  assert.deepEqual(await grouped(slots, 1400), [[0, 1], [2], [3], [4]]);
});

test('a run and datagrams of its length leave together', { skip }, async () => {
  const slots = [
    { client: 0, length: 100 },
    { client: 0, length: 300, segmentBytes: 100 },
    { client: 0, length: 250, segmentBytes: 100 },
    { client: 0, length: 100 },
    { client: 0, length: 400, segmentBytes: 200 },
  ];
  // The third ends with a datagram of 50 bytes.
  assert.deepEqual(await grouped(slots), [[0, 1, 2], [3], [4]]);
});

test('a group has at most 64 datagrams', { skip }, async () => {
  const slots = [
    { client: 0, length: 620, segmentBytes: 10 },
    { client: 0, length: 10 },
    { client: 0, length: 20, segmentBytes: 10 },
    { client: 0, length: 10 },
  ];
  // 62 and 1; 2 more would be 65.
  assert.deepEqual(await grouped(slots), [
    [0, 1],
    [2, 3],
  ]);
});

test('a group has at most 65,507 bytes', { skip }, async () => {
  const slots = [32_753, 32_753, 1, 1].map((length) => ({ client: 0, length }));
  assert.deepEqual(await grouped(slots), [[0, 1, 2], [3]]);
  const longer = [32_754, 32_754].map((length) => ({ client: 0, length }));
  assert.deepEqual(await grouped(longer), [[0], [1]]);
});

const singles = fc.record({
  client: fc.nat(9),
  length: fc.oneof(fc.constantFrom(0, 1, 64, 100, 1400, 65_507), fc.nat(1500)),
  isRefused: fc.boolean(),
  tos: fc.constantFrom(0, 8),
  local: fc.nat(1),
});

/** Runs as the kernel makes them: 2 to 64 datagrams, at most 65,507 bytes, the last not longer. */
const runs = fc
  .tuple(singles, fc.constantFrom(1, 64, 100, 1000), fc.integer({ min: 2, max: 64 }), fc.nat())
  .map(([single, segmentBytes, segments, shorter]) => ({
    ...single,
    segmentBytes,
    length: segmentBytes * segments - (shorter % segmentBytes),
  }));

/** The lengths of the datagrams of a slot, in order. */
function datagramLengths({ length, segmentBytes = 0 }: Slot): number[] {
  if (segmentBytes === 0) return [length];
  const lengths: number[] = [];
  for (let left = length; left > 0; left -= segmentBytes)
    lengths.push(Math.min(left, segmentBytes));
  return lengths;
}

test(
  'whatever mix of clients, lengths and runs a batch holds, its groups are lawful',
  { skip },
  async () => {
    const batch = await linuxBatch();
    const mixes = fc.array(fc.oneof(singles, runs), { maxLength: 64, size: 'max' });
    holds(
      fc.property(
        mixes,
        fc.constantFrom(100, 1400, 65_507),
        fc.boolean(),
        (slots, longest, mirrorTos) => {
          fill(batch, slots);
          const groups = groupsOf(batch, longest, mirrorTos);
          const answered = [...slots.keys()].filter((slot) => !slots[slot]!.isRefused);
          assert.deepEqual(
            groups.flat().toSorted((a, b) => a - b),
            answered,
          );
          assert.equal(batch.groups.messages, answered.length);
          for (const [index, group] of groups.entries()) {
            isLawful(
              group.map((slot) => slots[slot]!),
              longest,
              mirrorTos,
            );
            const lengths = group.flatMap((slot) => datagramLengths(slots[slot]!));
            assert.equal(batch.groups.datagramsIn(index), lengths.length);
            assert.equal(batch.groups.bytesIn(index), sum(lengths));
            if (lengths.length > 1) assert.equal(batch.groups.segmentBytesOf(index), lengths[0]);
          }
          const flows = new Set(slots.map(({ client, local }) => `${client} ${local}`));
          for (const flow of flows) {
            const order = groups
              .flat()
              .filter((slot) => `${slots[slot]!.client} ${slots[slot]!.local}` === flow);
            assert.deepEqual(
              order,
              order.toSorted((a, b) => a - b),
            );
          }
        },
      ),
      500,
    );
  },
);

/** Asserts what the kernel demands of one GSO send, and what we promise of it. */
function isLawful(group: readonly Slot[], longest: number, mirrorTos: boolean): void {
  const lengths = group.flatMap(datagramLengths);
  const [first] = lengths;
  assert.ok(lengths.slice(0, -1).every((length) => length === first));
  assert.ok(lengths.at(-1)! <= first!);
  assert.ok(lengths.length <= 64);
  assert.ok(sum(lengths) <= 65_507);
  assert.equal(new Set(group.map(({ client, local = 0 }) => `${client} ${local}`)).size, 1);
  if (mirrorTos) assert.equal(new Set(group.map(({ tos }) => tos)).size, 1);
  // Only what came as a run may leave as one although its parts are long.
  if (group.length > 1) assert.ok(first! > 0 && first! <= longest);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

test('headers carry the payloads of their group, in order', { skip }, async () => {
  const batch = await linuxBatch();
  const slots = [0, 1, 0, 1, 0].map((client, at) => ({ client, length: 10 + (at === 4 ? -3 : 0) }));
  fill(batch, slots);
  const groups = groupsOf(batch);
  batch.groups.write(false);
  const view = new DataView(
    batch.arena.bytes.buffer,
    batch.arena.bytes.byteOffset,
    batch.arena.bytes.byteLength,
  );
  const pointerAt = (at: number): number =>
    Number(view.getBigUint64(at, true)) - batch.arena.baseAddress;
  for (const [index, group] of groups.entries()) {
    const header = batch.arena.groupHeadersAt + index * MMSGHDR.size;
    assert.equal(pointerAt(header + MMSGHDR.name), batch.arena.namesAt + group[0]! * 32);
    assert.equal(view.getBigUint64(header + MMSGHDR.iovlen, true), BigInt(group.length));
    const iovecs = pointerAt(header + MMSGHDR.iov);
    assert.deepEqual(
      group.map((_, member) => {
        const at = iovecs + member * IOVEC.size;
        return [pointerAt(at + IOVEC.base), Number(view.getBigUint64(at + IOVEC.len, true))];
      }),
      group.map((slot) => [batch.offsetOf(slot), slots[slot]!.length]),
    );
  }
});
