import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CounterBlock } from '../../../src/server/counters.ts';
import { Sampler, type DatagramSample } from '../../../src/server/sampler.ts';
import { admissionWith } from '../../helpers/made-admission.ts';
import { MadeBatch, type MadeDatagram } from '../../helpers/made-batch.ts';

const CLIENT = { address: '192.0.2.7', port: 50_139 };

interface Collector {
  readonly sampler: Sampler;
  readonly samples: DatagramSample[];
  readonly block: CounterBlock;
  /** What the owner does once a second. */
  readonly renew: () => void;
}

function collector(perSecond: number): Collector {
  const samples: DatagramSample[] = [];
  const block = new CounterBlock();
  const credit = Int32Array.of(perSecond);
  const sampler = new Sampler('echo', credit, block, (sample) => samples.push(sample));
  return { sampler, samples, block, renew: () => credit.fill(perSecond) };
}

/** As the loop does with a batch that it has sent. */
function observe(sampler: Sampler, batch: MadeBatch): void {
  sampler.show(sampler.take(batch), batch, {
    tellOutcome: ({ outcomes }, index, tell) => {
      tell(outcomes[index]!);
    },
  });
}

function numbered(count: number): MadeDatagram[] {
  return Array.from({ length: count }, (_, at) => ({ ...CLIENT, payload: Buffer.from([at]) }));
}

test('a sample has the peer, the payload, its length and what was sent back', () => {
  const { sampler, samples } = collector(10);
  observe(sampler, new MadeBatch([{ ...CLIENT, payload: Buffer.from('hello') }]));
  assert.equal(samples.length, 1);
  const { peer, payload, payloadBytes, refused, sentBytes } = samples[0]!;
  assert.deepEqual(peer, CLIENT);
  assert.equal(Buffer.from(payload).toString(), 'hello');
  assert.equal(payloadBytes, 5);
  assert.equal(refused, null);
  assert.equal(sentBytes, 5);
});

test('a sample of a refused datagram gives the reason, and nothing as sent', () => {
  const { sampler, samples } = collector(10);
  const batch = new MadeBatch([{ ...CLIENT, port: 7, payload: Buffer.from('hello') }]);
  admissionWith().judge(batch);
  observe(sampler, batch);
  assert.equal(samples[0]?.refused, 'privileged-port');
  assert.equal(samples[0].sentBytes, 0);
  assert.equal(samples[0].payloadBytes, 5);
});

test('a sample holds at most the first 1024 bytes, and the length of all', () => {
  const { sampler, samples } = collector(10);
  const batch = new MadeBatch([
    { ...CLIENT, payload: Buffer.alloc(1024, 1) },
    { ...CLIENT, payload: Buffer.alloc(1025, 2) },
  ]);
  observe(sampler, batch);
  assert.deepEqual(
    samples.map(({ payload, payloadBytes }) => [payload.length, payloadBytes]),
    [
      [1024, 1024],
      [1024, 1025],
    ],
  );
  assert.ok(samples[1]!.payload.every((byte) => byte === 2));
});

test('a sample is a copy: the batch may be used again', () => {
  const { sampler, samples } = collector(10);
  const batch = new MadeBatch([{ ...CLIENT, payload: Buffer.from('hello') }]);
  observe(sampler, batch);
  batch.arena.fill(0);
  assert.equal(Buffer.from(samples[0]!.payload).toString(), 'hello');
});

test('no more than the agreed number is shown until the credit is renewed', () => {
  const { sampler, samples, renew } = collector(3);
  observe(sampler, new MadeBatch(numbered(2)));
  observe(sampler, new MadeBatch(numbered(2)));
  observe(sampler, new MadeBatch(numbered(2)));
  assert.deepEqual(
    samples.map(({ payload }) => payload[0]),
    [0, 1, 0],
  );
  renew();
  observe(sampler, new MadeBatch(numbered(5)));
  assert.deepEqual(
    samples.slice(3).map(({ payload }) => payload[0]),
    [0, 1, 2],
  );
});

test('what a quiet second left over is not saved up', () => {
  const { sampler, samples, renew } = collector(2);
  renew();
  renew();
  observe(sampler, new MadeBatch(numbered(9)));
  assert.equal(samples.length, 2);
});

test('zero a second shows nothing, renewed or not', () => {
  const { sampler, samples, renew } = collector(0);
  observe(sampler, new MadeBatch(numbered(2)));
  renew();
  observe(sampler, new MadeBatch(numbered(2)));
  assert.equal(samples.length, 0);
});

test('what was shown is counted, by every loop in its own block', () => {
  const credit = Int32Array.of(3);
  const blocks = [new CounterBlock(), new CounterBlock()] as const;
  const samplers = blocks.map((block) => new Sampler('echo', credit, block, () => undefined));
  observe(samplers[0]!, new MadeBatch(numbered(2)));
  observe(samplers[1]!, new MadeBatch(numbered(2)));
  // The credit of three is one for both loops: two here, one there.
  assert.equal(blocks[0].sampled, 2);
  assert.equal(blocks[1].sampled, 1);
});

test('of a coalesced run the first datagram is shown, with its own length', () => {
  const { sampler, samples, block } = collector(10);
  const payload = Buffer.from('aaabbbc');
  observe(sampler, new MadeBatch([{ ...CLIENT, payload, segmentBytes: 3 }]));
  assert.equal(Buffer.from(samples[0]!.payload).toString(), 'aaa');
  assert.equal(samples[0]!.payloadBytes, 3);
  assert.equal(block.sampled, 1);
});

test('a sample of a request that was made longer has the length that came, and that which was sent', () => {
  const { sampler, samples } = collector(10);
  // Of TWAMP-Light, 14 octets and 41 (RFC 5357 section 4.2.1).
  const batch = new MadeBatch([{ ...CLIENT, payload: Buffer.alloc(41) }]);
  batch.lengthened[0] = 27;
  observe(sampler, batch);
  assert.deepEqual([samples[0]!.payloadBytes, samples[0]!.sentBytes], [14, 41]);
});
