// Holds the schemas to the types of a result and of a record: a field that either has and the other has
// not would be wrong in every program that reads our JSON.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProbeRecord } from '../../../src/client/session/probe-record.ts';
import type {
  DirectionResult,
  ReflectorResult,
} from '../../../src/client/session/session-result.ts';
import { recordJson, resultJson, startJson } from '../../../src/report/record-lines.ts';
import { lineViolations, resultViolations, schemaOf } from '../../helpers/json-schema.ts';
import { madeResult, NO_VALUES } from '../../helpers/made-result.ts';
import { counts } from '../../helpers/made-session.ts';

/** As a program reads it. */
function printed(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

const DIRECTION: DirectionResult = {
  lost: 1,
  reordered: 0,
  duplicate: 0,
  delayNs: NO_VALUES,
  ipdvNs: NO_VALUES,
  pdvNs: NO_VALUES,
};

const REFLECTOR: ReflectorResult = {
  numbering: 'own',
  unattributed: 1,
  unanswered: 0,
  unaltered: 0,
  unauthenticated: 0,
  unusableStamps: 0,
  residenceNs: NO_VALUES,
  clock: { offsetLeastNs: -1, offsetMostNs: 2.5, isSynchronised: false, errorNs: 1e6 },
};

/** Of a stateless UDPEchoPlus server, if there were one. */
const UNKNOWN_DIRECTION: DirectionResult = {
  lost: null,
  reordered: null,
  duplicate: null,
  delayNs: null,
  ipdvNs: NO_VALUES,
  pdvNs: NO_VALUES,
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
      rttNs: NO_VALUES,
      pdvNs: NO_VALUES,
      smoothedJitterNs: null,
      streams: [],
      datagrams: counts({ sendFailed: 3, lossRatio: null }),
      endedBy: { code: 'ERROR', message: 'none could be sent' },
      hostDrops: {
        receiveBuffer: null,
        checksum: null,
        bufferOrChecksum: null,
        checksumOfAll: null,
        sendQueue: null,
      },
      sendFailures: { EPERM: 2, ENOBUFS: 1 },
      rateLimit: { perSecond: 1000, burst: 200 },
      thresholds: [
        {
          name: 'missedRatio',
          level: 'warning',
          limit: 0.007,
          actual: null,
          held: false,
          reason: 'no probe was sent',
        },
        {
          name: 'rttP99Ns',
          level: 'critical',
          limit: 20e6,
          actual: 12e6,
          held: true,
          reason: null,
        },
      ],
      icmpErrors: [
        PORT_UNREACHABLE,
        { ...PORT_UNREACHABLE, from: null, icmpType: null, icmpCode: null },
      ],
    }),
  ],
  [
    'a protocol that tells the directions, with kernel stamps',
    madeResult({
      forward: DIRECTION,
      backward: DIRECTION,
      reflector: REFLECTOR,
      timestamps: { send: 'kernel', receive: 'kernel', userToKernelNs: NO_VALUES },
    }),
  ],
  [
    'a reflector that tells little',
    madeResult({
      forward: UNKNOWN_DIRECTION,
      backward: UNKNOWN_DIRECTION,
      reflector: {
        ...REFLECTOR,
        numbering: null,
        unattributed: null,
        unanswered: null,
        clock: null,
      },
    }),
  ],
] as const) {
  test(`the schema fits ${what}`, () => {
    assert.deepEqual(resultViolations(printed(result)), []);
  });
}

for (const [what, change, place] of [
  ['a field that is missing', { rttNs: undefined }, " must have required property 'rttNs'"],
  ['a field that it does not know', { latency: 1 }, ' must NOT have additional properties'],
  ['a time below zero', { durationNs: -1 }, '/durationNs must be >= 0'],
  ['another schema', { schema: 'echogram.session/2' }, '/schema must be equal to constant'],
] as const) {
  test(`the schema refuses ${what}`, () => {
    assert.deepEqual(resultViolations(printed({ ...madeResult(), ...change })), [place]);
  });
}

/** One of each kind, with all that it may have: the compiler demands a new one here. */
const RECORDS: { readonly [Type in ProbeRecord['type']]: ProbeRecord & { type: Type } } = {
  reply: {
    type: 'reply',
    atNs: 8e6,
    sequence: 0,
    stream: 0,
    rttNs: 8e6,
    isReordered: false,
    sentNs: 0,
    sendErrorNs: 0,
    residenceNs: 1000.5,
    forwardDelayNs: -3.5,
    backwardDelayNs: null,
  },
  duplicate: { type: 'duplicate', atNs: 9e6, sequence: 0, stream: 0, rttNs: 9e6 },
  late: { type: 'late', atNs: 9e6, sequence: 1, stream: 1023, rttNs: 9e6 },
  timeout: { type: 'timeout', atNs: 9e6, sequence: 2, stream: 0, sentNs: 0, sendErrorNs: 0 },
  'send-failed': {
    type: 'send-failed',
    atNs: 0,
    sequence: 3,
    stream: 0,
    systemCode: 'ENOBUFS',
  },
  corrupted: { type: 'corrupted', atNs: 0, payloadBytes: 0 },
  stray: { type: 'stray', atNs: 0, payloadBytes: 65_507 },
  unaltered: { type: 'unaltered', atNs: 0, payloadBytes: 44 },
  'icmp-error': {
    type: 'icmp-error',
    atNs: 0,
    sequence: null,
    systemCode: 'EHOSTUNREACH',
    from: 'fe80::1%eth0',
    icmpType: 1,
    icmpCode: 3,
  },
  'host-dropped': { type: 'host-dropped', atNs: 0, datagrams: 2 },
  skipped: { type: 'skipped', atNs: 0, slots: 2 },
  stall: { type: 'stall', atNs: 0, delayNs: 2e6 },
  'address-changed': { type: 'address-changed', atNs: 0, from: '192.0.2.1', to: '192.0.2.7' },
  omitted: { type: 'omitted', atNs: 0, records: 2 },
};

test('the schema of records fits each line of a recording', () => {
  const result = madeResult({ forward: DIRECTION, backward: DIRECTION, reflector: REFLECTOR });
  const { schema, tool, config, supplied, target, startedAt } = result;
  const start = { schema, tool, config, supplied, target, startedAt };
  const lines = [
    startJson(start, [40_001, 40_002]),
    ...Object.values(RECORDS).map(recordJson),
    recordJson({
      ...RECORDS['icmp-error'],
      from: null,
      icmpType: null,
      icmpCode: null,
      sequence: 7,
    }),
    resultJson(result),
  ];
  for (const line of lines) assert.deepEqual(lineViolations(JSON.parse(line)), [], line);
});

for (const [what, change] of [
  ['an unknown type', { type: 'teleported' }],
  ['a field of another kind', { slots: 1 }],
  ['a count below zero', { sequence: -1 }],
  ['a part of a probe', { sequence: 0.5 }],
  ['a time that no number holds exactly', { atNs: 2 ** 53 }],
  ['a port beyond the most', { stream: 1024 }],
  ['a text for a number', { rttNs: '8' }],
] as const) {
  test(`the schema of records refuses ${what}`, () => {
    assert.notDeepEqual(lineViolations(printed({ ...RECORDS.reply, ...change })), []);
  });
}

test('every object of a schema names all of its fields, and requires all but a few', () => {
  const optional: string[] = [];
  const visit = (schema: object, at: string): void => {
    for (const [name, value] of Object.entries(schema) as [string, unknown][]) {
      if (typeof value === 'object' && value !== null) visit(value, `${at}/${name}`);
    }
    if (!('properties' in schema) || !('required' in schema) || 'allOf' in schema) return;
    assert.equal((schema as { additionalProperties?: unknown }).additionalProperties, false, at);
    const required = schema.required as readonly string[];
    const names = Object.keys(schema.properties as object);
    optional.push(
      ...names.filter((name) => !required.includes(name)).map((name) => `${at}/${name}`),
    );
  };
  visit(schemaOf('echogram.session-1.json'), 'session');
  visit(schemaOf('echogram.record-1.json'), 'record');
  // What a reflector tells of times comes with replies, where the protocol has it do so.
  const times = ['residenceNs', 'forwardDelayNs', 'backwardDelayNs'];
  assert.deepEqual(optional, [
    'session/properties/endedBy/message',
    'session/properties/endedBy/leftOut',
    ...['reply', 'duplicate', 'late'].flatMap((type) =>
      times.map((name) => `record/$defs/${type}/${name}`),
    ),
  ]);
});
