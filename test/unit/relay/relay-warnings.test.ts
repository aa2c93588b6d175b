import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amplificationWarning, noRoomWarning } from '../../../src/relay/relay-warnings.ts';

const FROM = { address: '192.0.2.7', port: 5000 };

test('a relay with one place for clients, or one reply to wait for, says so in the singular', () => {
  assert.equal(
    noRoomWarning(1),
    'the one place for a client is taken by an active one, and further clients are refused (no-room); allow more sources',
  );
  assert.match(noRoomWarning(10_000), /^all 10,000 places for clients are taken by active ones, /);
  assert.match(amplificationWarning(FROM, 1), /until it has answered a reply: /);
  assert.match(amplificationWarning(FROM, 3), /until it has answered 3 replies: /);
});
