import { test } from 'node:test';
import { assertConstantMemory, assertSmallSessions } from '../../helpers/constant-memory.ts';

// Finds five octets a probe; test/system has ten times as many probes.
test('a session of a million probes takes the memory of the first hundred thousand', () => {
  assertConstantMemory(1_000_000);
});

test('a session without a picture takes less than a quarter of a megabyte', () => {
  assertSmallSessions(250_000);
});
