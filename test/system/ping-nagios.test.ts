// echogram ping --nagios as a plugin: its exit code, its one line, and performance data by the grammar of the Monitoring
// Plugins Development Guidelines (https://www.monitoring-plugins.org/doc/guidelines.html, "Performance data").

import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { ImpairmentProxy, PlainEcho, type ProbePlan } from '../helpers/impairment-proxy.ts';
import { pingUntil } from '../helpers/ping-until.ts';
import { runEchogram } from '../helpers/programs.ts';
import { closedPort } from '../helpers/udp.ts';

const PASSING: ProbePlan = { forward: { kind: 'pass' }, backward: { kind: 'pass' } };
const LOST: ProbePlan = { forward: { kind: 'drop' }, backward: { kind: 'pass' } };

const EXIT_CODES: Readonly<Record<string, number>> = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 };

interface Check {
  readonly state: string;
  readonly message: string;
  /** Value with its unit, warning, critical, least and most, by label. */
  readonly data: Readonly<Record<string, readonly string[]>>;
}

/** Reads the one line, and holds the exit code to its state. */
function checkOf({ stdout, exitCode }: { stdout: string; exitCode: number | null }): Check {
  const [, state = '', message = '', rest] =
    /^ECHOGRAM (OK|WARNING|CRITICAL|UNKNOWN) - ([^|\n]+?)(?: \| ([^|\n]+))?\n$/.exec(stdout) ?? [];
  assert.equal(exitCode, EXIT_CODES[state], stdout);
  return { state, message, data: rest === undefined ? {} : performanceData(rest) };
}

/** `'label'=value[UOM];[warn];[crit];[min];[max]`, separated by blanks; a quote in a label is doubled. */
function performanceData(text: string): Record<string, readonly string[]> {
  const number = String.raw`-?\d+(?:\.\d+)?`;
  const range = String.raw`@?(?:(?:~|${number})?:)?(?:${number})?`;
  const item = new RegExp(
    String.raw`^(?:'((?:[^'=]|'')+)'|([^'= ]+))=(U|${number}(?:s|us|ms|%|B|KB|MB|TB|c)?)(?:;(${range}))?(?:;(${range}))?(?:;(${number})?)?(?:;(${number})?)?$`,
  );
  const items = text.split(/ (?=')/).map((part) => {
    const [, quoted, plain, value = '', ...rest] = item.exec(part) ?? [];
    assert.notEqual(value, '', `${part} is no performance data`);
    return [
      quoted ?? plain!,
      [value, ...rest.map((field: string | undefined) => field ?? '')],
    ] as const;
  });
  assert.equal(new Set(items.map(([label]) => label)).size, items.length, 'each label once');
  return Object.fromEntries(items);
}

/** Every other probe is lost where it is told to; limits far from what a busy machine makes of them. */
async function checkOn(t: TestContext, isLossy: boolean, ...flags: string[]): Promise<Check> {
  await using echo = await PlainEcho.open();
  await using proxy = await ImpairmentProxy.open(echo.port, (sequence) =>
    isLossy && sequence % 2 === 1 ? LOST : PASSING,
  );
  const args = ['ping', `127.0.0.1:${proxy.port}`, '--nagios', '-i', '10ms', '-W', '4s', ...flags];
  return checkOf(await runEchogram(t, args));
}

// All at once, as each waits for what was lost.
describe('states', { concurrency: true }, () => {
  for (const [state, isLossy, flags, message] of [
    ['OK', false, ['--max-loss', '1%,5%'], /^UDP works\. 0 lost of \d+; /],
    ['OK', true, ['--max-loss', '90%,95%'], /^UDP partly works\./],
    [
      'WARNING',
      true,
      ['--max-loss', '5%,95%'],
      /^loss is [\d.]+ %, above --max-loss 5 %; UDP partly works\./,
    ],
    [
      'CRITICAL',
      true,
      ['--max-loss', '1%,5%'],
      /^loss is [\d.]+ %, above --max-loss 5 %; UDP partly works\./,
    ],
    ['CRITICAL', true, ['--max-loss', '5%'], /^loss is [\d.]+ %, above --max-loss 5 %; /],
    ['WARNING', false, ['--max-p99', '1us,1h'], /^p99 is .*, above --max-p99 1 µs; UDP works\./],
    ['CRITICAL', false, ['--max-jitter', '1us,2us'], /^jitter is .*, above --max-jitter 2 µs; UDP/],
    [
      'UNKNOWN',
      false,
      ['-c', '1', '--max-jitter', '1h'],
      /^jitter is unknown \(it takes two replies .*\), so --max-jitter 3,600 s fails; UDP works\./,
    ],
  ] as const) {
    test(`${state} ${isLossy ? 'with losses' : 'without loss'} for ${flags.join(' ')}`, async (t) => {
      const check = await checkOn(t, isLossy, '-c', '20', ...flags);
      assert.equal(check.state, state);
      assert.match(check.message, message);
    });
  }
});

test('its performance data has each number with its limits, by the grammar of the guidelines', async (t) => {
  const limits = ['--max-loss', '1%,5%', '--max-p99', '1s,1.5s', '--max-jitter', '1h'];
  const { data } = await checkOn(t, false, ...limits);
  const ms = String.raw`^\d+(\.\d{1,6})?ms$`;
  const [p99 = '', ...p99Limits] = data['p99'] ?? [];
  assert.match(p99, new RegExp(ms));
  assert.deepEqual(p99Limits, ['1000', '1500', '0', '']);
  assert.match(data['rtt']?.[0] ?? '', new RegExp(ms));
  assert.deepEqual(data['jitter']?.slice(1), ['', '3600000', '0', '']);
  assert.deepEqual(data['loss'], ['0%', '1', '5', '0', '100']);
  // As check_ping sends; of a number of slots a client that stalls skips some.
  const [sent = ''] = data['sent'] ?? [];
  assert.ok(Number(sent) >= 1 && Number(sent) <= 5, sent);
  assert.deepEqual(data['received'], [sent, '', '', '0', '']);
});

test('is critical where nothing listens, and unknown numbers are U', async (t) => {
  const port = await closedPort(t);
  const args = ['ping', `127.0.0.1:${port}`, '--nagios', '-c', '2', '-i', '10ms', '-W', '100ms'];
  const { state, data } = checkOf(await runEchogram(t, [...args, '--max-loss', '1%,100%']));
  assert.equal(state, 'CRITICAL');
  assert.deepEqual(data['loss'], ['100%', '1', '100', '0', '100']);
  assert.deepEqual(data['p99'], ['U', '', '', '0', '']);
});

test('a stop by a signal still gives its line', async (t) => {
  await using echo = await PlainEcho.open();
  await using proxy = await ImpairmentProxy.open(echo.port, () => PASSING);
  const args = ['--nagios', '-i', '10ms', '-w', '1h', '-W', '20s'];
  const { state, data } = checkOf(await pingUntil(t, proxy, 5, ...args));
  assert.equal(state, 'OK');
  assert.equal(data['loss']?.[0], '0%');
});

for (const [what, args, message] of [
  ['an unknown flag', ['127.0.0.1', '--max-los', '1%'], /^unknown option '--max-los'/],
  ['a wrong value', ['127.0.0.1', '--max-loss', '5%,1%'], /^--max-loss must be one limit, or WARN/],
  ['no host', [], /^missing required argument/],
  // RFC 6761 section 6.4.
  ['a host that does not resolve', ['host.invalid'], /^cannot resolve host "host\.invalid"/],
  ['a bar in what it repeats', ['a|b.invalid'], /^cannot resolve host "a\/b\.invalid"/],
  // RFC 5737: no host has it.
  ['an address of another host', ['127.0.0.1', '--bind', '192.0.2.1'], /^cannot bind 192\.0\.2\.1/],
  ['another document', ['127.0.0.1', '--csv', '-'], /^standard output must be used by only one of/],
] as const) {
  test(`is unknown for ${what}, in one line of standard output`, async (t) => {
    const check = checkOf(await runEchogram(t, ['ping', '--nagios', ...args]));
    assert.equal(check.state, 'UNKNOWN');
    assert.match(check.message, message);
  });
}

test('two limits are refused without --nagios, which the message names', async (t) => {
  const { stderr, exitCode } = await runEchogram(t, ['ping', '127.0.0.1', '--max-p99', '1s,2s']);
  const line =
    '--max-p99 must be one limit, or WARN,CRIT with --nagios, got `1s,2s`; give one limit, or add --nagios';
  assert.deepEqual([stderr, exitCode], [`echogram: ${line}\n`, 2]);
});
