// The tables that strangers can fill, against models, for as many random attacks as there is time for.

import { test } from 'node:test';
import fc from 'fast-check';
import { decidesAsModel, endsLoops, FEW_PAYLOADS, MIX } from '../helpers/guard-attacks.ts';
import { ATTACKS, withstands } from '../helpers/limiter-attacks.ts';
import { holds } from '../helpers/property.ts';
import { agreesWithModel, PACKETS } from '../helpers/session-attacks.ts';

test('the limit of each source holds against strangers who know its salt', () => {
  holds(
    fc.property(ATTACKS, (attacks) => {
      withstands(attacks);
    }),
    300,
  );
});

test('the guard decides on few payloads as a model that follows each by itself', () => {
  holds(
    fc.property(FEW_PAYLOADS, ({ salt, repetitions }) => {
      decidesAsModel(salt, repetitions);
    }),
    2000,
  );
});

test('the guard ends every loop in its time, in any mix of loops, floods and honest programs', () => {
  holds(fc.property(MIX, endsLoops), 40);
});

test('the table of STAMP sessions is what a model is that looks at every session each time', () => {
  holds(fc.property(PACKETS, agreesWithModel), 400);
});
