// Holds schema/echogram.session-1.json to the type of a result: a field that either has and the other
// has not would be wrong in every program that reads our JSON.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DirectionResult, ReflectorResult } from '../../../src/client/session-result.ts';
import { violations } from '../../helpers/json-schema.ts';
import { madeResult, NO_VALUES } from '../../helpers/made-result.ts';
import { counts } from '../../helpers/made-session.ts';
import { repositoryText } from '../../helpers/repository.ts';

const SCHEMA = JSON.parse(repositoryText('schema/echogram.session-1.json')) as Parameters<
  typeof violations
>[0];

/** As a program reads it. */
function printed(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

const DIRECTION: DirectionResult = {
  ...{ lost: 1, reordered: 0, duplicate: 0 },
  ...{ delayNs: NO_VALUES, ipdvNs: NO_VALUES, pdvNs: NO_VALUES },
};

const REFLECTOR: ReflectorResult = {
  ...{ numbering: 'own', unattributed: 1, unanswered: 0, unaltered: 0, unauthenticated: 0 },
  ...{ unusableStamps: 0, residenceNs: NO_VALUES },
  clock: { offsetLeastNs: -1, offsetMostNs: 2.5, isSynchronised: false, errorNs: 1e6 },
};

/** Of a stateless UDPEchoPlus server, if there were one. */
const UNKNOWN_DIRECTION: DirectionResult = {
  ...{ lost: null, reordered: null, duplicate: null },
  ...{ delayNs: null, ipdvNs: NO_VALUES, pdvNs: NO_VALUES },
};

const PORT_UNREACHABLE = {
  systemCode: 'ECONNREFUSED',
  from: '192.0.2.7',
  icmpType: 3,
  icmpCode: 3,
  count: 2,
};

for (const [what, result] of [
  ['an uneventful run', madeResult()],
  [
    'a run of which nothing is known',
    madeResult({
      ...{ rttNs: NO_VALUES, pdvNs: NO_VALUES, smoothedJitterNs: null, streams: [] },
      datagrams: counts({ sendFailed: 3, lossRatio: null }),
      endedBy: { code: 'ERROR', message: 'none could be sent' },
      hostDrops: { receiveBuffer: null, sendBuffer: 3 },
      refusals: [
        PORT_UNREACHABLE,
        { ...PORT_UNREACHABLE, from: null, icmpType: null, icmpCode: null },
      ],
    }),
  ],
  [
    'a protocol that tells the directions, with kernel stamps',
    madeResult({
      ...{ forward: DIRECTION, backward: DIRECTION, reflector: REFLECTOR },
      timestamps: { send: 'kernel', receive: 'kernel', userToKernelNs: NO_VALUES },
    }),
  ],
  [
    'a reflector that tells little',
    madeResult({
      ...{ forward: UNKNOWN_DIRECTION, backward: UNKNOWN_DIRECTION },
      reflector: {
        ...REFLECTOR,
        ...{ numbering: null, unattributed: null, unanswered: null, clock: null },
      },
    }),
  ],
] as const) {
  test(`the schema fits ${what}`, () => {
    assert.deepEqual(violations(SCHEMA, printed(result)), []);
  });
}

for (const [what, change, place] of [
  ['a field that is missing', { rttNs: undefined }, '$.rttNs: missing'],
  ['a field that it does not know', { latency: 1 }, '$.latency: not in the schema'],
  ['a time below zero', { durationNs: -1 }, '$.durationNs: below the minimum, got -1'],
  [
    'another schema',
    { schema: 'echogram.session/2' },
    '$.schema: not echogram.session/1, got "echogram.session/2"',
  ],
] as const) {
  test(`the schema refuses ${what}`, () => {
    assert.deepEqual(violations(SCHEMA, printed({ ...madeResult(), ...change })), [place]);
  });
}

test('every object of the schema names all of its fields, and requires all but a message', () => {
  const optional: string[] = [];
  const visit = (schema: object, at: string): void => {
    for (const [name, value] of Object.entries(schema) as [string, unknown][]) {
      if (typeof value === 'object' && value !== null) visit(value, `${at}/${name}`);
    }
    if (!('properties' in schema) || !('required' in schema)) return;
    assert.equal((schema as { additionalProperties?: unknown }).additionalProperties, false, at);
    const required = schema.required as readonly string[];
    const names = Object.keys(schema.properties as object);
    optional.push(
      ...names.filter((name) => !required.includes(name)).map((name) => `${at}/${name}`),
    );
  };
  visit(SCHEMA, '$');
  assert.deepEqual(optional, ['$/properties/endedBy/message']);
});
