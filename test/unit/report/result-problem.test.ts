// What a stranger's file may hold: each wrong value is named by its place and the rule it breaks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordProblem, resultProblem, startProblem } from '../../../src/report/result-problem.ts';
import { VERSION } from '../../../src/version.ts';
import { madeResult } from '../../helpers/made-result.ts';

type Json = Record<string, unknown>;

const ANEW = 'get a fresh copy of the file, or measure again';

/** A result of this version, with `value` at `place`; `undefined` takes the field away. */
function resultWith(place: string, value: unknown): unknown {
  const result = JSON.parse(JSON.stringify(madeResult())) as Json;
  (result['tool'] as Json)['version'] = VERSION;
  const names = place.split('.');
  const last = names.pop()!;
  const parent = names.reduce<Json>((inner, name) => inner[name] as Json, result);
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else Object.defineProperty(parent, last, { value, enumerable: true, configurable: true });
  return result;
}

test('a result is one', () => {
  assert.equal(resultProblem(resultWith('durationNs', 1)), undefined);
});

const SHELL = '$(touch ran)';

for (const [place, value, problem] of [
  ['reflector', undefined, 'reflector is missing'],
  ['rttNs.p50', undefined, 'rttNs.p50 is missing'],
  ['latency', 1, 'latency is not a known field'],
  ['__proto__', {}, '__proto__ is not a known field'],
  ['durationNs', '1', 'durationNs must be a number, got "1"'],
  ['durationNs', 1e999, 'durationNs must be a number, got Infinity'],
  ['datagrams.lossRatio', 1.5, 'datagrams.lossRatio must be at most 1, got 1.5'],
  ['datagrams.lossRatio', -0.5, 'datagrams.lossRatio must be at least 0, got -0.5'],
  ['datagrams.sent', 1.5, 'datagrams.sent must be a whole number, got 1.5'],
  ['datagrams.sent', -1, 'datagrams.sent must be at least 0, got -1'],
  [
    'datagrams.sent',
    2 ** 53,
    'datagrams.sent must be at most 9007199254740991, got 9007199254740992',
  ],
  ['streams', {}, 'streams must be a list, got an object'],
  ['streams.0.lossRatio', 2, 'streams[0].lossRatio must be at most 1, got 2'],
  ['reflector', [], 'reflector must be null or an object, got a list of 0'],
  ['reflector', {}, 'reflector.numbering is missing'],
  ['tool.engine', SHELL, `tool.engine must be one of linux, portable, got "${SHELL}"`],
  [
    'target.protocol',
    SHELL,
    `target.protocol must be one of echo, stamp, udp-echo-plus, got "${SHELL}"`,
  ],
  ['config.schedule', SHELL, `config.schedule must be one of periodic, poisson, got "${SHELL}"`],
  [
    'icmpErrors',
    Array(190_000).fill({}),
    'icmpErrors must have 1024 entries or fewer, got a list of 190000',
  ],
  [
    'echogram.late',
    [],
    'echogram.late must have as many entries as echogram.sent, 10, got a list of 0',
  ],
  [
    'echogram.rttRows.3',
    [430],
    'echogram.rttRows[3] must be row, count, row, count, …, with rows from 0 to 863, the lowest first',
  ],
  [
    'echogram.rttRows.3',
    [864, 1],
    'echogram.rttRows[3] must be row, count, row, count, …, with rows from 0 to 863, the lowest first',
  ],
  [
    'echogram.rttRows.3',
    [4, 1, 4, 1],
    'echogram.rttRows[3] must be row, count, row, count, …, with rows from 0 to 863, the lowest first',
  ],
  [
    'supplied.extra',
    { a: 1 },
    'supplied.extra must be a text or a number or true or false or a list, got an object',
  ],
  ['x'.repeat(1000), 1, `${'x'.repeat(40)}… is not a known field`],
] as const) {
  const got = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 20);
  test(`${place.slice(0, 40)} of ${got} is refused in words`, () => {
    assert.equal(resultProblem(resultWith(place, value)), `${problem}; ${ANEW}`);
  });
}

for (const host of [
  ...['', SHELL, '`ran`', "a'b", 'a"b', 'a b', 'a;b', 'a|b', 'a&b', 'a\nb', 'a\x1bb', 'a\0b'],
  ...['-c1', '--report=x', '<b>', 'a\u202eb', 'a\\b', '~', '*', '#', '!', 'a/b', 'a=b'],
]) {
  test(`a host of ${JSON.stringify(host)} is refused`, () => {
    assert.match(
      String(resultProblem(resultWith('target.host', host))),
      /^target\.host must match /,
    );
    assert.match(
      String(resultProblem(resultWith('supplied.host', host))),
      /^supplied\.host must match /,
    );
  });
}

for (const host of [
  ...['localhost', 'host.example.', '_udp.host-1.example', 'bücher.example', '192.0.2.7'],
  ...['::1', 'fe80::1%eth0', 'fe80::1%br_lan.7', '2001:db8::1', 'xn--bcher-kva.example'],
]) {
  test(`a host of ${host} is taken`, () => {
    assert.equal(resultProblem(resultWith('target.host', host)), undefined);
  });
}

for (const [place, value] of [
  ['target.address', '192.0.2.7; ran'],
  ['startedAt', '2026-01-02T03:04:05.678Z\n'],
  ['endedBy.message', 'two\nlines'],
  ['endedBy.message', '\x1b[2J'],
  ['tool.version', '1.2.3 $(ran)'],
  ['tool.node', '<b>'],
  ['tool.platform', 'linux x64\x07'],
  ['icmpErrors', [{ systemCode: 'A;B', from: null, icmpType: 3, icmpCode: 3, count: 1 }]],
] as const) {
  test(`${place} of ${JSON.stringify(value)} is refused`, () => {
    const last = place === 'icmpErrors' ? 'icmpErrors[0].systemCode' : place;
    const wrong = resultWith(place, place === 'endedBy.message' ? undefined : value) as Json;
    if (place === 'endedBy.message') wrong['endedBy'] = { code: 'ERROR', message: value };
    assert.ok(String(resultProblem(wrong)).startsWith(`${last} must match `));
  });
}

test('a file of another version, or of none of ours, is told apart from a wrong one', () => {
  assert.equal(
    resultProblem({ ...madeResult(), latency: 1 }),
    `latency is not a known field; echogram 1.2.3 wrote it, and this is ${VERSION}: use that version`,
  );
  assert.match(
    String(resultProblem({ ...madeResult(), schema: 'echogram.session/2' })),
    /^its schema is echogram\.session\/2, newer than the echogram\.session\/1 of echogram/,
  );
  assert.equal(
    resultProblem({ schema: 'other/1' }),
    'its schema is other/1, not echogram.session/1 or echogram.load/1',
  );
  for (const value of [null, [], 7, 'text', {}, { schema: 7 }]) {
    assert.match(String(resultProblem(value)), /^it is not the output/);
  }
});

test('a recording begins with a line that lists source ports', () => {
  const { schema, tool, config, supplied, target, startedAt } = madeResult();
  const made = { ...tool, version: VERSION };
  const start = { type: 'session', schema, tool: made, config, supplied, target, startedAt };
  assert.equal(startProblem({ ...start, sourcePorts: [1] }), undefined);
  assert.equal(startProblem(start), `sourcePorts is missing; ${ANEW}`);
  assert.equal(
    startProblem({ ...start, sourcePorts: [] }),
    `sourcePorts must have 1 or more entries, got a list of 0; ${ANEW}`,
  );
  assert.equal(
    startProblem({ ...start, sourcePorts: [0] }),
    `sourcePorts[0] must be at least 1, got 0; ${ANEW}`,
  );
});

test('a record is of a source port that there is', () => {
  const record = { type: 'late', atNs: 1, sequence: 0, stream: 1, rttNs: 1 };
  assert.equal(recordProblem(record, 2), undefined);
  assert.equal(
    recordProblem(record, 1),
    'is not a record: stream must be less than 1, the number of source ports, got 1',
  );
  assert.equal(recordProblem({ type: 'late' }, 1), 'is not a record: atNs is missing');
  for (const value of [null, [], 7, 'text', {}, { type: 7 }, { type: 'session' }]) {
    assert.equal(recordProblem(value, 1), 'is not a record');
  }
});
