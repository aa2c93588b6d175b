// The guard against loops, against models: exactly where payloads don't meet, and to one side where they do.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decidesAsModel, endsLoops, FEW_PAYLOADS, MIX } from '../../helpers/guard-attacks.ts';
import { holds } from '../../helpers/property.ts';

test('decides on few payloads as a model that follows each by itself', () => {
  let dropped = 0;
  holds(
    fc.property(FEW_PAYLOADS, ({ salt, repetitions }) => {
      dropped += decidesAsModel(salt, repetitions);
    }),
    60,
  );
  assert.ok(dropped > 1000, `only ${dropped} were dropped`);
});

test('ends every loop in its time, whatever mix of loops, floods and honest programs there is', () => {
  holds(fc.property(MIX, endsLoops), 2);
});
