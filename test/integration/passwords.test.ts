// Passwords are checked once, one at a time, and not without end.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { PasswordCheck } from '../../src/http/passwords.ts';

/** Of the password `wonderland`, by crypt(3) of libxcrypt. */
const HASH = '$2y$04$Hl2NV8qCbWnIuZfUAWXpROJGKiAR9E.QOIMqrguhE1u4FvzpA9y8S';

function check(t: TestContext): PasswordCheck {
  const passwords = new PasswordCheck(new Map([['alice', HASH]]));
  t.after(() => passwords[Symbol.asyncDispose]());
  return passwords;
}

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

for (const [what, header, verdict] of [
  ['the right password', basic('alice:wonderland'), 'right'],
  ['a wrong one', basic('alice:wonder'), 'wrong'],
  ['an empty one', basic('alice:'), 'wrong'],
  ['another user', basic('bob:wonderland'), 'wrong'],
  ['no colon', basic('alice'), 'wrong'],
  ['no user', basic(':wonderland'), 'wrong'],
  ['the hash itself', basic(`alice:${HASH}`), 'wrong'],
  ['another scheme', 'Bearer wonderland', 'wrong'],
  ['what is no base64', 'Basic §', 'wrong'],
  ['nothing', undefined, 'wrong'],
] as const) {
  test(`${what} is ${verdict}`, async (t) => {
    assert.equal(await check(t).check(header), verdict);
  });
}

test('who guesses waits for a turn, and there are few; who is known passes meanwhile', async (t) => {
  const passwords = check(t);
  assert.equal(await passwords.check(basic('alice:wonderland')), 'right');
  const guesses = Array.from({ length: 40 }, (_, at) => passwords.check(basic(`alice:${at}`)));
  const known = await passwords.check(basic('alice:wonderland'));
  assert.equal(known, 'right');
  const verdicts = await Promise.all(guesses);
  assert.deepEqual(
    [
      verdicts.filter((one) => one === 'wrong').length,
      verdicts.filter((one) => one === 'busy').length,
    ],
    [16, 24],
  );
});
