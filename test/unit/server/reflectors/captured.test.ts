// The reflectors against what other implementations sent, each answer put together by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CounterBlock } from '../../../../src/server/counters.ts';
import { UdpEchoPlusState } from '../../../../src/server/reflectors/udp-echo-plus-state.ts';
import { UdpEchoPlusReflector } from '../../../../src/server/reflectors/udp-echo-plus.ts';
import { MadeBatch } from '../../../helpers/made-batch.ts';
import { MadeReflector } from '../../../helpers/made-reflector.ts';
import { repositoryText } from '../../../helpers/repository.ts';

const { requests } = JSON.parse(repositoryText('test/vectors/captured.json')) as {
  readonly requests: readonly { readonly protocol: string; readonly hex: string }[];
};

function captured(protocol: string): Buffer {
  const found = requests.find((request) => request.protocol === protocol);
  return Buffer.from(found?.hex ?? assert.fail(`nothing of ${protocol}`), 'hex');
}

test("answers twampy's request, TWAMP-Light's 41 octets, with as many", () => {
  const request = captured('stamp');
  const { reply } = new MadeReflector().reflect(request, { ttl: 64 });
  const expected = [
    '0000000a', // number, of a stateless reflector the sender's
    'e8fe6f802607d156', // T3 of the vectors
    '8c830000',
    'e8fe6f802601439e', // T2 of the vectors
    '0000000a',
    'eeaff9051099bfff3fff', // T1 and its error, as they came
    '0000',
    '40',
  ];
  assert.equal(reply.toString('hex'), expected.join(''));
});

interface Reading {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** A server that started at the Unix second 1,700,000,000, whose clock stands still at the last reading. */
function echoPlus(...readings: [Reading, ...Reading[]]): {
  reflector: UdpEchoPlusReflector;
  state: UdpEchoPlusState;
  block: CounterBlock;
} {
  const memory = UdpEchoPlusState.createMemory(1_700_000_000);
  const clock = {
    read: (time: { seconds: number; nanoseconds: number }) => {
      Object.assign(time, readings[0]);
      if (readings.length > 1) readings.shift();
    },
    quality: () => ({ isSynchronised: false, errorSeconds: 1 }),
  };
  const state = new UdpEchoPlusState(memory);
  const block = new CounterBlock();
  return { reflector: new UdpEchoPlusReflector(clock, state, block.valid), state, block };
}

const SOURCE = { address: '192.0.2.7', port: 50_000 };

test("fills the server's fields of akcom-udpecho's request in, and no other octet", () => {
  const now = { seconds: 1_700_000_002, nanoseconds: 148_556_789 };
  const { reflector } = echoPlus(now);
  const batch = new MadeBatch([{ ...SOURCE, payload: captured('udp-echo-plus') }]);
  batch.arrivalSeconds[0] = 1_700_000_002;
  batch.arrivalNanoseconds[0] = 148_456_789;
  reflector.reflect(batch);
  // 2,148,456 and 2,148,556 µs after the start; the first reply is number 1.
  const filled = '00000001' + '0020c868' + '0020c8cc' + '00000000';
  const request = captured('udp-echo-plus').toString('hex');
  assert.equal(
    batch.payloadOf(0).toString('hex'),
    request.slice(0, 8) + filled + request.slice(40),
  );
});

test('tells when it took a request and when it replied, where the kernel says neither', () => {
  const taken = { seconds: 1_700_000_002, nanoseconds: 0 };
  const { reflector, state } = echoPlus(taken, { ...taken, nanoseconds: 7000 });
  const batch = new MadeBatch([{ ...SOURCE, payload: captured('udp-echo-plus') }]);
  reflector.reflect(batch);
  // 2,000,000 and 2,000,007 µs after the start.
  assert.equal(batch.payloadOf(0).toString('hex', 8, 16), '001e8480' + '001e8487');
  assert.equal(state.firstSeconds, 1_700_000_002);
});

test('its clock wraps at 2^32 µs, as the vector of the standard has it', () => {
  // 4,294,967,280 µs are 0xfffffff0, and 32 µs more are 0x10.
  const { reflector } = echoPlus({ seconds: 1_700_004_294, nanoseconds: 967_312_000 });
  const request = Buffer.from('000000010000000000000000000000000000000000000001' + '6162', 'hex');
  const batch = new MadeBatch([{ ...SOURCE, payload: request }]);
  batch.arrivalSeconds[0] = 1_700_004_294;
  batch.arrivalNanoseconds[0] = 967_280_000;
  reflector.reflect(batch);
  assert.equal(
    batch.payloadOf(0).toString('hex'),
    '0000000100000001fffffff000000010' + '0000000000000001' + '6162',
  );
});

test('what is shorter than its header comes back as it was, and is counted all the same', () => {
  const { reflector, block, state } = echoPlus({ seconds: 1_700_000_000, nanoseconds: 0 });
  const payload = Buffer.from('nineteen octets, no');
  const batch = new MadeBatch([{ ...SOURCE, payload }]);
  reflector.reflect(batch);
  assert.deepEqual(batch.payloadOf(0), payload);
  assert.deepEqual([...block.valid], [1, 19]);
  assert.equal(state.nextSequence(), 1);
});
