import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allowance } from '../../../src/relay/allowance.ts';

test('a reply is allowed up to three times the bytes that came, to the byte', () => {
  const allowance = new Allowance(true);
  allowance.receive(100);
  assert.equal(allowance.take(299), true);
  assert.equal(allowance.take(2), false);
  assert.equal(allowance.take(1), true);
  assert.equal(allowance.take(1), false);
  // A datagram without payload earns nothing, and costs nothing.
  assert.equal(allowance.take(0), true);
});

test('on loopback a datagram after a reply lifts the limit', () => {
  const allowance = new Allowance(true);
  allowance.receive(1);
  allowance.receive(1);
  assert.equal(allowance.hasAnswered, false);
  assert.equal(allowance.take(1000), false);
  // That one did not leave, so that nothing can answer it.
  allowance.receive(1);
  assert.equal(allowance.hasAnswered, false);
  assert.equal(allowance.take(9), true);
  allowance.receive(0);
  assert.equal(allowance.hasAnswered, true);
  assert.equal(allowance.take(1e9), true);
});

test('elsewhere three answers lift it, each to a reply that came after the one before', () => {
  const allowance = new Allowance(false);
  for (let round = 0; round < 3; round++) {
    allowance.receive(100);
    // What comes at once answers nothing.
    allowance.receive(100);
    assert.equal(allowance.hasAnswered, false);
    assert.equal(allowance.take(600), true);
    assert.equal(allowance.take(1), false);
  }
  allowance.receive(0);
  assert.equal(allowance.hasAnswered, true);
  assert.equal(allowance.take(1e9), true);
});

test('who is never sent a reply answers none', () => {
  const allowance = new Allowance(false);
  for (let round = 0; round < 100; round++) {
    allowance.receive(1);
    assert.equal(allowance.take(1000), false);
  }
  assert.equal(allowance.hasAnswered, false);
});
