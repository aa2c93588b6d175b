import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  ABORT_SIGNAL,
  HOST,
  oneOf,
  SWITCH,
  wholeNumber,
  type Kind,
} from '../../../src/options/kind.ts';
import { option } from '../../../src/options/option.ts';
import { parseOptions } from '../../../src/options/parse-options.ts';
import { BIND_PORT, REMOTE_PORT } from '../../../src/options/ports.ts';
import { duration } from '../../../src/options/quantity.ts';
import { holds } from '../../helpers/property.ts';
import { unknownOptionOf, wrongValueOf } from '../../helpers/thrown.ts';

interface Case {
  readonly kind: Kind<unknown>;
  readonly text: string;
  readonly accepts: readonly unknown[];
  readonly refuses: readonly unknown[];
}

const CASES: readonly Case[] = [
  {
    kind: BIND_PORT,
    text: 'a whole number from 0 to 65535',
    accepts: [0, 1, 10_000, 65_535],
    refuses: [-1, 65_536, 0.5, NaN, Infinity, '10000', 10_000n, null, true, [1]],
  },
  {
    kind: REMOTE_PORT,
    text: 'a whole number from 1 to 65535',
    accepts: [1, 65_535],
    refuses: [0, 65_536, '1'],
  },
  {
    kind: wholeNumber(-2, 2),
    text: 'a whole number from -2 to 2',
    accepts: [-2, 0, 2],
    refuses: [-3, 3, 1.5],
  },
  {
    kind: duration({ minMs: 0.001, maxMs: 2 }),
    text: 'a number from 0.001 to 2',
    accepts: [0.001, 1.5, 2],
    refuses: [0, 0.0009, 2.1, NaN, Infinity, -Infinity, '1', 1n, null],
  },
  { kind: oneOf(4, 6), text: 'one of 4, 6', accepts: [4, 6], refuses: [5, '4', null] },
  { kind: oneOf('auto'), text: 'auto', accepts: ['auto'], refuses: ['Auto', ''] },
  { kind: SWITCH, text: 'true or false', accepts: [true, false], refuses: [0, 1, 'true', null] },
  {
    kind: HOST,
    text: 'a host name or address of at most 254 characters, without spaces or control characters',
    accepts: ['localhost', '192.0.2.7', 'fe80::1%eth_0', 'bücher.example', 'a'.repeat(254)],
    refuses: [
      ...[
        '',
        ' ',
        'local host',
        'localhost\0',
        'localhost\0.example',
        'a\x1b[2J',
        'a\n',
        'a\u202eb',
      ],
      ...['fe80::1%eth0\0', 'a\u3000b', 'a\ud800', 'a\u200b', 'a'.repeat(255), 0, null, ['a']],
    ],
  },
  {
    kind: ABORT_SIGNAL,
    text: 'an AbortSignal',
    accepts: [new AbortController().signal],
    refuses: [new AbortController(), { aborted: false }, null],
  },
];

for (const { kind, text, accepts, refuses } of CASES) {
  test(`"${text}" accepts what it says and nothing else`, () => {
    assert.equal(kind.rule, text);
    for (const value of accepts) assert.ok(kind.accepts(value), `refused ${String(value)}`);
    for (const value of refuses) assert.ok(!kind.accepts(value), `accepted ${String(value)}`);
  });
}

interface Options {
  readonly port?: number;
  readonly isLoud?: boolean;
}

const TABLE = { port: option(BIND_PORT, { default: 10_000 }), isLoud: option(SWITCH) };

function parse(options: object): object {
  return parseOptions(TABLE, options as Options);
}

test('given values stand over the defaults, and undefined means not given', () => {
  assert.deepEqual(parse({}), { port: 10_000 });
  assert.deepEqual(parse({ port: 7000, isLoud: true }), { port: 7000, isLoud: true });
  assert.deepEqual(parse({ port: undefined }), { port: 10_000 });
});

test('the options are not changed', () => {
  const options = Object.freeze({ port: 7000 });
  assert.notEqual(parse(options), options);
});

test('a wrong value is refused by option, rule and value', () => {
  const error = wrongValueOf(() => parse({ port: 70_000 }));
  assert.deepEqual(error.data, {
    option: 'port',
    rule: 'a whole number from 0 to 65535',
    value: 70_000,
  });
  assert.equal(error.message, 'port must be a whole number from 0 to 65535, got `70000` (number)');
});

test('null is a wrong value, not an absent one', () => {
  assert.equal(wrongValueOf(() => parse({ port: null })).data.value, null);
});

test('an unknown name is refused, and its nearest spelling suggested', () => {
  const error = unknownOptionOf(() => parse({ PORT: 7000 }));
  assert.equal(error.message, 'PORT is not an option; did you mean port?');
});

test('an unknown name that begins a known one, or is begun by it, is taken for that', () => {
  const error = unknownOptionOf(() => parse({ isLoudly: true }));
  assert.equal(error.message, 'isLoudly is not an option; did you mean isLoud?');
  assert.equal(unknownOptionOf(() => parse({ is: true })).data.nearest, undefined);
});

test('an unknown name like no other is answered with the known ones', () => {
  const error = unknownOptionOf(() => parse({ colour: 'red' }));
  assert.equal(error.message, 'colour is not an option; known options are port, isLoud');
});

test('an unknown name is refused even where its value is undefined', () => {
  unknownOptionOf(() => parse({ colour: undefined }));
});

test('names that every object inherits are not options', () => {
  for (const name of ['toString', 'constructor', 'hasOwnProperty']) {
    unknownOptionOf(() => parse({ [name]: 1 }));
  }
  unknownOptionOf(() => parse(JSON.parse('{"__proto__": 1}') as object));
});

test('any wrong value gives an error that names option and rule, never a result', () => {
  const wrongPorts = fc
    .anything()
    .filter((value) => value !== undefined)
    .filter((value) => typeof value !== 'number' || !(value >= 0 && value <= 65_535));
  holds(
    fc.property(wrongPorts, (value) => {
      const { data, message } = wrongValueOf(() => parse({ port: value }));
      assert.ok(Object.is(data.value, value));
      assert.match(message, /^port must be a whole number from 0 to 65535, got ./);
      assert.doesNotMatch(message, /\n/);
    }),
  );
});
