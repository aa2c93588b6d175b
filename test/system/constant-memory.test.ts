import { test } from 'node:test';
import { assertConstantMemory } from '../helpers/constant-memory.ts';

test('a session of ten million probes takes the memory of the first hundred thousand', () => {
  assertConstantMemory(10_000_000);
});
