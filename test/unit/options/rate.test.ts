// Rates of a load: how they are read and written, and what they are in datagrams per second.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ppsOf, RATE, type Rate } from '../../../src/options/rate.ts';
import { wrongValueOf } from '../../helpers/thrown.ts';

const TEXT = RATE.text!;

for (const [text, rate] of [
  ['1', 1],
  ['1000', 1000],
  ['1000000', 1_000_000],
  ['64kbit', { ipBps: 64_000 }],
  ['10Mbit', { ipBps: 10_000_000 }],
  ['1.5Mbit', { ipBps: 1_500_000 }],
  ['1Gbit', { ipBps: 1_000_000_000 }],
] as const) {
  test(`${text} is read as ${JSON.stringify(rate)}, and written so that it is read alike`, () => {
    assert.deepEqual(TEXT.read('--max-rate', text), rate);
    assert.deepEqual(TEXT.read('', TEXT.write(rate)), rate);
    assert.ok(RATE.accepts(rate));
  });
}

// A number that is too large for datagrams may be meant as bits; M and Mbps are other programs' bits or bytes.
for (const text of [
  ...['', '0', '-5', '0.5', '1e6', '1000001', '10000000', 'fast', '10M', '10Mbps', '10mbit'],
  ...['10 Mbit', '0Mbit', '0.5kbit', '2000Gbit', '10Mbit/s', '10MB', '٣', '\0'],
]) {
  test(`${JSON.stringify(text)} is no rate, and the error says how one is written`, () => {
    const { data } = wrongValueOf(() => TEXT.read('--min-rate', text));
    assert.deepEqual(data, {
      option: '--min-rate',
      rule: 'a whole number of datagrams per second from 1 to 1000000, or bits per second with a unit: kbit, Mbit or Gbit',
      value: text,
      remedy: 'write 5000 or 10Mbit',
    });
  });
}

for (const value of [0, 1.5, NaN, Infinity, '5', null, {}, { ipBps: 5 }, { ipBps: 1e6, pps: 5 }]) {
  test(`the library refuses ${JSON.stringify(value)} as a rate`, () => {
    assert.equal(RATE.accepts(value), false);
  });
}

// By hand: IPv4 adds 20 octets and IPv6 40, UDP 8: 64 octets are packets of 92 and 112, 1,472 octets of 1,500.
for (const [rate, payloadBytes, ipVersion, pps] of [
  [5000, 64, 4, 5000],
  [{ ipBps: 736_000 }, 64, 4, 1000],
  [{ ipBps: 896_000 }, 64, 6, 1000],
  [{ ipBps: 12_000_000 }, 1472, 4, 1000],
] satisfies [Rate, number, 4 | 6, number][]) {
  test(`${JSON.stringify(rate)} is ${pps}/s of ${payloadBytes} octets over IPv${ipVersion}`, () => {
    assert.equal(ppsOf(rate, payloadBytes, ipVersion), pps);
  });
}
