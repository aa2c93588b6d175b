import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FILE_NAME, hexBytes, LISTEN_ADDRESS, readTarget } from '../../../src/cli/flag-values.ts';
import { HOST, wholeNumber, type Kind } from '../../../src/options/kind.ts';
import { duration, RATIO } from '../../../src/options/quantity.ts';
import { holds } from '../../helpers/property.ts';
import { wrongValueOf } from '../../helpers/thrown.ts';

const port = reader('--port', wholeNumber(0, 65_535));
const timeout = reader('--timeout', duration());

function reader<Value>(flag: string, { text }: Kind<Value>): (text: string) => Value {
  return (value) => text!.read(flag, value);
}

test('a whole number may be any of its range, ends included', () => {
  assert.equal(port('0'), 0);
  assert.equal(port('10000'), 10_000);
  assert.equal(port('65535'), 65_535);
  assert.equal(reader('--port', wholeNumber(1, 3))('1'), 1);
});

const WRONG_PORTS = [
  '65536',
  '70000',
  '-1',
  '+1',
  '1.0',
  '1e3',
  '0x10',
  '',
  ' 1',
  '1\n',
  '١',
  'banana',
  'NaN',
  '9'.repeat(400),
];

for (const text of WRONG_PORTS) {
  test(`${JSON.stringify(text.slice(0, 8))} is no port, and the error names flag, rule and value`, () => {
    const { data, message } = wrongValueOf(() => port(text));
    assert.deepEqual(data, {
      option: '--port',
      rule: 'a whole number from 0 to 65535',
      value: text,
    });
    assert.ok(message.startsWith('--port must be a whole number from 0 to 65535, got `'), message);
  });
}

test('a whole number is accepted exactly in its range, whatever the range', () => {
  const ranges = fc.tuple(fc.nat(100_000), fc.nat(100_000), fc.nat(200_000));
  holds(
    fc.property(ranges, ([one, other, value]) => {
      const [min, max] = one < other ? [one, other] : [other, one];
      const parse = reader('--count', wholeNumber(min, max));
      if (min <= value && value <= max) assert.equal(parse(String(value)), value);
      else assert.equal(wrongValueOf(() => parse(String(value))).message.split(' ')[0], '--count');
    }),
  );
});

test('text that is no string of digits is never a whole number', () => {
  const texts = fc
    .oneof(fc.string(), fc.double().map(String), fc.integer({ max: -1 }).map(String))
    .filter((text) => !/^[0-9]+$/.test(text));
  holds(
    fc.property(texts, (text) => {
      wrongValueOf(() => port(text));
    }),
  );
});

// By hand: 1 s = 1,000 ms, 1 m = 60,000 ms, 1 h = 3,600,000 ms; 24 days are 576 hours.
const DURATIONS: readonly [text: string, milliseconds: number][] = [
  ['1us', 0.001],
  ['1000ns', 0.001],
  ['1µs', 0.001],
  ['250us', 0.25],
  ['1ms', 1],
  ['0.5ms', 0.5],
  ['500ms', 500],
  ['.5s', 500],
  ['1s', 1000],
  ['1.5s', 1500],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['576h', 2_073_600_000],
];

for (const [text, milliseconds] of DURATIONS) {
  test(`${text} are ${milliseconds} ms`, () => {
    assert.equal(timeout(text), milliseconds);
  });
}

const WRONG_DURATIONS = [
  'banana',
  '',
  's',
  '1 s',
  '-1s',
  '+1s',
  '0s',
  '0.0ms',
  '999ns',
  '576.1h',
  '1e3ms',
  '.',
  '.s',
  '5.s',
  '1.2.3s',
  '1S',
  '1day',
  '1s2ms',
  'Infinitys',
  '1s\n',
  `${'9'.repeat(400)}h`,
];

for (const text of WRONG_DURATIONS) {
  test(`${JSON.stringify(text.slice(0, 10))} is no duration, and the error says how to write one`, () => {
    const { data, message } = wrongValueOf(() => timeout(text));
    assert.deepEqual(data, {
      option: '--timeout',
      rule: 'a duration from 1us to 24 days, with a unit',
      value: text,
      remedy: 'write 500ms, 1s or 2m',
    });
    assert.ok(message.startsWith('--timeout must be a duration from 1us to 24 days'), message);
  });
}

// iputils' ping(8): -i, -W and -w are seconds. That of FreeBSD and macOS has milliseconds for -W.
const seconds = reader('-i', duration({ bareSeconds: 60 }));

for (const [text, milliseconds] of [
  ['0.2', 200],
  ['.2', 200],
  ['2', 2000],
  ['60', 60_000],
  ['100ms', 100],
] as const) {
  test(`${text} are ${milliseconds} ms where a number without a unit is seconds`, () => {
    assert.equal(seconds(text), milliseconds);
  });
}

for (const [what, read, text, remedy] of [
  ['more seconds than anybody waits for', seconds, '1000', 'write 1000s or 1000ms'],
  ['no seconds at all', seconds, '0', 'write 500ms, 1s or 2m'],
  ['seconds beyond the range', timeout, '5000000', 'write 5000000ms'],
  ['no unit', timeout, '20', 'write 20s or 20ms'],
  ['no unit, in any reading beyond the range', timeout, '9'.repeat(20), 'write 500ms, 1s or 2m'],
] as const) {
  test(`a number that would be ${what} is refused, and each reading of it is named`, () => {
    assert.equal(wrongValueOf(() => read(text)).data.remedy, remedy);
  });
}

const ratio = reader('--max-loss', RATIO);

for (const [text, expected] of [
  ['1%', 0.01],
  ['.5%', 0.005],
  ['0.7%', 0.007],
  ['100%', 1],
] as const) {
  test(`${text} is a ratio of ${expected}`, () => {
    assert.equal(ratio(text), expected);
  });
}

for (const [text, remedy] of [
  ['1', 'write 1% or, for the ratio 1, 100%'],
  ['0.01', 'write 0.01% or, for the ratio 0.01, 1%'],
  ['0', 'write 0%'],
  ['5', 'write 5%'],
  ['101', 'write 1% or 0.5%'],
  ['101%', 'write 1% or 0.5%'],
  ['half', 'write 1% or 0.5%'],
] as const) {
  test(`${text} is no percentage, and the error says what it may mean`, () => {
    assert.equal(wrongValueOf(() => ratio(text)).data.remedy, remedy);
  });
}

test('any amount of any unit is that many nanoseconds, or an error beyond the range', () => {
  // Hundredths of a unit, in whole nanoseconds: an integer sum that shares nothing with the parser.
  const unitNs = { us: 1_000n, µs: 1_000n, ms: 1_000_000n, s: 10n ** 9n, m: 60n * 10n ** 9n };
  const units = fc.constantFrom(...(Object.keys(unitNs) as (keyof typeof unitNs)[]));
  holds(
    fc.property(fc.nat(10_000_000), units, (hundredths, unit) => {
      const text = `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}${unit}`;
      const expectedNs = (BigInt(hundredths) * unitNs[unit]) / 100n;
      const isInRange = expectedNs >= 1_000n && expectedNs <= 24n * 86_400n * 10n ** 9n;
      if (!isInRange) wrongValueOf(() => timeout(text));
      // A double of this size holds a nanosecond's fraction; 1 ns of rounding is allowed.
      else assert.ok(Math.abs(timeout(text) * 1e6 - Number(expectedNs)) <= 1, text);
    }),
  );
});

test('text without a unit is never a duration', () => {
  const texts = fc.string().filter((text) => !/(?:ns|us|µs|ms|s|m|h)$/.test(text));
  holds(
    fc.property(texts, (text) => {
      assert.equal(wrongValueOf(() => timeout(text)).data.value, text);
    }),
  );
});

const HEX: readonly [text: string, bytes: number[]][] = [
  ['', []],
  ['48656c6c6f', [0x48, 0x65, 0x6c, 0x6c, 0x6f]],
  ['48 65 6C 6c 6F', [0x48, 0x65, 0x6c, 0x6c, 0x6f]],
  ['de:ad:be:ef', [0xde, 0xad, 0xbe, 0xef]],
  ['00\nff\n', [0, 255]],
];

for (const [text, bytes] of HEX) {
  test(`reads ${JSON.stringify(text)} as ${bytes.length} bytes`, () => {
    assert.deepEqual([...hexBytes(text)], bytes);
  });
}

for (const text of ['4', '48 6', 'f f', '1 23 4', '0x48', 'zz', '48-65', 'é']) {
  test(`${JSON.stringify(text)} is no pairs of hexadecimal digits`, () => {
    const { message } = wrongValueOf(() => hexBytes(text));
    assert.equal(
      message,
      `the message with --hex must be pairs of hexadecimal digits, got \`${text}\`; write 48 65 6c 6c 6f or 48656c6c6f`,
    );
  });
}

test('hexadecimal digits read back the bytes they were made of', () => {
  const separators = fc.constantFrom('', ' ', ':', '\n');
  holds(
    fc.property(fc.uint8Array(), separators, (bytes, separator) => {
      const text = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(separator);
      assert.deepEqual(hexBytes(text), bytes);
    }),
  );
});

const PARSERS_OF_HOSTS = [
  { title: 'a host', parse: reader('--host', HOST), around: (host: string) => host },
  {
    title: 'where to listen',
    parse: reader('--metrics', LISTEN_ADDRESS),
    around: (host: string) => `${host}:9100`,
  },
  {
    title: 'a target',
    parse: readTarget,
    around: (host: string) => `${host}:7000`,
  },
];

for (const { title, parse, around } of PARSERS_OF_HOSTS) {
  test(`${title} has no blanks and no control characters, and the error shows them escaped`, () => {
    for (const host of ['localhost\0', 'a b', 'a\x1b[2J', 'fe80::1%eth0\0x', 'a'.repeat(255)]) {
      const { data, message } = wrongValueOf(() => parse(around(host)));
      assert.match(data.rule, /^a host|^HOST|^\[HOST/);
      assert.doesNotMatch(message, /[\0\x1b]/);
    }
  });
}

test('an IPv6 address may stand in brackets where a host does', () => {
  assert.equal(reader('--host', HOST)('[fe80::1%eth0]'), 'fe80::1%eth0');
});

for (const [text, address] of [
  ['9100', { host: '127.0.0.1', port: 9100 }],
  ['0', { host: '127.0.0.1', port: 0 }],
  ['0.0.0.0:9100', { host: '0.0.0.0', port: 9100 }],
  ['[::1]:9100', { host: '::1', port: 9100 }],
  ['[fe80::1%eth0]:9100', { host: 'fe80::1%eth0', port: 9100 }],
] as const) {
  test(`${text} is where to listen`, () => {
    assert.deepEqual(reader('--metrics', LISTEN_ADDRESS)(text), address);
  });
}

for (const text of [
  '',
  '65536',
  '0.0.0.0',
  '::1',
  ':9100',
  '::1:9100:x',
  '9100:80',
  '[localhost]:9100',
]) {
  test(`"${text}" is not where to listen`, () => {
    const { message } = wrongValueOf(() => reader('--metrics', LISTEN_ADDRESS)(text));
    assert.equal(
      message,
      `--metrics must be [HOST:]PORT with a port from 0 to 65535, got \`${text}\`; write 9100, 0.0.0.0:9100 or [::1]:9100`,
    );
  });
}

for (const text of [
  '',
  'host:',
  'host:0',
  'host:65536',
  'host:x',
  ':7000',
  '7000',
  '[::1',
  '[::1]7',
  'fe80::1%eth0:7',
]) {
  test(`"${text}" is no target`, () => {
    const { message } = wrongValueOf(() => readTarget(text));
    assert.equal(
      message,
      `the target must be HOST[:PORT] with a port from 1 to 65535, got \`${text}\`; write 192.0.2.7:7000 or [2001:db8::7]:7000`,
    );
  });
}

test('the name of a file is not empty', () => {
  assert.equal(reader('--key-file', FILE_NAME)(' '), ' ');
  assert.deepEqual(wrongValueOf(() => reader('--key-file', FILE_NAME)('')).data, {
    option: '--key-file',
    rule: "a file's name",
    value: '',
  });
});
