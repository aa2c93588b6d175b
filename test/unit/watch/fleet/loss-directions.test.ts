import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StampProtocol } from '../../../../src/client/protocols/stamp-protocol.ts';
import { UdpEchoPlusProtocol } from '../../../../src/client/protocols/udp-echo-plus-protocol.ts';
import type { Reflection } from '../../../../src/client/protocols/probe-protocol.ts';
import { LossDirections, type LossDirection } from '../../../../src/watch/fleet/loss-directions.ts';
import { holds } from '../../../helpers/property.ts';

const CAPACITY = 64;
const PLAN = { key: undefined, payloadBytes: 68, streams: 1, nonce: [1, 2] } as const;
const STAMP = new StampProtocol({ ...PLAN, protocol: 'stamp' });
const UDP_ECHO_PLUS = new UdpEchoPlusProtocol({ ...PLAN, protocol: 'udp-echo-plus' });

/** What becomes of a probe; `foreign`: somebody else asks the other end after it as well. */
type Fate = 'answered' | 'forward' | 'backward' | 'unsent' | 'failed' | 'foreign';

interface OtherEnd {
  readonly protocol?: StampProtocol | UdpEchoPlusProtocol;
  readonly firstNumber?: number;
  readonly isCopied?: boolean;
}

/** Probes of one port, each given up after ten more were sent. @returns what is said of each that was lost */
function tell(
  fates: readonly Fate[],
  { protocol = STAMP, firstNumber = 0, isCopied = false }: OtherEnd = {},
): (LossDirection | undefined)[] {
  const directions = new LossDirections(protocol, CAPACITY, 1);
  const said: (LossDirection | undefined)[] = [];
  let number = firstNumber;
  let failures = 0;
  const giveUp = (probe: number): void => {
    const fate = fates[probe];
    if (fate === 'forward' || fate === 'backward' || fate === 'failed') {
      said.push(directions.lose(probe));
    }
  };
  fates.forEach((fate, probe) => {
    directions.send(probe);
    if (fate === 'unsent') directions.withdraw(probe);
    if (fate === 'failed') failures++;
    if (fate === 'backward') number++;
    if (fate === 'answered' || fate === 'foreign') {
      const sequence = isCopied ? probe + 1 : number++;
      directions.addReply(probe, reflectionOf(sequence, failures, isCopied), true);
    }
    if (fate === 'foreign') number++;
    giveUp(probe - 10);
  });
  for (let probe = Math.max(0, fates.length - 10); probe < fates.length; probe++) giveUp(probe);
  return said;
}

function reflectionOf(sequence: number, failures: number, isCopy: boolean): Reflection {
  return {
    ...{ sequence: sequence % 2 ** 32, isCopy, failures },
    ...{ receivedNs: 0, sentNs: 0, clockErrorNs: NaN, isClockSynchronised: false },
  };
}

test('the numbers around a lost probe tell the way', () => {
  assert.deepEqual(tell(['answered', 'forward', 'answered', 'backward', 'answered']), [
    'forward',
    'backward',
  ]);
});

test('of several losses together there are as many of each as there were', () => {
  const said = tell(['answered', 'forward', 'backward', 'forward', 'answered']);
  assert.deepEqual(said.sort(), ['backward', 'forward', 'forward']);
});

test('a counter that starts with the session tells the way of the first probes', () => {
  assert.deepEqual(tell(['forward', 'answered']), ['forward']);
  assert.deepEqual(tell(['backward', 'answered']), ['backward']);
  // One of UDPEchoPlus does not: before the first reply nothing is known of it.
  assert.deepEqual(tell(['forward', 'answered'], { protocol: UDP_ECHO_PLUS }), [undefined]);
  // Nor does one that somebody else started.
  assert.deepEqual(tell(['forward', 'answered'], { firstNumber: 500 }), [undefined]);
});

test('what no reply follows is lost on a way that nobody knows', () => {
  assert.deepEqual(tell(['answered', 'forward', 'backward']), [undefined, undefined]);
});

test('a reflector that repeats our numbers tells nothing', () => {
  assert.deepEqual(tell(['answered', 'forward', 'answered'], { isCopied: true }), [undefined]);
});

test('a counter that others drive on tells nothing', () => {
  assert.deepEqual(tell(['answered', 'foreign', 'answered', 'forward', 'answered']), [undefined]);
});

test('a probe that was never sent is no loss', () => {
  assert.deepEqual(tell(['answered', 'unsent', 'forward', 'answered']), ['forward']);
});

test('what the other end says that it did not answer was lost on neither way', () => {
  const options = { protocol: UDP_ECHO_PLUS, firstNumber: 7 };
  assert.deepEqual(tell(['answered', 'failed', 'answered'], options), [undefined]);
  assert.deepEqual(tell(['answered', 'failed', 'backward', 'answered'], options).sort(), [
    'backward',
    undefined,
  ]);
});

test('the numbers of the other end wrap at 2^32', () => {
  const fates: Fate[] = ['answered', 'answered', 'forward', 'answered', 'backward', 'answered'];
  const options = { protocol: UDP_ECHO_PLUS, firstNumber: 2 ** 32 - 2 };
  assert.deepEqual(tell(fates, options), ['forward', 'backward']);
});

test('with less than ten lost in a row there are exactly as many of each way as there were', () => {
  const fate = fc.constantFrom<Fate>('answered', 'answered', 'answered', 'forward', 'backward');
  holds(
    fc.property(fc.array(fate, { minLength: 1, maxLength: 300 }), (some) => {
      const fates: Fate[] = [];
      for (const next of some) {
        const isTooLong = fates.slice(-9).every((before) => before !== 'answered');
        fates.push(fates.length >= 9 && isTooLong ? 'answered' : next);
      }
      fates.push('answered');
      const said = tell(fates);
      for (const way of ['forward', 'backward'] as const) {
        const lost = fates.filter((each) => each === way).length;
        assert.equal(said.filter((each) => each === way).length, lost, way);
      }
    }),
    300,
  );
});
