// The library's client against real servers, where the client itself is late.

import assert from 'node:assert/strict';
import test from 'node:test';
import { exchange } from '../../src/client/send.ts';
import { startPythonServer } from '../helpers/peers.ts';
import { firstSkip, needsLinux, needsProgram } from '../helpers/skips.ts';
import { hasUnreadFrom } from '../helpers/udp-table.ts';

/** What `performance.now()` may reach while the thread stalls, whatever comes. */
const HELD_UP_AT_MOST_MS = 30_000;

/** Keeps the thread from its event loop until the reply waits in the socket and that time is over. */
function stall(port: number, atLeastMs: number): void {
  const startedAt = performance.now();
  for (;;) {
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs > atLeastMs && hasUnreadFrom(port)) return;
    if (elapsedMs > HELD_UP_AT_MOST_MS) assert.fail('waited for the reply to reach the socket');
  }
}

test(
  'takes a reply that was there before the timeout although the event loop comes to it later',
  { skip: firstSkip(needsLinux(), needsProgram('python3')) },
  async (t) => {
    const timeoutMs = 50;
    const { port } = await startPythonServer(t);
    const onSent = (): void => {
      // After the client has begun to wait, which it does in the same turn.
      queueMicrotask(() => {
        stall(port, 2 * timeoutMs);
      });
    };
    const options = { host: '127.0.0.1', port, timeoutMs };
    const reply = await exchange('late is not lost', options, { onSent });
    assert.ok(reply.matches);
    assert.equal(reply.datagramsSent, 1);
  },
);
