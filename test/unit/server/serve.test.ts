import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOST } from '../../../src/options/kind.ts';
import { serve } from '../../../src/server/serve.ts';

const CIDRS = 'a list of IP addresses or networks, such as 192.0.2.0/24';
const WORKERS = "a whole number from 1 to 256, or 'auto'";
const PLAN = 'an impairment plan: ratios from 0 to 1, and delays in milliseconds';

const WRONG_OPTIONS: readonly [option: string, value: unknown, rule: string][] = [
  ['host', '', HOST.rule],
  ['port', -1, 'a whole number from 0 to 65535'],
  ['port', 70_000, 'a whole number from 0 to 65535'],
  ['answerAnyPort', 'yes', 'true or false'],
  ['allow', '192.0.2.0/24', CIDRS],
  ['allow', ['192.0.2.0/24', 'localhost'], CIDRS],
  ['deny', ['192.0.2.0/33'], CIDRS],
  ['deny', [7], CIDRS],
  ['limitPps', -1, 'a whole number from 0 to 1000000000'],
  ['limitPps', 0.5, 'a whole number from 0 to 1000000000'],
  ['engine', 'bsd', 'one of auto, linux, portable'],
  ['workers', 0, WORKERS],
  ['workers', 257, WORKERS],
  ['workers', 'all', WORKERS],
  ['mirrorTos', 1, 'true or false'],
  ['gro', 'on', 'true or false'],
  ['gso', 0, 'true or false'],
  ['impair', 'loss=10%', PLAN],
  ['impair', [0.1], PLAN],
  ['samplesPerSecond', -1, 'a whole number from 0 to 1000000'],
  ['samplesPerSecond', 1_000_001, 'a whole number from 0 to 1000000'],
  ['receiveBufferBytes', 0, 'a whole number from 1 to 1073741824'],
  ['receiveBufferBytes', 2 ** 30 + 1, 'a whole number from 1 to 1073741824'],
  ['signal', 'SIGINT', 'an AbortSignal'],
];

for (const [option, value, rule] of WRONG_OPTIONS) {
  test(`${option} must be ${rule}, not ${JSON.stringify(value)}`, async () => {
    await assert.rejects(serve({ [option]: value }), {
      name: 'OptionError',
      code: 'ECHOGRAM_ERR_OPTION_VALUE',
      data: { option, rule, value },
    });
  });
}

test('an unknown option is refused with its nearest name', async () => {
  await assert.rejects(serve({ answeranyport: true } as object), {
    code: 'ECHOGRAM_ERR_OPTION_UNKNOWN',
    message: 'answeranyport is not an option; did you mean answerAnyPort?',
  });
});

for (const [part, message] of [
  [{ loss: 0.1 }, 'impair.loss is not an option; did you mean impair.lossRatio?'],
  [{ delay: 5 }, 'impair.delay is not an option; did you mean impair.delayMs?'],
  [{ LossRatio: 0.1 }, 'impair.LossRatio is not an option; did you mean impair.lossRatio?'],
  [
    { bursts: 1 },
    'impair.bursts is not an option; known options are impair.lossRatio, impair.duplicateRatio, impair.reorderRatio, impair.corruptRatio, impair.delayMs, impair.jitterMs, impair.blackoutMs, impair.blackoutStartMs, impair.blackoutEveryMs, impair.seed',
  ],
  [{ lossRatio: 10 }, 'impair.lossRatio must be a number from 0 to 1, got `10` (number)'],
] as const) {
  test(`a part of an impairment that is wrong is named: ${message}`, async () => {
    await assert.rejects(serve({ impair: part as object }), { name: 'OptionError', message });
  });
}

test('a signal that is already aborted ends it with its own reason', async () => {
  const reason = new Error('changed my mind');
  await assert.rejects(serve({ port: 0, signal: AbortSignal.abort(reason) }), reason);
});
