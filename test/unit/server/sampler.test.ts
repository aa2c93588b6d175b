import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission, REFUSALS } from '../../../src/server/admission.ts';
import { Sampler, type DatagramSample } from '../../../src/server/sampler.ts';
import { MadeBatch, type MadeDatagram } from '../../helpers/made-batch.ts';

const CLIENT = { address: '192.0.2.7', port: 50_139 };

function collector(perSecond: number): { sampler: Sampler; samples: DatagramSample[] } {
  const samples: DatagramSample[] = [];
  const sampler = new Sampler(perSecond, (sample) => samples.push(sample));
  return { sampler, samples };
}

function numbered(count: number): MadeDatagram[] {
  return Array.from({ length: count }, (_, at) => ({ ...CLIENT, payload: Buffer.from([at]) }));
}

test('a sample tells whom, what, how long, and what was sent back', () => {
  const { sampler, samples } = collector(10);
  sampler.observe(new MadeBatch([{ ...CLIENT, payload: Buffer.from('hello') }]));
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
  const cells = new Float64Array(REFUSALS.length);
  new Admission({ ownPorts: [], answerAnyPort: false, broadcastWords: [], cells }).judge(batch);
  sampler.observe(batch);
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
  sampler.observe(batch);
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
  sampler.observe(batch);
  batch.arena.fill(0);
  assert.equal(Buffer.from(samples[0]!.payload).toString(), 'hello');
});

test('no more than the agreed number is shown until the next refill', () => {
  const { sampler, samples } = collector(3);
  sampler.observe(new MadeBatch(numbered(2)));
  sampler.observe(new MadeBatch(numbered(2)));
  sampler.observe(new MadeBatch(numbered(2)));
  assert.deepEqual(
    samples.map(({ payload }) => payload[0]),
    [0, 1, 0],
  );
  sampler.refill();
  sampler.observe(new MadeBatch(numbered(5)));
  assert.deepEqual(
    samples.slice(3).map(({ payload }) => payload[0]),
    [0, 1, 2],
  );
});

test('what a quiet second left over is not saved up', () => {
  const { sampler, samples } = collector(2);
  sampler.refill();
  sampler.refill();
  sampler.observe(new MadeBatch(numbered(9)));
  assert.equal(samples.length, 2);
});

test('zero a second shows nothing, refilled or not', () => {
  const { sampler, samples } = collector(0);
  sampler.observe(new MadeBatch(numbered(2)));
  sampler.refill();
  sampler.observe(new MadeBatch(numbered(2)));
  assert.equal(samples.length, 0);
});
