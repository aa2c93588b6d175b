import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../../src/client/send.ts';
import { OptionError, SocketError } from '../../../src/errors.ts';
import { HOST } from '../../../src/options/kind.ts';

// What is refused before anything is sent. The limits are RFC 768's and RFC 8200's arithmetic:
// 65,535 − 20 − 8 over IPv4, 65,535 − 8 over IPv6.
for (const [host, ipVersion, limitBytes] of [
  ['127.0.0.1', 4, 65_507],
  ['::1', 6, 65_527],
] as const) {
  test(`a message of ${limitBytes + 1} bytes is refused over IPv${ipVersion}, naming limit and size`, async () => {
    await assert.rejects(send(new Uint8Array(limitBytes + 1), { host }), (error) => {
      assert.ok(error instanceof OptionError);
      assert.equal(error.code, 'ECHOGRAM_ERR_MESSAGE_LENGTH');
      assert.deepEqual(error.data, { payloadBytes: limitBytes + 1, limitBytes, ipVersion });
      return true;
    });
  });
}

test('the length of text is that of its UTF-8', async () => {
  // € is three bytes, so 21,836 of them are 65,508.
  await assert.rejects(send('€'.repeat(21_836), { host: '127.0.0.1' }), {
    code: 'ECHOGRAM_ERR_MESSAGE_LENGTH',
    data: { payloadBytes: 65_508, limitBytes: 65_507, ipVersion: 4 },
  });
});

for (const message of [42, undefined, null, ['a'], new ArrayBuffer(2), new Uint16Array(1)]) {
  test(`${Object.prototype.toString.call(message)} is no message`, async () => {
    await assert.rejects(send(message as unknown as string), {
      code: 'ECHOGRAM_ERR_OPTION_VALUE',
      data: { option: 'message', rule: 'a string or a Uint8Array', value: message },
    });
  });
}

const WRONG_OPTIONS: readonly [option: string, value: unknown, rule: string][] = [
  ['host', '', HOST.rule],
  ['port', 0, 'a whole number from 1 to 65535'],
  ['port', 65_536, 'a whole number from 1 to 65535'],
  ['timeoutMs', 0, 'a number from 0.001 to 2073600000'],
  ['timeoutMs', 2 ** 31, 'a number from 0.001 to 2073600000'],
  ['retries', -1, 'a whole number from 0 to 1000000'],
  ['family', 5, 'one of 4, 6'],
  ['signal', {}, 'an AbortSignal'],
];

for (const [option, value, rule] of WRONG_OPTIONS) {
  test(`${option} must be ${rule}, not ${JSON.stringify(value)}`, async () => {
    await assert.rejects(send('x', { [option]: value }), {
      name: 'OptionError',
      code: 'ECHOGRAM_ERR_OPTION_VALUE',
      data: { option, rule, value },
    });
  });
}

test('an address of the other IP version is refused as unresolved', async () => {
  await assert.rejects(send('x', { host: '127.0.0.1', family: 6 }), (error) => {
    assert.ok(error instanceof SocketError);
    assert.equal(error.code, 'ECHOGRAM_ERR_HOST_UNRESOLVED');
    return true;
  });
});

test('a signal that is already aborted ends it with its own reason', async () => {
  const reason = new Error('changed my mind');
  await assert.rejects(send('x', { signal: AbortSignal.abort(reason) }), reason);
});
