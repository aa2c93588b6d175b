import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../../../src/server/echo-server.ts';

const WRONG_OPTIONS: readonly [option: string, value: unknown, rule: string][] = [
  ['host', '', 'a string that is not empty'],
  ['port', -1, 'a whole number from 0 to 65535'],
  ['port', 70_000, 'a whole number from 0 to 65535'],
  ['answerAnyPort', 'yes', 'true or false'],
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

test('a signal that is already aborted ends it with its own reason', async () => {
  const reason = new Error('changed my mind');
  await assert.rejects(serve({ port: 0, signal: AbortSignal.abort(reason) }), reason);
});
